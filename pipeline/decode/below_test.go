package decode

import "testing"

func TestHeaderBelow(t *testing.T) {
	names := []string{"order-id", "carrier-code", "tracking-number", "ship-date"}
	for _, c := range []struct {
		text string
		want int
	}{
		{"order-id\tship-date\tcarrier-code\n1\t2\t3\n", 0},
		{"Type=Fulfillment\tVersion=1\n注文番号\t出荷日\t配送\norder-id\tship-date\tcarrier-code\n1\t2\t3\n", 2},
		{"Report of July\r\n\r\n\"Order-ID\",\"Ship-date\",\"Carrier-code\"\r\n", 2},
		{"a,b\n1,2\n", 0},
		{"title\norder-id,ship-date\n", 0}, // two names may be chance
		{"sep=;\norder-id;ship-date;carrier-code\n", 0},
		{"ship-date,of,July\norder-id,ship-date,carrier-code\n", 0},
		{"", 0},
	} {
		if got := HeaderBelow([]byte(c.text), names); got != c.want {
			t.Errorf("%q: %d, want %d", c.text, got, c.want)
		}
	}
}
