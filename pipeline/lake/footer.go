package lake

import (
	"fmt"
	"time"

	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/metadata"
)

const dateLayout = "2006-01-02"

// footer is what a Parquet file says of itself.
type footer struct {
	rows int64
	// low and high bound the partition column in days since 1970-01-01;
	// bounded is false when a row group has no statistics for it or holds
	// a NULL in it.
	low, high int32
	bounded   bool
}

// readFooter reads the footer of a local Parquet file and, when partition is
// not empty, the statistics of that date column.
func readFooter(path, partition string) (foot footer, err error) {
	// The reader panics on some damaged footers.
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("read the Parquet footer: %v", r)
		}
	}()
	r, err := file.OpenParquetFile(path, false)
	if err != nil {
		return footer{}, fmt.Errorf("read the Parquet footer: %w", err)
	}
	defer r.Close() //nolint:errcheck // only read
	foot.rows = r.NumRows()
	if partition == "" {
		return foot, nil
	}
	column := r.MetaData().Schema.ColumnIndexByName(partition)
	if column < 0 {
		return foot, fmt.Errorf("partition column %q is not in the file", partition)
	}
	foot.bounded = r.NumRowGroups() > 0
	for i := range r.NumRowGroups() {
		chunk, err := r.MetaData().RowGroup(i).ColumnChunk(column)
		if err != nil {
			return foot, fmt.Errorf("read the Parquet footer: %w", err)
		}
		stats, err := chunk.Statistics()
		if err != nil {
			return foot, fmt.Errorf("read the Parquet footer: %w", err)
		}
		days, ok := stats.(*metadata.Int32Statistics)
		if !ok || !days.HasMinMax() || (days.HasNullCount() && days.NullCount() > 0) {
			foot.bounded = false
			return foot, nil
		}
		if i == 0 {
			foot.low, foot.high = days.Min(), days.Max()
		}
		foot.low, foot.high = min(foot.low, days.Min()), max(foot.high, days.Max())
	}
	return foot, nil
}

// holdsOnly reports whether every row of the file lies in the partition.
func (f footer) holdsOnly(partition string) error {
	day, err := time.Parse(dateLayout, partition)
	if err != nil {
		return fmt.Errorf("partition %q is not a date such as 2026-01-01", partition)
	}
	want := int32(day.Unix() / 86400)
	switch {
	case !f.bounded:
		return fmt.Errorf("the partition column has no statistics or holds NULL, partition %s expected", partition)
	case f.low != want || f.high != want:
		return fmt.Errorf("the partition column runs from %s to %s, only %s expected", dayName(f.low), dayName(f.high), partition)
	}
	return nil
}

func dayName(days int32) string {
	return time.Unix(int64(days)*86400, 0).UTC().Format(dateLayout)
}
