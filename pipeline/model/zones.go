package model

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"time"

	"waybill/pipeline/engine"
)

// zone_days gives the offset of a zone by UTC day, so that a local date is one
// join and one addition. Asking the engine for the zone of every row takes five
// microseconds a row, half of the time of a whole build.
const (
	zonesFrom = 2010
	zonesTo   = 2037
)

// InstallZones fills zone_days (tz, day, shift, change_at, shift_after): seconds
// east of UTC on that day; from change_at on shift_after. Days and zones that
// are not there are left to the engine.
func InstallZones(ctx context.Context, e engine.Engine, zones []string) error {
	if err := e.Exec(ctx, "create or replace table zone_days (tz varchar, day date, shift bigint, change_at timestamptz, shift_after bigint)"); err != nil {
		return err
	}
	sort.Strings(zones)
	last := ""
	for _, name := range zones {
		if name == last || name == "" {
			continue
		}
		last = name
		loc, err := time.LoadLocation(name)
		if err != nil {
			return fmt.Errorf("zone %q: %w", name, err)
		}
		var periods, days []string
		from := time.Date(zonesFrom, 1, 1, 0, 0, 0, 0, time.UTC)
		end := time.Date(zonesTo, 1, 1, 0, 0, 0, 0, time.UTC)
		for begin := from; begin.Before(end); {
			_, shift := begin.In(loc).Zone()
			day := begin
			for day.Before(end) {
				if _, s := day.AddDate(0, 0, 1).In(loc).Zone(); s != shift {
					break
				}
				day = day.AddDate(0, 0, 1)
			}
			periods = append(periods, fmt.Sprintf("(date '%s', date '%s', %d)", begin.Format(time.DateOnly), day.Format(time.DateOnly), shift))
			if !day.Before(end) {
				break
			}
			at := change(loc, day, day.AddDate(0, 0, 1))
			_, after := day.AddDate(0, 0, 1).In(loc).Zone()
			days = append(days, fmt.Sprintf("(%s, date '%s', %d, %s, %d)", text(name), day.Format(time.DateOnly), shift, instant(&at), after))
			begin = day.AddDate(0, 0, 1)
		}
		if err := e.Exec(ctx, fmt.Sprintf("insert into zone_days select %s, cast(d as date), p.shift, null, null from (values %s) as p (first_day, end_day, shift), unnest(generate_series(cast(first_day as timestamp), cast(end_day as timestamp) - interval 1 day, interval 1 day)) as g (d)", text(name), strings.Join(periods, ", "))); err != nil {
			return err
		}
		if len(days) > 0 {
			if err := e.Exec(ctx, "insert into zone_days values "+strings.Join(days, ", ")); err != nil {
				return err
			}
		}
	}
	return nil
}

// change finds the first instant, to the second, at which the offset is no
// longer that of lo. A day holds one change at most.
func change(loc *time.Location, lo, hi time.Time) time.Time {
	_, first := lo.In(loc).Zone()
	for hi.Sub(lo) > time.Second {
		mid := lo.Add(hi.Sub(lo) / 2).Truncate(time.Second)
		if _, s := mid.In(loc).Zone(); s == first {
			lo = mid
		} else {
			hi = mid
		}
	}
	return hi
}
