package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"waybill/pipeline/metric"
	"waybill/pipeline/run"
)

type caseOptions struct {
	html    string
	asOf    string
	knownAt string
}

func newCase(env *Env, c *common) *cobra.Command {
	o := caseOptions{}
	cmd := &cobra.Command{
		Use: "case NUMBER", Short: "Show all that is known of one parcel: evidence for a ticket or an appeal",
		Long: `NUMBER is a tracking number, an order or a parcel. Shows its status, orders, numbers, milestones, every scan with its raw code, text
and time and what decided its milestone, deadlines with the rule that gave them, what does not fit, decisions, and the files that it
all came from. Personal data is not in it. With --html it becomes a page in the workspace's languages that opens anywhere; FILE may be a folder.
A number that stands for several parcels lists them and is exit 2.` + exitHelp,
		Example: "  waybill -C shop case LP00123456789\n  waybill -C shop case 576912345678901234 --html out/\n  waybill -C shop case LP00123456789 --json",
		Args:    args(cobra.ExactArgs(1)),
		RunE:    func(cmd *cobra.Command, a []string) error { return runCase(cmd.Context(), env, c, a[0], o) },
	}
	cmd.Flags().StringVar(&o.html, "html", "", "write a page to this file, or into this folder")
	cmd.Flags().StringVar(&o.asOf, "as-of", "", "nothing after this instant has happened")
	cmd.Flags().StringVar(&o.knownAt, "known-at", "", "as a lake version knew it (id or number)")
	return cmd
}

func runCase(ctx context.Context, env *Env, c *common, number string, o caseOptions) error {
	r, err := c.open(env)
	if err != nil {
		return err
	}
	at, err := instant(o.asOf)
	if err != nil {
		return err
	}
	file, err := r.Case(ctx, run.View{AsOf: at, KnownAt: o.knownAt}, number)
	var none *metric.NotFoundError
	var several *run.SeveralError
	switch {
	case errors.As(err, &several) && c.json:
		if perr := printJSON(env, several.Matches); perr != nil {
			return perr
		}
		return &exitError{exitUsage, err}
	case errors.As(err, &none), errors.As(err, &several):
		return &exitError{exitUsage, err}
	case err != nil:
		return reportError(err)
	}
	if o.html != "" {
		path := o.html
		if info, err := os.Stat(path); err == nil && info.IsDir() || strings.HasSuffix(path, "/") {
			path = filepath.Join(path, caseFile(file))
		}
		page, err := r.CaseHTML(file)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, page, 0o644); err != nil {
			return err
		}
		if !c.json {
			fmt.Fprintln(env.Stdout, path)
			return nil
		}
	}
	if c.json {
		return printJSON(env, file)
	}
	printCase(env.Stdout, file)
	return nil
}

// caseFile names the page of a case.
func caseFile(c metric.Case) string {
	name := regexp.MustCompile(`[^A-Za-z0-9_-]+`).ReplaceAllString(c.Called, "_")
	return "case-" + name + ".html"
}

func printCase(w io.Writer, c metric.Case) {
	fmt.Fprintf(w, "case      %s\nas of     %s\nversion   %s\n", c.Called, c.AsOf.Format(time.RFC3339), c.LakeVersion)
	if p := c.Parcel; p != nil {
		fmt.Fprintf(w, "parcel    %s (%s, %s), on time: %s\n", p.Shipment, p.Outcome, p.Direction, cmp.Or(p.OnTime, "no deadline"))
		fmt.Fprintf(w, "carried   %s\n", joined(" / ", p.Provider, p.Channel, p.Carrier, p.Tier))
		fmt.Fprintf(w, "to        %s\n", joined(", ", p.State, p.PostalCode, p.Country))
		if p.Weight != "" || p.Size != "" {
			fmt.Fprintf(w, "measures  %s\n", joined(", ", p.Weight, p.Size))
		}
	}
	section := func(head string, columns ...any) *table.Writer {
		fmt.Fprintf(w, "\n%s\n", head)
		t := table.NewWriter()
		t.SetStyle(plainHeader(table.StyleLight))
		t.AppendHeader(columns)
		return &t
	}
	done := func(t *table.Writer) {
		if (*t).Length() == 0 {
			fmt.Fprintln(w, "  none")
			return
		}
		fmt.Fprintln(w, (*t).Render())
	}
	t := section("Orders", "order", "shop", "role", "status", "type", "created", "approved", "dispatched", "delivered", "cancelled", "on time", "money")
	for _, o := range c.Orders {
		onTime := o.OnTime
		if o.Excluded {
			onTime += " (does not count: cancelled in time)"
		}
		(*t).AppendRow(table.Row{o.Order, o.Platform + "/" + o.Shop, o.Role, joined(", ", o.Status, o.Outcome), joined(", ", o.Type, o.Fulfilment), minute(o.CreatedAt), minute(o.ApprovedAt), minute(o.Dispatched),
			minute(o.Delivered), joined(", ", minute(o.Cancelled), o.Fault), onTime, joined(" ", o.Amount, o.Currency)})
	}
	done(t)
	t = section("Numbers", "number", "carrier", "role", "from", "to")
	for _, n := range c.Numbers {
		(*t).AppendRow(table.Row{n.Number, n.Carrier, n.Role, minute(n.From), minute(n.To)})
	}
	done(t)
	t = section("Milestones", "milestone", "at (UTC)", "after", "age")
	for _, m := range c.Milestones {
		after := ""
		if m.AfterHours != nil {
			after = fmt.Sprintf("%.1f h", *m.AfterHours)
		}
		(*t).AppendRow(table.Row{m.ID, minute(&m.At), after, fmt.Sprintf("%.1f d", m.AgeHours/24)})
	}
	done(t)
	t = section("Scans", "UTC", c.Zone, "as exported", "zone", "number", "code", "text", "place", "milestone", "decided by", "source")
	for _, s := range c.Scans {
		(*t).AppendRow(table.Row{s.At.Format("2006-01-02 15:04:05"), s.Local, s.TimeRaw, joined(" ", s.Zone, "("+s.ZoneFrom+")"), s.Number, joined(":", cmp.Or(s.System, s.Carrier), s.Code), s.Text,
			joined(", ", s.Place, s.Country), s.Milestone, cmp.Or(s.DecidedBy, "no map"), joined(" ", s.Feed, fmt.Sprint(s.Record))})
	}
	done(t)
	printDeadlines(w, c)
	t = section("Costs as exported", "what", "amount")
	for _, x := range c.Costs {
		(*t).AppendRow(table.Row{x.What, joined(" ", x.Amount, x.Currency)})
	}
	done(t)
	fmt.Fprintln(w, "\nBills\n  no bill is loaded")
	t = section("What does not fit", "what", "at", "about")
	for _, a := range c.Anomalies {
		(*t).AppendRow(table.Row{a.Kind, minute(a.At), a.What})
	}
	done(t)
	t = section("Decisions", "no", "at", "by", "what", "reason", "until", "text")
	for _, d := range c.Decisions {
		what := d.Kind
		if d.UndoneBy != 0 {
			what += fmt.Sprintf(" (taken back by %d)", d.UndoneBy)
		}
		(*t).AppendRow(table.Row{d.Seq, minute(&d.At), d.By, what, d.Reason, minute(d.Until), d.Text})
	}
	done(t)
	t = section("Sources", "table", "feed", "file", "load", "exported", "records", "first record")
	for _, s := range c.Sources {
		(*t).AppendRow(table.Row{s.Table, s.Feed, s.File, s.Load, minute(s.Exported), s.Records, s.Record})
	}
	done(t)
}

func printDeadlines(w io.Writer, c metric.Case) {
	fmt.Fprintln(w, "\nDeadlines")
	for _, d := range c.Deadlines {
		whose := "the parcel's own"
		if d.Order != "" {
			whose = "order " + d.Order
		}
		if d.Before == nil {
			fmt.Fprintf(w, "  %s, %s: none (%s)\n", d.Clock, whose, cmp.Or(d.Missing, "not stated"))
			continue
		}
		fmt.Fprintf(w, "  %s, %s: before %s, promised day %s, from %s: %s\n", d.Clock, whose, minute(d.Before), cmp.Or(joined(" ", d.Date, d.Zone), "not stated"), d.Source, d.State)
		if r := d.Rule; r != nil {
			handling := ""
			if r.HandlingDays != nil {
				handling = fmt.Sprintf(" + %d days of handling", *r.HandlingDays)
			}
			fmt.Fprintf(w, "    %s: %s, %d %s%s from %s at %s; version %s to %s; %s\n", r.Pack, d.Clock, r.N, r.Unit, handling, r.Start, minute(&r.StartAt), cmp.Or(r.From, "always"), cmp.Or(r.To, "now"), r.RuleSource)
			if r.Calendar != "" {
				fmt.Fprintf(w, "    days of %s: %s; passed over: %s\n", r.Calendar, strings.Join(r.Days, ", "), cmp.Or(strings.Join(r.Closed, ", "), "none"))
			}
		}
		if d.Computed != nil {
			fmt.Fprintf(w, "    the rule of today gives %s; the facts hold the other\n", minute(d.Computed))
		}
	}
	if len(c.Deadlines) == 0 {
		fmt.Fprintln(w, "  none")
	}
}

// joined leaves out what is empty.
func joined(sep string, parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, sep)
}
