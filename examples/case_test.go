package examples_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"waybill/pipeline/metric"
)

// The file of a real parcel holds every scan that its tables hold, each decided
// as the facts were.
func TestCaseOfARealParcel(t *testing.T) {
	for _, name := range []string{"fedex_india"} {
		t.Run(name, func(t *testing.T) {
			w := open(t, name)
			_, row, _ := strings.Cut(w.run("sql", "--output", "csv", `select p.shipment_id, p.events, p.unmapped, coalesce(cast(epoch_us(p.delivered_at) as varchar), '-')
from shipment_facts as p where p.events > 1 order by p.events desc, p.shipment_id limit 1`), "\n")
			if row == "" {
				t.Fatal("no parcel has scans")
			}
			f := strings.Split(strings.TrimSpace(row), ",")
			var c metric.Case
			if err := json.Unmarshal([]byte(w.run("case", f[0], "--json")), &c); err != nil {
				t.Fatal(err)
			}
			unmapped, delivered := 0, "-"
			for _, s := range c.Scans {
				if s.Milestone == "unknown" {
					unmapped++
				}
				if s.TimeRaw == "" && s.ZoneFrom != "epoch" || s.Code == "" && s.Text == "" {
					t.Errorf("a scan without its raw form: %+v", s)
				}
			}
			for _, m := range c.Milestones {
				if m.ID == "delivered" {
					delivered = fmt.Sprint(m.At.UnixMicro())
				}
			}
			if got := fmt.Sprintf("%d,%d,%s", len(c.Scans), unmapped, delivered); got != strings.Join(f[1:], ",") {
				t.Errorf("the file says %s, the facts %s", got, strings.Join(f[1:], ","))
			}
			if len(c.Sources) == 0 || c.Sources[0].File == "" {
				t.Errorf("sources %+v", c.Sources)
			}
			if text := w.run("case", f[0]); !strings.Contains(text, c.Scans[0].Number) {
				t.Error("the text does not name the number")
			}
		})
	}
}
