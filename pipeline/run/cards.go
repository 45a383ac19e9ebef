package run

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"sort"

	"waybill/pipeline/lake"
	"waybill/pipeline/metric"
	"waybill/pipeline/model"
	"waybill/pipeline/rate"
)

// cardsName is where a lake version keeps the hash of the rate cards that held
// when it was published. Facts do not depend on cards: another hash rebuilds
// nothing.
const cardsName = "rates"

// cardFiles packs the rate cards of the workspace; the same files give the same
// bytes. Without a card there are none.
func (r *Runner) cardFiles() (packed []byte, hash string, err error) {
	root := os.DirFS(r.WS.Root)
	names, err := fs.Glob(root, RatesFolder+"/*/*")
	if err != nil || len(names) == 0 {
		return nil, "", err
	}
	sort.Strings(names)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, n := range names {
		info, err := fs.Stat(root, n)
		if err != nil {
			return nil, "", err
		}
		if !info.Mode().IsRegular() {
			continue
		}
		text, err := fs.ReadFile(root, n)
		if err != nil {
			return nil, "", err
		}
		w, err := z.Create(n)
		if err != nil {
			return nil, "", err
		}
		if _, err := w.Write(text); err != nil {
			return nil, "", err
		}
	}
	if err := z.Close(); err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256(b.Bytes())
	return b.Bytes(), hex.EncodeToString(sum[:8]), nil
}

func (r *Runner) cardsFile(hash string) string {
	return filepath.Join(r.WS.StateDir(), RatesFolder, hash+".zip")
}

// keepCards puts the rate cards away, so that a later plan can say how much
// money a correction moves, and gives the hashes with theirs.
func (r *Runner) keepCards(hashes map[string]string) (map[string]string, error) {
	packed, hash, err := r.cardFiles()
	if err != nil || hash == "" {
		return hashes, err
	}
	hashes = maps.Clone(hashes)
	hashes[cardsName] = hash
	if _, err := os.Stat(r.cardsFile(hash)); err == nil {
		return hashes, nil
	}
	return hashes, writeFile(r.cardsFile(hash), packed)
}

// CardMove is what a change of rate cards moves, over the shipments that both
// price.
type CardMove struct {
	Card     string `json:"card"`
	Month    string `json:"month"` // of the day that decides the version
	Currency string `json:"currency"`
	Parcels  int64  `json:"parcels"` // whose price is another
	Before   string `json:"before"`  // of these, in Currency
	After    string `json:"after"`
	Gained   int64  `json:"newly_priced"`
	Lost     int64  `json:"no_longer_priced"`
}

// Why says it in words.
func (m CardMove) Why() string {
	month := m.Month
	if len(month) > 7 {
		month = month[:7]
	}
	out := fmt.Sprintf("the card changed: in %s %d parcels cost %s instead of %s %s", month, m.Parcels, m.After, m.Before, m.Currency)
	if m.Parcels == 0 {
		out = fmt.Sprintf("the card changed: in %s no price moves", month)
	}
	if m.Gained > 0 {
		out += fmt.Sprintf(", %d get a price", m.Gained)
	}
	if m.Lost > 0 {
		out += fmt.Sprintf(", %d lose theirs", m.Lost)
	}
	return out
}

// movedBy prices all shipments under the cards of the newest version and under
// those that stand in the workspace now.
func (r *Runner) movedBy(ctx context.Context, head lake.Version) (out []CardMove, err error) {
	_, hash, err := r.cardFiles()
	if err != nil || head.Hashes[cardsName] == "" || hash == head.Hashes[cardsName] {
		return nil, err
	}
	before, err := r.keptCards(head.Hashes[cardsName])
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	after, err := r.Cards()
	if err != nil {
		return nil, err
	}
	return r.moves(ctx, before, after)
}

// movedByOne is movedBy where only one card changes, to what is not written yet.
// Without a lake version that knows cards nothing is known.
func (r *Runner) movedByOne(ctx context.Context, k *rate.Card, rows *rate.Rows) (out []CardMove, err error) {
	l, err := lake.Open(ctx, lake.Options{Root: r.WS.Root, LakeDir: r.WS.LakeDir(), StateDir: r.WS.StateDir(), Now: r.Env.Now, Log: r.Env.Log, ReadOnly: true})
	if errors.Is(err, lake.ErrEmpty) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	head, err := l.Head(ctx)
	if err := errors.Join(err, l.Close()); err != nil {
		return nil, err
	}
	if head.Hashes[cardsName] == "" {
		return nil, nil
	}
	before, err := r.keptCards(head.Hashes[cardsName])
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	after := Cards{Cards: []*rate.Card{k}, Rows: []*rate.Rows{rows}}
	for i, other := range before.Cards {
		if other.ID != k.ID {
			after.Cards, after.Rows = append(after.Cards, other), append(after.Rows, before.Rows[i])
		}
	}
	return r.moves(ctx, before, after)
}

// moves prices all shipments under cards as they were and as they are to be.
func (r *Runner) moves(ctx context.Context, before, after Cards) (out []CardMove, err error) {
	err = r.within(ctx, View{}, func(rd *Reader, _ metric.Input) error {
		zones := []string{}
		for _, c := range []Cards{before, after} {
			for _, k := range c.Cards {
				zones = append(zones, k.Zone)
			}
		}
		if err := model.InstallZones(ctx, rd.Engine, zones); err != nil {
			return err
		}
		for _, side := range []struct {
			cards Cards
			table string
		}{{before, "priced_before"}, {after, "priced_after"}} {
			rater := &rate.Rater{Engine: rd.Engine, Queries: r.Queries}
			if err := rater.Install(ctx, side.cards.Cards, side.cards.Rows); err != nil {
				return err
			}
			if err := rater.Shipments(ctx, ""); err != nil {
				return err
			}
			if err := rater.Total(ctx); err != nil {
				return err
			}
			if err := rd.Engine.Exec(ctx, "create or replace table "+side.table+" as select n.name, t.card, t.rated_on, t.currency, t.total_e8 from rated_totals as t join rated_names as n on n.parcel = t.parcel"); err != nil {
				return err
			}
		}
		out, err = readMoves(ctx, rd)
		return err
	})
	return out, err
}

func readMoves(ctx context.Context, rd *Reader) (_ []CardMove, err error) {
	rows, err := rd.Query(ctx, `select coalesce(a.card, b.card, ''), coalesce(cast(month_start(coalesce(a.rated_on, b.rated_on)) as varchar), ''), coalesce(a.currency, b.currency, ''),
 count(*) filter (where a.total_e8 <> b.total_e8 and a.currency = b.currency), coalesce(cast(sum(case when a.total_e8 <> b.total_e8 and a.currency = b.currency then b.total_e8 end) as varchar), '0'),
 coalesce(cast(sum(case when a.total_e8 <> b.total_e8 and a.currency = b.currency then a.total_e8 end) as varchar), '0'),
 count(*) filter (where a.total_e8 is not null and (b.total_e8 is null or a.currency <> b.currency)), count(*) filter (where b.total_e8 is not null and a.total_e8 is null)
from priced_after as a full join priced_before as b on b.name = a.name
where a.total_e8 is distinct from b.total_e8 or a.currency is distinct from b.currency
group by 1, 2, 3 order by 1, 2, 3`)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var out []CardMove
	for rows.Next() {
		var m CardMove
		if err := rows.Scan(&m.Card, &m.Month, &m.Currency, &m.Parcels, &m.Before, &m.After, &m.Gained, &m.Lost); err != nil {
			return nil, err
		}
		m.Before, m.After = rate.Amount(m.Before), rate.Amount(m.After)
		out = append(out, m)
	}
	return out, rows.Err()
}

// keptCards reads cards that were put away.
func (r *Runner) keptCards(hash string) (out Cards, err error) {
	z, err := zip.OpenReader(r.cardsFile(hash))
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, z.Close()) }()
	names, err := fs.Glob(z, RatesFolder+"/*/"+rate.CardFile)
	if err != nil {
		return out, err
	}
	sort.Strings(names)
	for _, n := range names {
		k, rows, err := rate.Parse(z, path.Dir(n))
		if err != nil {
			return out, fmt.Errorf("%s: %w", r.cardsFile(hash), err)
		}
		out.Cards, out.Rows = append(out.Cards, k), append(out.Rows, rows)
	}
	return out, nil
}
