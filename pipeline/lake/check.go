package lake

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/apache/iceberg-go"
	"github.com/apache/iceberg-go/table"
)

const tryRecover = "run any command that writes: recovery brings the table to the newest version"

// Check compares the three places that must say the same: the register, the
// files on disk and Iceberg. Every registered file, of older versions too, must
// exist with its bytes and rows; the Iceberg head of each table must be the
// snapshot of the newest version and plan exactly its files. No problem means
// that all is well. The error is for what kept Check from looking.
func (l *Lake) Check(ctx context.Context) ([]Problem, error) {
	known, err := l.registered(ctx)
	if err != nil {
		return nil, fmt.Errorf("check the lake: %w", err)
	}
	all, err := queryFiles(ctx, l.db, "")
	if err != nil {
		return nil, fmt.Errorf("check the lake: %w", err)
	}
	var problems []Problem
	for _, name := range sortedKeys(all) {
		for _, f := range all[name] {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if what := l.checkFile(f, known[name].def.Partition); what != "" {
				problems = append(problems, Problem{name, f.Path, what,
					"load or build the rows again, or restore the file from a backup"})
			}
		}
	}
	newest, err := l.Head(ctx)
	if err != nil && !errors.Is(err, ErrEmpty) {
		return nil, fmt.Errorf("check the lake: %w", err)
	}
	if from := l.Moved(); from != "" {
		return append(problems, Problem{Table: "lake",
			What: "the workspace was moved from " + from + "; other engines do not find its tables yet",
			Try:  "run any command that writes: it registers the tables at their new place"}), nil
	}
	files, err := filesAt(ctx, l.db, newest.Seq)
	if err != nil {
		return nil, fmt.Errorf("check the lake: %w", err)
	}
	for _, name := range sortedKeys(known) {
		problems = append(problems, l.checkIceberg(ctx, name, newest.Snapshots[name], files[name])...)
	}
	return problems, ctx.Err()
}

func (l *Lake) checkFile(f File, partition string) string {
	info, err := os.Stat(l.AbsPath(f))
	if err != nil {
		return "the file is missing"
	}
	if info.Size() != f.Bytes {
		return fmt.Sprintf("the file has %d bytes, %d registered", info.Size(), f.Bytes)
	}
	foot, err := readFooter(l.AbsPath(f), partition)
	if err != nil {
		return err.Error()
	}
	if foot.rows != f.Rows {
		return fmt.Sprintf("the file has %d rows, %d registered", foot.rows, f.Rows)
	}
	if partition != "" {
		if err := foot.holdsOnly(f.Partition); err != nil {
			return err.Error()
		}
	}
	return ""
}

// checkIceberg compares the Iceberg head of a table with the files that the
// register gives the newest version.
func (l *Lake) checkIceberg(ctx context.Context, name string, snapshot int64, files []File) []Problem {
	problem := func(path, format string, args ...any) Problem {
		return Problem{name, path, fmt.Sprintf(format, args...), tryRecover}
	}
	tbl, err := l.load(ctx, name)
	if err != nil {
		return []Problem{problem("", "the Iceberg table cannot be read: %v", err)}
	}
	if at := stateOf(tbl).snapshot; at != snapshot {
		return []Problem{problem("", "the Iceberg head is snapshot %d, the newest version names %d", at, snapshot)}
	}
	if snapshot == 0 {
		if len(files) > 0 {
			return []Problem{problem("", "the newest version has %d files and no Iceberg snapshot", len(files))}
		}
		return nil
	}
	tasks, err := tbl.Scan(table.WithSnapshotID(snapshot)).PlanFiles(ctx)
	if err != nil {
		return []Problem{problem("", "the Iceberg snapshot %d cannot be read: %v", snapshot, err)}
	}
	var problems []Problem
	planned := map[string]table.FileScanTask{}
	for _, task := range tasks {
		planned[task.File.FilePath()] = task
		if len(task.DeleteFiles)+len(task.EqualityDeleteFiles)+len(task.DeletionVectorFiles) > 0 {
			problems = append(problems, problem(task.File.FilePath(), "another engine deleted rows of this file"))
		}
	}
	for _, f := range files {
		task, ok := planned[l.uri(f.Path)]
		delete(planned, l.uri(f.Path))
		switch {
		case !ok:
			problems = append(problems, problem(f.Path, "the file is registered and not in the Iceberg snapshot"))
		case task.File.Count() != f.Rows || task.File.FileSizeBytes() != f.Bytes:
			problems = append(problems, problem(f.Path, "Iceberg says %d rows in %d bytes, the register %d in %d",
				task.File.Count(), task.File.FileSizeBytes(), f.Rows, f.Bytes))
		case f.Partition != "" && icebergPartition(task) != f.Partition:
			problems = append(problems, problem(f.Path, "Iceberg has it in partition %q, the register in %q",
				icebergPartition(task), f.Partition))
		}
	}
	for _, path := range sortedKeys(planned) {
		problems = append(problems, problem(path, "the file is in the Iceberg snapshot and not registered"))
	}
	return problems
}

// icebergPartition is the date of a file's only partition field.
func icebergPartition(task table.FileScanTask) string {
	for _, value := range task.File.Partition() {
		if day, ok := value.(iceberg.Date); ok {
			return day.ToTime().Format(dateLayout)
		}
		return fmt.Sprint(value)
	}
	return ""
}
