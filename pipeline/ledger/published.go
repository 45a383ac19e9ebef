package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// KindPublished is a figure of a closed week as a report showed it.
const KindPublished = "published"

// Publication is one point of a closed week as it was shown: Num of Den.
type Publication struct {
	Seq         int64     `json:"-"`
	At          time.Time `json:"-"` // when it was shown, UTC
	ReportID    string    `json:"report_id"`
	LakeVersion string    `json:"lake_version"`
	AsOf        time.Time `json:"as_of"`
	Platform    string    `json:"platform"`
	Shop        string    `json:"shop"`
	Metric      string    `json:"metric"`
	Week        string    `json:"week"` // its Monday, 2026-11-09
	Num         int64     `json:"num"`
	Den         int64     `json:"den"`
}

// subject is the point that a publication speaks of.
func (p Publication) subject() string {
	parts := []string{p.Metric, p.Platform, p.Shop, p.Week}
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return strings.Join(parts, "/")
}

// Publish appends the points that are new or differ from what was shown last,
// and says how many. Points that were shown alike do nothing. by is who showed
// them, at when.
func (l *Ledger) Publish(ctx context.Context, at time.Time, by string, points []Publication) (int, error) {
	if len(points) == 0 {
		return 0, nil
	}
	fresh := 0
	err := l.inTx(ctx, func(tx *sql.Tx) error {
		shown, err := published(ctx, tx)
		if err != nil {
			return err
		}
		last := map[string]Publication{}
		for _, p := range shown {
			last[p.subject()] = p
		}
		var add []Entry
		for _, p := range points {
			old, ok := last[p.subject()]
			if ok && old.Num == p.Num && old.Den == p.Den {
				continue
			}
			p.AsOf = p.AsOf.UTC()
			text, err := json.Marshal(p)
			if err != nil {
				return err
			}
			last[p.subject()] = p
			add = append(add, Entry{At: at, By: by, Kind: KindPublished, Subject: p.subject(), Context: text})
		}
		fresh = len(add)
		_, err = insert(ctx, tx, add)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("append to the ledger: %w", err)
	}
	return fresh, nil
}

// Published lists every point that was shown, oldest first: the first one of a
// metric, platform, shop and week is the figure as first published.
func (l *Ledger) Published(ctx context.Context) ([]Publication, error) { return published(ctx, l.db) }

func published(ctx context.Context, q querier) ([]Publication, error) {
	list, err := entries(ctx, q, Filter{Kinds: []string{KindPublished}})
	if err != nil {
		return nil, err
	}
	out := make([]Publication, len(list))
	for i, e := range list {
		if err := json.Unmarshal(e.Context, &out[i]); err != nil {
			return nil, fmt.Errorf("read entry %d of the ledger: %w", e.Seq, err)
		}
		out[i].Seq, out[i].At = e.Seq, e.At
	}
	return out, nil
}
