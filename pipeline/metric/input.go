package metric

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"waybill/pipeline/policy"
)

// Querier runs one statement that gives rows. The session behind it holds the
// views orders_as_of and shipments_as_of and the reference tables that the
// headers of queries/cells name. It takes several at a time, and none sees a
// temporary table.
type Querier interface {
	Query(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Input is what BuildWeekly does not read from tables.
type Input struct {
	Workspace string
	Zone      string   // IANA zone in which the page prints times
	Currency  string   // ISO 4217
	Languages []string // of the page
	AsOf      time.Time
	CoveredTo time.Time // least horizon of the needed feeds; zero: AsOf
	Week      string    // the report's week, its Monday 2026-11-09 or 2026-W46; empty: the last closed one
	Period    string    // ship weeks of a report over several: 2026-W40..2026-W46, or a month, 2026-10; empty: its own choice
	Queries   fs.FS     // the folder queries, a workspace's files over the built-in ones
	Shops     []ShopName
	Policies  []PlatformPolicy
	Feeds     []Feed // LagHours is computed
	Rejects   []Reject
	Published []Publication // what was shown before, oldest first

	LakeVersion, ReportID, Waybill string

	Shop string // the one shop whose rows the views hold; empty: all

	Compare Compare // how channels and destinations are compared; its zero value: the built-in rules

	// MapScans makes event_codes and event_words for the scans from an instant
	// on; nil: the session has them.
	MapScans func(ctx context.Context, since time.Time) error
}

// ShopName names a seller account. Shops that tables hold and nobody named are
// shown as well.
type ShopName struct{ Platform, ID, Name string }

// PlatformPolicy is the pack whose metrics and targets apply to a platform. An
// empty platform stands for every platform without its own entry, and for
// parcels that belong to none; the table policy_metrics must say the same.
type PlatformPolicy struct {
	Platform string
	Pack     *policy.Pack
}

// pack of a platform, or nil.
func (in Input) pack(platform string) *policy.Pack {
	var other *policy.Pack
	for _, p := range in.Policies {
		if p.Platform == platform {
			return p.Pack
		}
		if p.Platform == "" {
			other = p.Pack
		}
	}
	return other
}

// rejects by feed, output, column and reason.
func (in Input) rejects() []Reject {
	out := slices.Clone(in.Rejects)
	slices.SortStableFunc(out, func(a, b Reject) int {
		return cmp.Or(cmp.Compare(a.Feed, b.Feed), cmp.Compare(a.Output, b.Output), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Reason, b.Reason))
	})
	return out
}

// unfed says that a feed of orders, parcels or scans never loaded a file.
func (in Input) unfed() bool {
	return slices.ContainsFunc(in.Feeds, func(f Feed) bool { return f.Never })
}

// packs lists each pack once: those with targets first, then by id.
func (in Input) packs() []*policy.Pack {
	var out []*policy.Pack
	for _, p := range in.Policies {
		if p.Pack != nil && !slices.ContainsFunc(out, func(q *policy.Pack) bool { return q.ID == p.Pack.ID }) {
			out = append(out, p.Pack)
		}
	}
	slices.SortFunc(out, func(a, b *policy.Pack) int {
		if judges(a) != judges(b) {
			if judges(a) {
				return -1
			}
			return 1
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out
}

func judges(p *policy.Pack) bool {
	return slices.ContainsFunc(p.Metrics, func(m policy.Metric) bool { return len(m.Targets) > 0 })
}

// headline is the due-cohort rate of a pack: the metric of the trend and of
// channels and states.
func headline(p *policy.Pack) (policy.Metric, bool) {
	if p == nil {
		return policy.Metric{}, false
	}
	i := slices.IndexFunc(p.Metrics, func(m policy.Metric) bool { return m.Cohort == "deliver_by" })
	if i < 0 {
		return policy.Metric{}, false
	}
	return p.Metrics[i], true
}

// tables reads cells through a Querier.
type tables struct {
	ctx     context.Context
	q       Querier
	queries fs.FS
	since   time.Time  // cells may leave out what was before
	from    policy.Day // the first week that a cell of weeks makes, a Monday
	bounds  []stayBound
	unknown []string // what no export speaks of: NoScans, NoDeliveries, NoDispatches
}

// shownFrom is the parameter of cell queries that bound their reading: a
// literal, so that the engine can leave out files that lie before it.
const shownFrom = "{shown_from}"

// fromWeek is the parameter of cell queries that work on each row of a week.
const fromWeek = "{from_week}"

// sideBySide takes the readings of a page two at a time. A statement is planned on
// one core, and a short one never fills two.
func sideBySide(readings ...func() error) error {
	var g errgroup.Group
	g.SetLimit(2)
	for _, r := range readings {
		g.Go(r)
	}
	return g.Wait()
}

// cell is the text of a file below queries, as a pack names it.
func (t tables) cell(formula string) (string, error) {
	b, err := fs.ReadFile(t.queries, strings.TrimPrefix(formula, "queries/"))
	if err != nil {
		return "", fmt.Errorf("cell query %s: %w", formula, err)
	}
	at := "cast('" + t.since.UTC().Format("2006-01-02 15:04:05") + " UTC' as timestamp with time zone)"
	out := strings.ReplaceAll(string(b), shownFrom, at)
	out = strings.ReplaceAll(out, fromWeek, "date '"+t.from.String()+"'")
	for _, what := range []string{NoScans, NoDeliveries, NoDispatches} {
		out = strings.ReplaceAll(out, "{known_"+what+"}", strconv.FormatBool(!slices.Contains(t.unknown, what)))
	}
	return out, nil
}

// each runs outer, in which {cell} stands for the query of a file, and calls
// row on every row. Parameters of outer come after {cell}.
func (t tables) each(formula, outer string, row func(*sql.Rows) error, args ...any) error {
	text, err := t.cell(formula)
	if err != nil {
		return err
	}
	if strings.Contains(text, stayBounds) {
		query, values := boundsQuery(t.bounds)
		text = strings.Replace(text, stayBounds, query, 1)
		args = append(values, args...)
	}
	rows, err := t.q.Query(t.ctx, strings.Replace(outer, "{cell}", "("+text+"\n) as cell", 1), args...)
	if err != nil {
		return fmt.Errorf("%s: %w", formula, err)
	}
	for rows.Next() {
		if err := row(rows); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", formula, err), rows.Close())
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return fmt.Errorf("%s: %w", formula, err)
	}
	return nil
}

// quoted is a column name of a pack, whose words hold no quote.
func quoted(name string) string { return `"` + name + `"` }
