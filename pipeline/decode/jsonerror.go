package decode

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// refuseJSON knows the answer of an API that was saved as CSV.
func refuseJSON(h head, text []byte) error {
	p := bytes.TrimSpace(text)
	if len(p) == 0 || (p[0] != '{' && p[0] != '[') {
		return nil
	}
	rest := bytes.TrimSpace(p[1:])
	if len(rest) == 0 || !bytes.ContainsRune([]byte(`"{}[]`), rune(rest[0])) {
		return nil
	}
	line, col := position(h.text, len(h.text)-len(bytes.TrimLeft(text, " \t\r\n")))
	if says := errorText(p); says != "" {
		return &Refusal{File: h.name, Line: line, Col: col, Reason: "is an error message in JSON, not CSV: " + says, Try: "mend what it says and export it again"}
	}
	return &Refusal{File: h.name, Line: line, Col: col, Reason: "is JSON, not CSV", Try: "format: json or format: ndjson in the feed"}
}

// maxErrorText is how long a JSON text may be to be looked at as an error message.
const maxErrorText = 64 << 10

// errorText is what the JSON object of a failed request says, such as
// `code 401: token expired`, or "" where the text is no such object.
func errorText(text []byte) string {
	if len(text) > maxErrorText {
		return ""
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(text, &object) != nil {
		return ""
	}
	return errorIn(object, false, 2)
}

// errorIn reads the names that APIs give to the code and the text of an error;
// some have them one object further in. Failed is whether what holds the object
// is called an error; deeper is how many objects are still looked into.
func errorIn(object map[string]json.RawMessage, failed bool, deeper int) string {
	var code, says string
	for _, k := range []string{"code", "error_code", "errcode", "err_code", "status_code", "status", "statusCode"} {
		if code = scalar(object[k]); code != "" {
			break
		}
	}
	for _, k := range []string{"message", "msg", "error_description", "error_message", "errmsg", "err_msg", "detail", "error", "title"} {
		if says = scalar(object[k]); says != "" {
			break
		}
	}
	if says == "" && deeper > 0 {
		for _, k := range []string{"error", "errors", "meta", "fault", "response"} {
			raw := object[k]
			var inner map[string]json.RawMessage
			var list []map[string]json.RawMessage
			if json.Unmarshal(raw, &inner) != nil && json.Unmarshal(raw, &list) == nil && len(list) > 0 {
				inner = list[0]
			}
			if text := errorIn(inner, failed || strings.HasPrefix(k, "error") || k == "fault", deeper-1); text != "" {
				return text
			}
		}
	}
	failed = failed || scalar(object["error"]) != "" || string(object["success"]) == "false"
	switch {
	case says == "" && failed && code != "":
		return "code " + code
	case says == "", !failed && (code == "" || code == "0" || code == "200"):
		return ""
	case code == "":
		return says
	}
	return "code " + code + ": " + says
}

// envelope are the keys of an answer that holds nothing but an error.
var envelope = []string{"code", "error_code", "errcode", "err_code", "status_code", "status", "statusCode", "message", "msg", "error_description", "error_message",
	"errmsg", "err_msg", "detail", "title", "error", "errors", "fault", "success", "request_id", "requestId", "trace_id", "timestamp"}

// onlyError is the errorText of an object that holds nothing else.
func onlyError(text []byte) string {
	keys := newKeys()
	keys.add(text)
	for _, k := range keys.names {
		if !slices.Contains(envelope, k) {
			return ""
		}
	}
	return errorText(text)
}

// scalar is a JSON string, number or true as text, on one line.
func scalar(raw json.RawMessage) string {
	if len(raw) == 0 {
		return ""
	}
	switch raw[0] {
	case '"':
		return cut(unquoteJSON(raw), 160)
	case '{', '[', 'n', 'f':
		return ""
	}
	return cut(string(raw), 40)
}
