package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"waybill/pipeline/engine"
	"waybill/pipeline/metric"
)

// shopsNamed is how many shops an error lists.
const shopsNamed = 20

// findShop resolves the shop that a view is narrowed to: its id, its name in
// waybill.yaml, or platform/id where two platforms have the same id.
func (r *Runner) findShop(ctx context.Context, rd *Reader, want string) (*metric.ShopName, error) {
	rows, err := rd.Query(ctx, `select distinct coalesce(platform, '') as p, shop_id from (select platform, shop_id from order_facts union all select platform, shop_id from shipment_facts)
where shop_id is not null order by p, shop_id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var known []metric.ShopName
	for rows.Next() {
		var s metric.ShopName
		if err := rows.Scan(&s.Platform, &s.ID); err != nil {
			return nil, err
		}
		known = append(known, s)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for _, c := range r.WS.Config.Shops {
		at := slices.IndexFunc(known, func(s metric.ShopName) bool { return s.Platform == c.Platform && s.ID == c.Shop })
		if at < 0 {
			known, at = append(known, metric.ShopName{Platform: c.Platform, ID: c.Shop}), len(known)
		}
		known[at].Name = c.Name
	}
	var found, names []string
	var hit metric.ShopName
	for _, s := range known {
		full := s.ID
		if s.Platform != "" {
			full = s.Platform + "/" + s.ID
		}
		if s.ID == want || s.Name == want || full == want {
			found, hit = append(found, full), s
		}
		names = append(names, full)
	}
	switch {
	case len(found) == 1:
		return &hit, nil
	case len(found) > 1:
		return nil, fmt.Errorf("%w: %q is more than one; try: %s", ErrNoShop, want, strings.Join(found, ", "))
	case len(names) > shopsNamed:
		return nil, fmt.Errorf("%w: %q; try one of: %s and %d more", ErrNoShop, want, strings.Join(names[:shopsNamed], ", "), len(names)-shopsNamed)
	}
	return nil, fmt.Errorf("%w: %q; try one of: %s", ErrNoShop, want, strings.Join(names, ", "))
}

// narrowed are the views that a shop's session holds the rows of that shop of:
// every number of a report comes from them.
var narrowed = map[string]bool{"orders_as_of": true, "shipments_as_of": true}

// narrow is the query of a view with the rows of one shop.
func narrow(query string, s *metric.ShopName) string {
	return "select v.* from (" + query + "\n) as v where coalesce(v.platform, '') = " + engine.Literal(s.Platform) + " and v.shop_id = " + engine.Literal(s.ID)
}

// fileName makes a name from data a part of a file's name, and keeps different
// names apart.
func fileName(s string) string {
	plain := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '.' || r == '_' || r == '-' {
			return r
		}
		return '_'
	}, s)
	if plain != s || len(plain) > 60 {
		sum := sha256.Sum256([]byte(s))
		plain = strings.ToValidUTF8(plain[:min(len(plain), 60)], "") + "-" + hex.EncodeToString(sum[:3])
	}
	return plain
}
