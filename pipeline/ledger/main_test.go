package ledger_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"waybill/pipeline/ledger"
)

// The test binary runs itself to be killed while it appends.
const rootEnv = "LEDGER_TEST_ROOT"

func TestMain(m *testing.M) {
	if root := os.Getenv(rootEnv); root != "" {
		appendForever(root)
	}
	os.Exit(m.Run())
}

// pair is how many entries a child appends at a time.
const pair = 2

// appendForever says each number after Append has returned.
func appendForever(root string) {
	ctx := context.Background()
	l, err := ledger.Open(ctx, root)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(8)
	}
	for i := range 100000 {
		e := ledger.Entry{At: day.Add(time.Duration(i)), By: "child", Kind: "note", Subject: fmt.Sprint(i)}
		out, err := l.Append(ctx, e, e)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(8)
		}
		fmt.Println(out[1].Seq)
	}
	os.Exit(7)
}
