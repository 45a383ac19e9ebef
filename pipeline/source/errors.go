package source

import (
	"errors"
	"fmt"
)

var (
	// ErrNoFolder says that the folder of a feed does not exist (yet).
	ErrNoFolder = errors.New("folder does not exist")
	// ErrGrowing says that a file changed while it was read.
	ErrGrowing = errors.New("file is still being written")
	// ErrPattern says that a file pattern cannot be read.
	ErrPattern = errors.New("pattern is not valid")
)

// FileError is a failure with one file or folder. Error reads
// `orders.csv: file is still being written; try: …`.
type FileError struct {
	Name string // as shown to a person
	Err  error  // matched by errors.Is: ErrNoFolder, ErrGrowing, ErrPattern or the cause of the system
	Try  string // what a person can do; "" where there is nothing to say
}

func (e *FileError) Error() string {
	if e.Try == "" {
		return fmt.Sprintf("%s: %v", e.Name, e.Err)
	}
	return fmt.Sprintf("%s: %v; try: %s", e.Name, e.Err, e.Try)
}

// Unwrap gives the cause.
func (e *FileError) Unwrap() error { return e.Err }
