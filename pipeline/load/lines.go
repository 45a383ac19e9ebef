package load

import (
	"bufio"
	"errors"
	"io"

	"waybill/pipeline/decode"
)

// hasNUL refuses a text with a NUL at a byte, counted from 0.
func hasNUL(name, path string, at int64) error {
	r, err := openText(path)
	if err != nil {
		return err
	}
	defer r.Close()
	no := &decode.Refusal{File: name, Line: 1, Col: 1, Reason: "has a NUL byte, which no text export holds", Try: "export it again"}
	in := bufio.NewReader(io.LimitReader(r, at))
	for {
		b, err := in.ReadByte()
		if errors.Is(err, io.EOF) {
			return refuse(no)
		}
		if err != nil {
			return err
		}
		if no.Col++; b == '\n' {
			no.Line, no.Col = no.Line+1, 1
		}
	}
}
