package lake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// LockInfo says who writes to a workspace.
type LockInfo struct {
	PID     int       `json:"pid"`
	Host    string    `json:"host"`
	Started time.Time `json:"started"`
	Command string    `json:"command"`
}

// LockedError is returned while another process holds the lock.
type LockedError struct{ LockInfo }

func (e *LockedError) Error() string {
	if e.PID == 0 {
		return "the workspace is locked by another process"
	}
	return fmt.Sprintf("the workspace is locked by %q (pid %d on %s, since %s)",
		e.Command, e.PID, e.Host, e.Started.UTC().Format(time.RFC3339))
}

// Lock is the right to write to a workspace. The kernel holds it (flock), so
// it ends with the process however that ends; the file's text only says whose
// it is.
type Lock struct {
	// TookOver is the holder that died without releasing the lock, or nil.
	TookOver *LockInfo
	file     *os.File
}

// lockReadWait bounds how long a loser waits for the winner to have written
// its name: the winner holds the lock a moment before the file says so.
const lockReadWait = 200 * time.Millisecond

// AcquireLock takes the lock at path, creating the file and its folder. It
// does not wait: a held lock is a *LockedError at once.
func AcquireLock(path string, info LockInfo) (*Lock, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("lock the workspace: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock the workspace: %w", err)
	}
	err = flock(f)
	if errors.Is(err, unix.EWOULDBLOCK) {
		held := &LockedError{}
		if who := waitForHolder(f); who != nil {
			held.LockInfo = *who
		}
		return nil, errors.Join(held, f.Close())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	l := &Lock{TookOver: readHolder(f), file: f}
	if err := l.write(info); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	return l, nil
}

func flock(f *os.File) error {
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

func waitForHolder(f *os.File) *LockInfo {
	const step = 10 * time.Millisecond
	for waited := time.Duration(0); ; waited += step {
		if who := readHolder(f); who != nil || waited >= lockReadWait {
			return who
		}
		time.Sleep(step)
	}
}

func readHolder(f *os.File) *LockInfo {
	text, err := io.ReadAll(io.NewSectionReader(f, 0, 1<<16))
	if err != nil {
		return nil
	}
	var who LockInfo
	if json.Unmarshal(text, &who) != nil || who.PID == 0 {
		return nil
	}
	return &who
}

func (l *Lock) write(info LockInfo) error {
	text, err := json.Marshal(info)
	if err != nil {
		return err
	}
	if err := l.file.Truncate(0); err != nil {
		return err
	}
	_, err = l.file.WriteAt(append(text, '\n'), 0)
	return err
}

// Release gives the lock back. The file stays, empty: removing it would let a
// second process lock a file that has no name any more.
func (l *Lock) Release() error {
	return errors.Join(l.file.Truncate(0), l.file.Close())
}
