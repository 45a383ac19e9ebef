package metric

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Match is a parcel, or an order, that goes by a number.
type Match struct {
	Called   string `json:"called"`
	Role     string `json:"role"` // shipment, order, or the role of a tracking number
	Shipment string `json:"shipment,omitempty"`
	Platform string `json:"platform,omitempty"`
	Shop     string `json:"shop,omitempty"`
	Order    string `json:"order,omitempty"`
}

// NotFoundError says that nothing goes by a number.
type NotFoundError struct {
	Number string
	Near   []string // names that are like it
}

func (e *NotFoundError) Error() string {
	msg := fmt.Sprintf("no parcel and no order goes by %q", e.Number)
	if len(e.Near) > 0 {
		msg += "; try: " + strings.Join(e.Near, ", ")
	}
	return msg
}

// mostNear is how many names an error suggests.
const mostNear = 5

// Find lists what goes by a number: first parcels by their ids and
// numbers, then orders. Upper and lower case and blanks around do not matter.
// Where nothing goes by it, the error is a *NotFoundError.
func Find(ctx context.Context, q Querier, in Input, number string) ([]Match, error) {
	t := tables{ctx: ctx, q: q, queries: in.Queries}
	number = strings.TrimSpace(number)
	var out []Match
	err := t.each("queries/cells/found.sql", `select called, min(role), coalesce(shipment_id, ''), coalesce(platform, ''), coalesce(shop_id, ''), coalesce(order_id, '')
from {cell} where upper(called) = upper(?) group by called, shipment_id, platform, shop_id, order_id
order by case min(role) when 'order' then 1 else 0 end, shipment_id, platform, shop_id, order_id`,
		func(rows *sql.Rows) error {
			var m Match
			if err := rows.Scan(&m.Called, &m.Role, &m.Shipment, &m.Platform, &m.Shop, &m.Order); err != nil {
				return err
			}
			out = append(out, m)
			return nil
		}, number)
	if err != nil || len(out) > 0 {
		return out, err
	}
	near, err := t.namesLike(number)
	if err != nil {
		return nil, err
	}
	return nil, &NotFoundError{number, near}
}

// namesLike lists names that share one end with a number, the likest first.
func (t tables) namesLike(number string) ([]string, error) {
	const end = 4
	runes := []rune(strings.ToUpper(number))
	if len(runes) < end {
		return nil, nil
	}
	var out []string
	err := t.each("queries/cells/found.sql", `select called from {cell}
where upper(substr(called, 1, 4)) = ? or upper(substr(called, length(called) - 3)) = ? group by called order by called`,
		func(rows *sql.Rows) error {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			out = append(out, name)
			return nil
		}, string(runes[:end]), string(runes[len(runes)-end:]))
	away := map[string]int{}
	for _, name := range out {
		away[name] = levenshtein.ComputeDistance(strings.ToUpper(name), string(runes))
	}
	slices.SortStableFunc(out, func(a, b string) int { return cmp.Compare(away[a], away[b]) })
	return out[:min(mostNear, len(out))], err
}
