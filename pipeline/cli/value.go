package cli

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Times as SQL writes them. An instant bears Z, a timestamp without a zone
// nothing, so that a midnight is never taken for a date.
const (
	dateLayout      = "2006-01-02"
	timestampLayout = "2006-01-02 15:04:05.999999"
	clockLayout     = "15:04:05.999999"
)

// cellText is a value of an engine's type as text: what CSV and the table show.
// NULL is empty. Decimals keep their scale: 1.5000 of a DECIMAL(18,4). Lists and
// structs are JSON.
func cellText(v any, typ string) string {
	switch x := jsonValue(v, typ).(type) {
	case nil:
		return ""
	case string:
		return x
	case float64:
		return strconv.FormatFloat(x, 'g', -1, 64)
	case []any, map[string]any:
		b, err := json.Marshal(x)
		if err != nil {
			return fmt.Sprint(x)
		}
		return string(b)
	default:
		return fmt.Sprint(x)
	}
}

// jsonValue is a value as JSON holds it: numbers that a double holds exactly as
// numbers, decimals and 128-bit integers as text, times as text, lists as
// arrays, structs and maps as objects.
func jsonValue(v any, typ string) any {
	switch x := v.(type) {
	case nil:
		return nil
	case bool, int, int8, int16, int32, int64, uint8, uint16, uint32, uint64, string:
		return x
	case float32:
		return finite(float64(x))
	case float64:
		return finite(x)
	case time.Time:
		return timeText(x, typ)
	case []byte:
		return bytesText(x, typ)
	case []any:
		inner := ""
		if i := strings.LastIndexByte(typ, '['); i > 0 {
			inner = typ[:i]
		}
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = jsonValue(e, inner)
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for k, e := range x {
			out[k] = jsonValue(e, "")
		}
		return out
	}
	for _, x := range []any{addressable(v), v} {
		switch x := x.(type) {
		case interface {
			Keys() []any
			Values() []any
		}:
			return pairs(x.Keys(), x.Values())
		case fmt.Stringer:
			return scaled(x.String(), typ)
		}
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	var plain any
	if err := json.Unmarshal(b, &plain); err != nil {
		return string(b)
	}
	return plain
}

// addressable points to a copy of v: a driver's types have some of their methods
// on the pointer only.
func addressable(v any) any {
	p := reflect.New(reflect.TypeOf(v))
	p.Elem().Set(reflect.ValueOf(v))
	return p.Interface()
}

func pairs(keys, values []any) any {
	out := map[string]any{}
	for i, k := range keys {
		out[cellText(k, "")] = jsonValue(values[i], "")
	}
	return out
}

// finite keeps what JSON has no number for as text.
func finite(f float64) any {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return f
}

func timeText(t time.Time, typ string) string {
	t = t.UTC()
	switch {
	case typ == "DATE":
		return t.Format(dateLayout)
	case strings.HasPrefix(typ, "TIMESTAMP") && typ != "TIMESTAMPTZ" && !strings.Contains(typ, "ZONE"):
		return t.Format(timestampLayout)
	case strings.HasPrefix(typ, "TIME") && !strings.HasPrefix(typ, "TIMESTAMP"):
		return t.Format(clockLayout)
	}
	return t.Format(timestampLayout) + "Z"
}

func bytesText(b []byte, typ string) string {
	if typ == "UUID" && len(b) == 16 {
		h := hex.EncodeToString(b)
		return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
	}
	if utf8.Valid(b) {
		return string(b)
	}
	return hex.EncodeToString(b)
}

// scaled fills the decimals that a driver cuts off: 1.5 of a DECIMAL(18,4) is 1.5000.
func scaled(s, typ string) string {
	var width, scale int
	if n, err := fmt.Sscanf(typ, "DECIMAL(%d,%d)", &width, &scale); err != nil || n != 2 || scale == 0 {
		return s
	}
	point := strings.IndexByte(s, '.')
	if point < 0 {
		s, point = s+".", len(s)
	}
	return s + strings.Repeat("0", max(0, scale-(len(s)-point-1)))
}

// objectText is one row as a JSON object in the order of its columns.
func objectText(names []string, values []any) (string, error) {
	var b strings.Builder
	b.WriteByte('{')
	for i, name := range names {
		k, err := json.Marshal(name)
		if err != nil {
			return "", err
		}
		v, err := json.Marshal(values[i])
		if err != nil {
			return "", fmt.Errorf("column %s: %w", name, err)
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s: %s", k, v)
	}
	b.WriteByte('}')
	return b.String(), nil
}
