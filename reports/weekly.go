package reports

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"waybill/pipeline/metric"
)

// weekly builds the weekly page.
type weekly struct {
	*writer
	in metric.Weekly
}

// Weekly renders the weekly page and its workbook.
func Weekly(in metric.Weekly, files Files) (Report, error) {
	w, err := newWriter(files, in.Languages, in.Zone)
	if err != nil {
		return Report{}, err
	}
	return w.report((&weekly{w, in}).page())
}

func (b *weekly) page() page {
	in := b.in
	verdicts := b.verdicts()
	p := page{Name: "weekly", Heading: say("weekly.heading"), Period: weekLabel(in.Week), Shop: in.Shop, Workspace: in.Workspace,
		AsOf: in.AsOf, Program: in.Trust.Waybill, Headline: b.headlineOf(verdicts)}
	verdict := section{ID: "verdict", Title: say("section.verdict"), Quiet: true, Empty: say("verdict.no_shops")}
	switch in.Week.State {
	case metric.Open:
		verdict.Blocks = append(verdict.Blocks, paragraphs{say("week.note_open")})
	case metric.Incomplete:
		verdict.Blocks = append(verdict.Blocks, paragraphs{say("week.note_incomplete")})
	}
	if never := neverLoaded(in.Trust.Feeds); never != "" {
		verdict.Blocks = append(verdict.Blocks, paragraphs{say("week.note_never", "feeds", literal(never))})
	}
	if len(verdicts) > 0 {
		verdict.Blocks = append(verdict.Blocks, verdicts)
	} else {
		verdict.Blocks = append(verdict.Blocks, paragraphs{say("verdict.no_shops")})
	}
	p.Sections = []section{verdict, b.metrics(), b.worklist(), b.changed(), b.forecasts(), b.trends(), b.channels(), b.states(), b.legs(), b.transits(),
		b.exceptions(in.Exceptions), ofAllShops(b.unmapped(in.Unmapped), in.Shop), ofAllShops(b.rejects(in.Rejects), in.Shop), trustOfAllShops(b.trust(in.Trust, in.AsOf, in.Currency), in.Shop)}
	return p
}

// headlineOf is the page in one line: how many shops pass, fail, have no verdict.
func (b *weekly) headlineOf(verdicts verdictList) phrase {
	n := map[string]int64{}
	for _, v := range verdicts {
		if v.Few {
			n["few"]++
		} else {
			n[v.State]++
		}
	}
	if len(verdicts) == 0 {
		return say("verdict.no_shops")
	}
	args := []any{"pass", count(n["pass"]), "fail", count(n["fail"]), "none", count(n["none"])}
	if n["few"] > 0 {
		return say("weekly.headline_few", append(args, "few", count(n["few"]))...)
	}
	return say("weekly.headline", args...)
}

// headline is the metric of the trend and of the first verdict line.
func (b *weekly) headline() (metric.Metric, bool) {
	for _, m := range b.in.Metrics {
		if m.ID == "otdr" {
			return m, true
		}
	}
	if len(b.in.Metrics) > 0 {
		return b.in.Metrics[0], true
	}
	return metric.Metric{}, false
}

func (w *writer) metricName(id string) phrase { return w.words.term("metric.name", id) }

func seriesOf(s metric.Shop, id string) metric.Series {
	for _, one := range s.Series {
		if one.Metric == id {
			return one
		}
	}
	return metric.Series{Metric: id}
}

// pointAt is the series' point of a week and the index of it, or -1.
func pointAt(s metric.Series, week string) (metric.Point, int) {
	for i, p := range s.Points {
		if p.Week.ID == week {
			return p, i
		}
	}
	return metric.Point{}, -1
}

// judged says whether a point has a rate to show: a closed week with members.
func judged(p metric.Point) bool { return p.Week.State == metric.Closed && p.Den > 0 }

func higherIsBetter(m metric.Metric) bool { return m.Better != "lower" }

func shopTitle(s metric.Shop) string {
	name := s.Name
	if name == "" {
		name = s.ID
	}
	if s.Platform == "" || strings.EqualFold(s.Platform, name) {
		return name
	}
	return name + " · " + s.Platform
}

// rowsOf is the view and its column of weeks that hold the members of a cohort.
var rowsOf = map[string][2]string{
	"deliver_by": {"orders_as_of", "due_week"}, "dispatched": {"orders_as_of", "dispatched_week"},
	"created": {"orders_as_of", "created_week"}, "shipped": {"shipments_as_of", "ship_week"},
}

// rowsCommand gives the orders or parcels of a metric's week and shop, as the
// page saw them; empty where no column of a view names the week.
func (b *weekly) rowsCommand(m metric.Metric, s metric.Shop) string {
	at, ok := rowsOf[m.Cohort]
	if !ok {
		return ""
	}
	query := fmt.Sprintf("select * from %s where %s = date '%s'", at[0], at[1], b.in.Week.Start)
	if s.ID != "" && plainName.MatchString(s.ID) && plainName.MatchString(s.Platform) {
		query += fmt.Sprintf(" and shop_id = '%s'", s.ID)
		if s.Platform != "" {
			query += fmt.Sprintf(" and platform = '%s'", s.Platform)
		}
	}
	return sqlCommand(query, b.in.AsOf, b.in.Trust.LakeVersion)
}

// plainName is a text that a person may paste into a shell as it is.
var plainName = regexp.MustCompile(`^[A-Za-z0-9_.-]*$`)

// sqlCommand runs a query on what the page was made of. Only texts of our own
// and plain names may be in it.
func sqlCommand(query string, asOf time.Time, version string) string {
	s := fmt.Sprintf("waybill sql %q --as-of %s", query, asOf.UTC().Format(time.RFC3339))
	if version != "" && plainName.MatchString(version) {
		s += " --known-at " + version
	}
	return s
}
