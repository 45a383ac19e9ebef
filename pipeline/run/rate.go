package run

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"waybill/data"
	"waybill/pipeline/metric"
	"waybill/pipeline/model"
	"waybill/pipeline/rate"
)

// RatesFolder of a workspace holds one folder per rate card.
const RatesFolder = "rates"

// ErrNoCards says that a workspace has no rate card.
var ErrNoCards = errors.New("the workspace has no rate card; try: waybill rate new CARD, or write rates/CARD/card.yaml")

// CardError says that a rate card is not right, or not there.
type CardError struct{ Err error }

func (e *CardError) Error() string { return e.Err.Error() }

func (e *CardError) Unwrap() error { return e.Err }

// Cards are the rate cards of a workspace with what they compile to.
type Cards struct {
	Cards []*rate.Card
	Rows  []*rate.Rows
}

// Card finds one by its name.
func (c Cards) Card(id string) (*rate.Card, *rate.Rows, error) {
	var ids []string
	for i, k := range c.Cards {
		if k.ID == id {
			return k, c.Rows[i], nil
		}
		ids = append(ids, k.ID)
	}
	if len(ids) == 0 {
		return nil, nil, ErrNoCards
	}
	return nil, nil, fmt.Errorf("there is no card %q; try: %s", id, strings.Join(nearest(id, ids), ", "))
}

// Cards reads all rate cards. The mistakes of all of them come together; those
// that are right are given nevertheless.
func (r *Runner) Cards() (Cards, error) {
	var out Cards
	var errs []error
	root := os.DirFS(r.WS.Root)
	names, err := fs.Glob(root, RatesFolder+"/*/"+rate.CardFile)
	if err != nil {
		return out, err
	}
	sort.Strings(names)
	for _, n := range names {
		k, rows, err := rate.Parse(root, path.Dir(n))
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for _, other := range out.Cards {
			if err := k.Against(other); err != nil {
				errs = append(errs, err)
			}
		}
		errs = append(errs, k.Calendars(slices.Sorted(maps.Keys(r.Reference.Calendars)))...)
		out.Cards, out.Rows = append(out.Cards, k), append(out.Rows, rows)
	}
	if len(errs) > 0 {
		return out, &CardError{errors.Join(errs...)}
	}
	return out, nil
}

// usable gives the cards of a workspace that has some, all of them right, among
// them those that are named.
func (r *Runner) usable(ids ...string) (Cards, error) {
	cards, err := r.Cards()
	if err != nil {
		return cards, err
	}
	if len(cards.Cards) == 0 {
		return cards, &CardError{ErrNoCards}
	}
	for _, id := range ids {
		if id == "" {
			continue
		}
		if _, _, err := cards.Card(id); err != nil {
			return cards, &CardError{err}
		}
	}
	return cards, nil
}

// Price prices parcels that were asked for, under the cards of the workspace.
func (r *Runner) Price(ctx context.Context, asks []rate.Ask) (_ []rate.Price, err error) {
	var asked []string
	for _, a := range asks {
		if !slices.Contains(asked, a.Card) {
			asked = append(asked, a.Card)
		}
	}
	cards, err := r.usable(asked...)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "waybill-rate-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	e, err := r.engineIn(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	// asks say their day; no instant is to be dated
	if err := e.Exec(ctx, "create table zone_days (tz varchar, day date, shift bigint, change_at timestamptz, shift_after bigint)"); err != nil {
		return nil, err
	}
	rater := &rate.Rater{Engine: e, Queries: r.Queries}
	if err := rater.Install(ctx, cards.Cards, cards.Rows); err != nil {
		return nil, err
	}
	if err := rater.Ask(ctx, asks); err != nil {
		return nil, err
	}
	if err := rater.Explain(ctx); err != nil {
		return nil, err
	}
	return rater.Prices(ctx, len(asks))
}

// PriceShipment prices the parcel that goes by a number, under the card of its
// channel or under one that is named. Errors of the number are those of Case.
func (r *Runner) PriceShipment(ctx context.Context, v View, number, card string) (out rate.Price, err error) {
	cards, err := r.usable(card)
	if err != nil {
		return out, err
	}
	err = r.within(ctx, v, func(rd *Reader, in metric.Input) error {
		m, err := oneParcel(ctx, rd, in, number)
		if err != nil {
			return err
		}
		rater := &rate.Rater{Engine: rd.Engine, Queries: r.Queries}
		if err := rater.Install(ctx, cards.Cards, cards.Rows); err != nil {
			return err
		}
		if err := rater.Shipments(ctx, m.Shipment, named(card)...); err != nil {
			return err
		}
		if err := rater.Explain(ctx); err != nil {
			return err
		}
		prices, err := rater.Prices(ctx, 1)
		if err != nil {
			return err
		}
		if len(prices) == 0 {
			return &metric.NotFoundError{Number: number}
		}
		out = prices[0]
		return nil
	})
	return out, err
}

// named is a list of what was named.
func named(card string) []string {
	if card == "" {
		return nil
	}
	return []string{card}
}

// PriceShipments prices every shipment of the card's days from first up to and
// without end (zero: of any day), under the card of its channel or under each of
// those that are named, and adds up by channel and month.
func (r *Runner) PriceShipments(ctx context.Context, v View, first, end time.Time, by []string) (out []rate.Sum, err error) {
	cards, err := r.usable(by...)
	if err != nil {
		return nil, err
	}
	if first.IsZero() {
		first = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if end.IsZero() {
		end = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	err = r.within(ctx, v, func(rd *Reader, _ metric.Input) error {
		zones := []string{}
		for _, k := range cards.Cards {
			zones = append(zones, k.Zone)
		}
		if err := model.InstallZones(ctx, rd.Engine, zones); err != nil {
			return err
		}
		rater := &rate.Rater{Engine: rd.Engine, Queries: r.Queries}
		if err := rater.Install(ctx, cards.Cards, cards.Rows); err != nil {
			return err
		}
		if err := rater.Shipments(ctx, "", by...); err != nil {
			return err
		}
		if err := rater.Total(ctx); err != nil {
			return err
		}
		out, err = rater.Sums(ctx, first, end, max(len(by), 1))
		return err
	})
	return out, err
}

// TestCards prices the cases beside the cards, of one or of all.
func (r *Runner) TestCards(ctx context.Context, card string) ([]rate.Check, error) {
	cards, err := r.usable(card)
	if err != nil {
		return nil, err
	}
	out := []rate.Check{}
	for _, k := range cards.Cards {
		name := path.Join(RatesFolder, k.ID, rate.CasesFile)
		b, err := os.ReadFile(r.WS.Path(filepath.FromSlash(name)))
		switch {
		case card != "" && k.ID != card:
			continue
		case errors.Is(err, fs.ErrNotExist) && card == "":
			continue
		case errors.Is(err, fs.ErrNotExist):
			return nil, &CardError{fmt.Errorf("card %s has no cases; try: write %s", k.ID, name)}
		case err != nil:
			return nil, err
		}
		cases, err := rate.ReadCases(name, b, k.ID)
		if err != nil {
			return nil, &CardError{err}
		}
		asks := make([]rate.Ask, len(cases))
		for i, c := range cases {
			asks[i] = c.Ask
		}
		prices, err := r.Price(ctx, asks)
		if err != nil {
			return nil, err
		}
		by := map[string]rate.Price{}
		for _, p := range prices {
			by[p.Parcel] = p
		}
		for _, c := range cases {
			out = append(out, c.Hold(by[c.Ask.Parcel])...)
		}
	}
	return out, nil
}

// NewCard writes a rate card to start from, with invented prices, and gives the
// path of its file below the workspace. What is there already stays.
func (r *Runner) NewCard(id string, channels []string, provider, currency, zone string) (string, error) {
	if !regexp.MustCompile(`^[a-z][a-z0-9_]*$`).MatchString(id) {
		return "", &CardError{fmt.Errorf("card %q; try: lower-case letters, digits and _", id)}
	}
	dir := r.WS.Path(RatesFolder, id)
	if _, err := os.Stat(dir); err == nil {
		return "", &CardError{fmt.Errorf("%s/%s is there already; try: another name, or edit it", RatesFolder, id)}
	}
	if len(channels) == 0 {
		channels = []string{id}
	}
	quoted := make([]string, len(channels))
	for i, c := range channels {
		quoted[i] = strconv.Quote(c)
	}
	fill := strings.NewReplacer("((card))", id, "((provider))", strconv.Quote(provider), "((channels))", "["+strings.Join(quoted, ", ")+"]", "((currency))", strconv.Quote(currency), "((tz))", strconv.Quote(zone))
	names, err := fs.Glob(data.FS, "rates/*")
	if err != nil {
		return "", err
	}
	for _, n := range names {
		b, err := fs.ReadFile(data.FS, n)
		if err != nil {
			return "", err
		}
		if err := writeFile(filepath.Join(dir, path.Base(n)), []byte(fill.Replace(string(b)))); err != nil {
			return "", err
		}
	}
	if _, _, err := rate.Parse(os.DirFS(r.WS.Root), path.Join(RatesFolder, id)); err != nil {
		return "", &CardError{errors.Join(err, os.RemoveAll(dir))}
	}
	if err := r.writeSchema("rate"); err != nil {
		return "", err
	}
	return path.Join(RatesFolder, id, rate.CardFile), nil
}
