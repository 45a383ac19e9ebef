package rate

import (
	"context"
	"fmt"
	"io/fs"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// Sum is what the shipments of a channel cost in a month under a card.
type Sum struct {
	Channel  string         `json:"channel"`
	Month    string         `json:"month"` // of the day that decides the version; empty: not known
	Card     string         `json:"card"`
	Currency string         `json:"currency"`
	Parcels  int64          `json:"parcels"`
	Priced   int64          `json:"priced"`
	Total    string         `json:"total"`                // of those with a price
	Each     string         `json:"per_parcel,omitempty"` // to 0.01
	NoSides  int64          `json:"without_sides"`        // priced as if the volume did not count
	Common   int64          `json:"in_common"`            // parcels that every card prices
	InCommon string         `json:"total_in_common"`
	Problems map[string]int `json:"problems"` // parcels without a price, by why
}

// Sums adds up what Rate computed, of the days from first up to and without end;
// cards is how many each parcel was priced by.
func (r *Rater) Sums(ctx context.Context, first, end time.Time, cards int) ([]Sum, error) {
	const name = "rating/80_by_channel.sql"
	b, err := fs.ReadFile(r.Queries, name)
	if err != nil {
		return nil, err
	}
	text := strings.NewReplacer("{from_day}", first.Format(time.DateOnly), "{to_day}", end.Format(time.DateOnly), "{cards}", strconv.Itoa(cards)).Replace(string(b))
	rows, err := r.Engine.Query(ctx, "select coalesce(channel, ''), coalesce(card, ''), coalesce(currency, ''), month, coalesce(problem, ''), parcels, cast(coalesce(total_e8, 0) as varchar), assumed, in_common, cast(coalesce(common_e8, 0) as varchar) from ("+text+"\n) as x order by channel, month, card, problem")
	if err != nil {
		return nil, fmt.Errorf("queries/%s: %w", name, err)
	}
	defer rows.Close()
	out := []Sum{}
	for rows.Next() {
		var s Sum
		var month *time.Time
		var problem, total, common string
		var n, assumed, inCommon int64
		if err := rows.Scan(&s.Channel, &s.Card, &s.Currency, &month, &problem, &n, &total, &assumed, &inCommon, &common); err != nil {
			return nil, err
		}
		if month != nil {
			s.Month = month.Format("2006-01")
		}
		if k := len(out) - 1; k < 0 || out[k].Channel != s.Channel || out[k].Month != s.Month || out[k].Card != s.Card {
			s.Problems, s.Total, s.InCommon = map[string]int{}, "0.00", "0.00"
			out = append(out, s)
		}
		k := &out[len(out)-1]
		k.Parcels += n
		if problem != "" {
			k.Problems[problem] += int(n)
			continue
		}
		k.Currency, k.Priced, k.NoSides, k.Common = s.Currency, n, assumed, inCommon
		k.Total, k.InCommon = Amount(total), Amount(common)
		k.Each = perParcel(total, n)
	}
	return out, rows.Err()
}

// Amount prints 0.00000001 of a currency, of any size, with two places and more
// only where there are any; empty where e8 is no whole number.
func Amount(e8 string) string {
	n, ok := new(big.Int).SetString(e8, 10)
	if !ok {
		return ""
	}
	if n.IsInt64() {
		return amount(n.Int64())
	}
	return new(big.Rat).SetFrac(n, big.NewInt(1e8)).FloatString(8)
}

// perParcel is a mean, half up to 0.01.
func perParcel(e8 string, parcels int64) string {
	n, ok := new(big.Int).SetString(e8, 10)
	if !ok || parcels == 0 {
		return ""
	}
	return new(big.Rat).SetFrac(n, new(big.Int).Mul(big.NewInt(1e8), big.NewInt(parcels))).FloatString(2)
}
