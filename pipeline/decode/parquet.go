package decode

import (
	"encoding/binary"
	"fmt"
	"os"
)

// inspectParquet checks that a file begins and ends as a Parquet file does. The
// end holds the schema, so that a download that broke off is found here; columns
// are read by the engine.
func inspectParquet(path string, h head) error {
	refuse := func(reason, try string) error { return &Refusal{File: h.name, Reason: reason, Try: try} }
	if h.gzip {
		return refuse("is a Parquet file inside gzip", "unpack it; Parquet is compressed inside")
	}
	if len(h.text) < 4 || string(h.text[:4]) != "PAR1" {
		if len(h.text) >= 4 && string(h.text[:4]) == "PARE" {
			return refuse("is an encrypted Parquet file", "export it without encryption")
		}
		return refuse("is not a Parquet file", "correct the format of the feed")
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("%s: %w", h.name, err)
	}
	defer f.Close()
	const frame = 12 // leading magic, footer length, trailing magic
	if h.size < frame {
		return refuse("is a Parquet file that is cut off", "export it again")
	}
	var end [8]byte
	if _, err := f.ReadAt(end[:], h.size-8); err != nil {
		return fmt.Errorf("%s: %w", h.name, err)
	}
	footer := int64(binary.LittleEndian.Uint32(end[:4]))
	if string(end[4:]) != "PAR1" || footer == 0 || footer > h.size-frame {
		return refuse("is a Parquet file that is cut off or damaged at its end", "export it again")
	}
	return nil
}
