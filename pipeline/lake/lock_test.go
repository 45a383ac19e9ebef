package lake_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/pipeline/lake"
)

// holdLock is the body of the child: it takes the lock, says so and waits.
func holdLock(root string) {
	_, err := lake.AcquireLock(filepath.Join(root, "lock"), lake.LockInfo{PID: os.Getpid(), Host: "here", Started: clock(), Command: "waybill run"})
	fmt.Println(err)
	select {}
}

func TestLockBetweenProcesses(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "state", "lock")
	cmd := child(t, "lock", filepath.Dir(path), "")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "<nil>\n" {
		t.Fatalf("the child says %q %v", line, err)
	}
	holder := lake.LockInfo{PID: cmd.Process.Pid, Host: "here", Started: clock(), Command: "waybill run"}
	me := lake.LockInfo{PID: os.Getpid(), Host: "here", Started: clock(), Command: "waybill load"}

	_, err = lake.AcquireLock(path, me)
	var locked *lake.LockedError
	if !errors.As(err, &locked) || !cmp.Equal(locked.LockInfo, holder) {
		t.Fatalf("error %v, want it to name %+v", err, holder)
	}
	if want := fmt.Sprintf(`"waybill run" (pid %d on here, since 2026-05-04T03:02:01Z)`, holder.PID); !strings.Contains(err.Error(), want) {
		t.Errorf("error %q does not hold %q", err, want)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()

	lock, err := lake.AcquireLock(path, me)
	if err != nil {
		t.Fatal(err)
	}
	if lock.TookOver == nil || !cmp.Equal(*lock.TookOver, holder) {
		t.Errorf("took over %+v", lock.TookOver)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	lock, err = lake.AcquireLock(path, me)
	if err != nil || lock.TookOver != nil {
		t.Fatalf("after a release: %+v %v", lock, err)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
}

func TestLockHasOneWinner(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	var winners atomic.Int32
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			_, err := lake.AcquireLock(path, lake.LockInfo{PID: i + 1, Started: clock()})
			var locked *lake.LockedError
			switch {
			case err == nil:
				winners.Add(1)
			case !errors.As(err, &locked) || locked.PID == 0:
				t.Errorf("a loser got %v", err)
			}
		})
	}
	group.Wait()
	if winners.Load() != 1 {
		t.Errorf("%d winners", winners.Load())
	}
}
