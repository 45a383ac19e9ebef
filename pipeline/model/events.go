package model

import (
	"context"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"waybill/pipeline/carrier"
	"waybill/pipeline/engine"
)

// A scan gets its milestone from three small tables, made for the scans at hand
// by the maps of data/carriers: what a code means (event_codes), what a text
// means where no code decides (event_words), and on which side of the journey a
// scan happened where that decides (event_sides). Each distinct value is looked
// at once, however many scans say it. macro word_key and place_key are their keys.
const (
	eventCodes = "system varchar, code varchar, origin integer, abroad integer, elsewhere integer, asks_text boolean"
	eventWords = "word bigint, origin integer, abroad integer, elsewhere integer"
	eventSides = "place bigint, side integer" // 1 the country of origin, 2 abroad
)

// eventColumns are the columns of scans that Events reads.
var eventColumns = []string{"carrier", "code", "code_system", "country", "place", "text"}

// sides are countries that stand for the origin, abroad and not known.
func (r Reference) sides() [3]string {
	origin := carrier.Origins[0]
	return [3]string{origin, "US", ""}
}

// triple is a milestone on each side.
func (r Reference) triple(t carrier.Target) [3]int {
	var out [3]int
	for i, c := range r.sides() {
		out[i] = r.Words.At(t, c)
	}
	return out
}

// Events fills event_codes, event_words and event_sides for the scans of a
// relation (SQL after FROM, with the columns of tracking_events).
func (r Reference) Events(ctx context.Context, e engine.Engine, scans string) error {
	for name, columns := range map[string]string{"event_codes": eventCodes, "event_words": eventWords, "event_sides": eventSides} {
		if err := e.Exec(ctx, "create or replace table "+name+" ("+columns+")"); err != nil {
			return err
		}
	}
	// each kind of scan once, by one number: texts are read once and none is grouped
	if err := e.Exec(ctx, `create or replace table event_kinds as select any_value(coalesce(code_system, carrier, '')) as system, any_value(code) as code, any_value(text) as text
from `+scans+` group by word_key(coalesce(code_system, carrier, ''), code, text)`); err != nil {
		return err
	}
	asking, unclear, err := r.eventCodes(ctx, e)
	if err != nil {
		return err
	}
	some, err := r.eventWords(ctx, e, asking)
	if err != nil {
		return err
	}
	if err := e.Exec(ctx, "drop table event_kinds"); err != nil {
		return err
	}
	if !some && !unclear {
		return nil
	}
	return r.eventSides(ctx, e, scans)
}

// eventCodes decides every distinct code. asking are the systems some of whose
// scans need their text; unclear says that some code depends on the side.
func (r Reference) eventCodes(ctx context.Context, e engine.Engine) (asking []string, unclear bool, err error) {
	rows, err := distinct(ctx, e, 2, "select distinct system, code from event_kinds order by all")
	if err != nil {
		return nil, false, err
	}
	seen := map[string]bool{}
	var out [][]any
	for _, v := range rows {
		system, code := v[0], v[1]
		t, known := r.Words.Code(system, code)
		m := r.triple(t)
		asks := !known || m[0] == 0 || m[1] == 0 || m[2] == 0 || r.Words.TextFirst(system, code)
		if asks && !seen[system] {
			seen[system] = true
			asking = append(asking, system)
		}
		if code != "" {
			unclear = unclear || m[0] != m[1] || m[1] != m[2]
			out = append(out, []any{system, code, int32(m[0]), int32(m[1]), int32(m[2]), asks})
		}
	}
	return asking, unclear, e.Insert(ctx, "event_codes", out)
}

// eventWords decides every distinct text that a code leaves open, on all cores:
// a hundred thousand texts against a hundred rules take seconds.
func (r Reference) eventWords(ctx context.Context, e engine.Engine, asking []string) (unclear bool, err error) {
	if len(asking) == 0 {
		return false, nil
	}
	var names []string
	for _, s := range asking {
		names = append(names, engine.Literal(s))
	}
	rows, err := distinct(ctx, e, 4, `select distinct e.system, e.code, e.text, cast(word_key(e.system, e.code, e.text) as varchar)
from event_kinds as e
left join event_codes as c on c.system = e.system and c.code = e.code
where e.text is not null and e.system in (`+strings.Join(names, ", ")+`) and coalesce(c.asks_text, true)`)
	if err != nil {
		return false, err
	}
	out := make([][]any, len(rows))
	var wait sync.WaitGroup
	for part := range runtime.NumCPU() {
		wait.Go(func() {
			for i := part; i < len(rows) && ctx.Err() == nil; i += runtime.NumCPU() {
				out[i] = r.word(rows[i])
			}
		})
	}
	wait.Wait()
	if err := ctx.Err(); err != nil {
		return false, err
	}
	kept := out[:0]
	for _, w := range out {
		if w[1] != int32(0) || w[2] != int32(0) || w[3] != int32(0) {
			kept = append(kept, w)
			unclear = unclear || w[1] != w[2] || w[2] != w[3]
		}
	}
	return unclear, e.Insert(ctx, "event_words", kept)
}

// word decides one text with its code: the row of event_words.
func (r Reference) word(v []string) []any {
	system, code := v[0], v[1]
	byCode, _ := r.Words.Code(system, code)
	m := r.triple(byCode)
	if t, _, ok := r.Words.Text(system, v[2]); ok {
		first := r.Words.TextFirst(system, code)
		for i, n := range r.triple(t) {
			if n != 0 && (first || m[i] == 0) {
				m[i] = n
			}
		}
	}
	return []any{wordKey(v[3]), int32(m[0]), int32(m[1]), int32(m[2])}
}

// eventSides finds the side of every distinct place at which a scan's side
// decides its milestone.
func (r Reference) eventSides(ctx context.Context, e engine.Engine, scans string) error {
	rows, err := distinct(ctx, e, 4, `select distinct e.country, e.place, e.text, cast(place_key(e.country, e.place, e.text) as varchar) from (
select country, place, case when country is null then text end as text, code, word_key(coalesce(code_system, carrier, ''), code, text) as word, coalesce(code_system, carrier, '') as system from `+scans+`) as e
left join event_codes as c on c.system = e.system and c.code = e.code
left join event_words as w on w.word = case when coalesce(c.asks_text, true) then e.word end
where coalesce(w.origin, c.origin) <> coalesce(w.abroad, c.abroad) or coalesce(w.abroad, c.abroad) <> coalesce(w.elsewhere, c.elsewhere)`)
	if err != nil {
		return err
	}
	var out [][]any
	for _, v := range rows {
		country, ok := carrier.CountryCode(v[0])
		if !ok {
			country, ok = carrier.CountryOf(v[1], v[2])
		}
		if !ok {
			continue
		}
		side := int32(2)
		for _, o := range carrier.Origins {
			if country == o {
				side = 1
			}
		}
		out = append(out, []any{wordKey(v[3]), side})
	}
	return e.Insert(ctx, "event_sides", out)
}

// wordKey reads what word_key and place_key gave.
func wordKey(s string) int64 {
	n, _ := strconv.ParseInt(s, 10, 64) // the engine printed it
	return n
}

// distinct reads rows of n texts; NULL is the empty text.
func distinct(ctx context.Context, e engine.Engine, n int, query string) ([][]string, error) {
	rows, err := e.Query(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out [][]string
	for rows.Next() {
		cells := make([]*string, n)
		into := make([]any, n)
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		v := make([]string, n)
		for i, c := range cells {
			if c != nil {
				v[i] = *c
			}
		}
		out = append(out, v)
	}
	return out, rows.Err()
}
