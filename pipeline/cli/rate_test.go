package cli

import (
	"strings"
	"testing"

	"waybill/pipeline/rate"
)

// priced is a workspace with two shipped parcels and the card to start from.
func priced(t *testing.T) space {
	t.Helper()
	s := space{T: t, dir: t.TempDir(), env: map[string]string{}}
	s.write("waybill.yaml", "workspace: w\nlake_format: 1\ncurrency: CNY\nzone: UTC\nlanguages: [en]\n")
	s.write("feeds/parcels.yaml", `feed: parcels
source: {folder: inbox/parcels, files: ["*.csv"]}
zone: Asia/Shanghai
outputs:
  - table: shipments_in
    columns:
      shipment_id: {from: id}
      carrier: {value: c}
      tracking_number: {from: id}
      provider: {from: provider}
      channel: {from: channel}
      label_at: {from: label, formats: ["%Y-%m-%d %H:%M"]}
      country: {value: US}
      postal_code: {from: zip}
      weight: {from: kg}
      weight_unit: {value: kg}
      features: {from: features}
`)
	s.write("inbox/parcels/a.csv", "id,provider,channel,label,zip,kg,features\nP1,yun,ECO,2026-03-31 23:30,90210,0.42,\nP2,,ECO,2026-04-01 00:30,96712,0.42,\nP3,yun,OTHER,2026-04-01 00:30,96712,0.42,\n")
	s.do("ingest")
	s.do("rate", "new", "eco", "ECO", "--provider", "yun")
	return s
}

func TestRateExplain(t *testing.T) {
	s := priced(t)
	var p rate.Price
	s.decode(&p, "rate", "explain", "P1", "--json")
	// half past eleven at night in Shanghai still has the percentage of the first quarter
	if p.Total != "63.69" || p.Day != "2026-03-31" || p.Card != "eco" || p.Charges[2].Source != "fuel.csv:2" || p.Assumed != "no_sides" {
		t.Errorf("%+v", p)
	}
	// a channel that one card names is found without its provider
	s.decode(&p, "rate", "explain", "P2", "--json")
	if p.Total != "77.81" || p.Day != "2026-04-01" {
		t.Errorf("%+v", p)
	}
	if out := s.do("rate", "explain", "P2"); !strings.Contains(out, "fuel 燃油附加费\t7.91\t15.25 % of 51.90, 2026-2\tfuel.csv:3\n") {
		t.Error(out)
	}
	s.fails(exitCheck, "no price: no card prices this channel", "rate", "explain", "P3")
	s.decode(&p, "rate", "explain", "P3", "--card", "eco", "--json")
	if p.Total != "77.81" {
		t.Errorf("%+v", p)
	}
	s.fails(exitUsage, `no parcel and no order goes by "P9"`, "rate", "explain", "P9")
	s.fails(exitUsage, `there is no card "ecoo"; try: eco`, "rate", "explain", "P1", "--card", "ecoo")
}

func TestRatePrice(t *testing.T) {
	s := priced(t)
	one := []string{"rate", "price", "--channel", "ECO", "--weight", "420g", "--country", "US", "--zip", "90210", "--day", "2026-03-02"}
	if out := s.do(one...); !strings.Contains(out, "total\t63.69 CNY\twithout sides, as if the volume did not count\t\n") {
		t.Error(out)
	}
	for says, more := range map[string][]string{
		`--size "big"; try: 30x20x10cm`:           {"--size", "big"},
		`--weight "much"; try: 0.42kg`:            {"--weight", "much"},
		`weight has the unit "st"`:                {"--weight", "2st"},
		`feature "baterry"; try: battery`:         {"--feature", "baterry"},
		`day "today"; try: 2026-03-02`:            {"--day", "today"},
		`--value "12"; try: 18.50USD`:             {"--value", "12"},
		`there is no card "x"; try: eco`:          {"--card", "x"},
		`weight "0.42001" is no decimal of at mo`: {"--weight", "0.42001kg"},
	} {
		s.fails(exitUsage, says, append(one, more...)...)
	}
	s.fails(exitCheck, "no price: heavier than the card takes", append(one, "--weight", "31kg")...)

	s.write("asks.csv", "parcel,weight,weight_unit,postal_code\na,0.42,kg,90210\n=b,420,g,99501\nc,heavy,kg,90210\n")
	r := s.fails(exitPartly, "asks.csv:4:1: weight \"heavy\" is no decimal", "rate", "price", "--file", s.path("asks.csv"), "--card", "eco", "--country", "US", "--day", "2026-03-02", "-o", "csv")
	want := "parcel,card,version_from,day,chargeable,weight_unit,basis,zone,total,currency,note\n" +
		"'=b,eco,2026-01-01,2026-03-02,0.42,kg,actual,,86.59,CNY,\"without sides, as if the volume did not count\"\n" +
		"a,eco,2026-01-01,2026-03-02,0.42,kg,actual,,63.69,CNY,\"without sides, as if the volume did not count\"\n"
	if r.out != want {
		t.Errorf("got\n%swant\n%s", r.out, want)
	}
	s.write("asks.csv", "weight,weight_unit,country\n0.42,kg,CA\n0.42,kg,US\n")
	r = s.fails(exitCheck, "1 of 2 parcels have no price", "rate", "price", "--file", s.path("asks.csv"), "--card", "eco", "--day", "2026-03-02", "--charges")
	if !strings.Contains(r.out, "line 3\teco\tfuel\t5.79\tCNY\t14.5 % of 39.90, 2026-1\tfuel.csv:2\t\n") || strings.Contains(r.out, "line 2") {
		t.Error(r.out)
	}
}

func TestRateCards(t *testing.T) {
	s := priced(t)
	if out := s.do("rate", "list"); !strings.Contains(out, "eco\teco\tyun\tECO\tCNY\t2026-01-01\t\t3\tregistration, remote, additional_handling, fuel\n") {
		t.Error(out)
	}
	if out := s.do("rate", "test"); !strings.HasSuffix(out, "12 expectations, 0 failed\n") {
		t.Error(out)
	}
	s.fails(exitUsage, "rates/eco is there already", "rate", "new", "eco")
	s.fails(exitUsage, `card "Eco"; try: lower-case`, "rate", "new", "Eco")

	s.replace("rates/eco/cases.csv", "total 63.69; freight 39.9;", "total 63.7; freight 39.9;")
	if r := s.fails(exitCheck, "1 of 12 expectations failed", "rate", "test", "eco"); !strings.Contains(r.out, "rates/eco/cases.csv:2: light, total: failed: want 63.7, got 63.69\n") {
		t.Error(r.out)
	}
	s.do("rate", "new", "other", "ECO", "OTHER", "--provider", "yun")
	s.fails(exitUsage, `rates/other/card.yaml:7:12: channel "ECO" of yun is priced by rates/eco/card.yaml too`, "rate", "list")

	// a broken card stops prices, and nothing else
	s.replace("rates/other/card.yaml", "divisor: 8000", "divisor: none")
	s.replace("rates/other/prices.csv", "0.45,30,92", "0.5,30,92")
	r := s.fails(exitCheck, "2 findings", "check")
	if r.out != "rates/other/card.yaml:21:16: \"none\" is no decimal of at most 9 digits before and 4 behind the point\nrates/other/prices.csv:4:1: no band holds above 0.45 up to 0.5, after line 3\n" {
		t.Error(r.out)
	}
	s.fails(exitUsage, "is no decimal", "rate", "explain", "P1")
	s.do("run", "weekly")
}

func TestRateShipments(t *testing.T) {
	s := priced(t)
	s.do("rate", "new", "rival", "RIVAL", "--provider", "rival")
	s.replace("rates/rival/prices.csv", "0.2,0.45,95\n0.45,30,92\n", "0.2,0.41,95\n0.41,0.415,94\n0.415,30,90\n")
	s.replace("rates/rival/card.yaml", "from: 2026-01-01", "from: 2026-04-01")
	if out := s.do("rate", "shipments"); out != "channel\tmonth\tcard\tparcels\tpriced\ttotal\tcurrency\tper parcel\tin common\ttotal in common\twithout a price\n"+
		"ECO\t2026-03\teco\t1\t1\t63.69\tCNY\t63.69\t1\t63.69\t(1 priced without sides)\n"+
		"ECO\t2026-04\teco\t1\t1\t77.81\tCNY\t77.81\t1\t77.81\t(1 priced without sides)\n"+
		"OTHER\tany day\t\t1\t0\t0.00\t\t\t0\t0.00\t1 no_card\n" {
		t.Error(out)
	}
	// the rival has no version for the parcel of March, which is then not in common
	var sums []rate.Sum
	s.decode(&sums, "rate", "shipments", "--card", "eco", "--card", "rival", "--json")
	got := map[string]rate.Sum{}
	for _, x := range sums {
		got[x.Channel+x.Month+x.Card] = x
	}
	if a, b := got["ECO2026-03eco"], got["ECO2026-03rival"]; a.Total != "63.69" || a.Common != 0 || b.Problems["no_version"] != 1 || b.Priced != 0 {
		t.Errorf("%+v\n%+v", a, b)
	}
	if a, b := got["ECO2026-04eco"], got["ECO2026-04rival"]; a.InCommon != "77.81" || b.InCommon != "75.39" || b.Common != 1 {
		t.Errorf("%+v\n%+v", a, b)
	}
	if out := s.do("rate", "shipments", "--from", "2026-04-01", "--to", "2026-05-01", "--card", "eco"); strings.Contains(out, "2026-03") || !strings.Contains(out, "OTHER\t2026-04\teco\t1\t1\t77.81\t") {
		t.Error(out)
	}
	s.fails(exitUsage, "--to 2026-04-01 is not after --from 2026-04-01", "rate", "shipments", "--from", "2026-04-01", "--to", "2026-04-01")
	s.fails(exitUsage, "card eco is named twice", "rate", "shipments", "--card", "eco", "--card", "eco")
}

// TestPlanSaysWhatACardMoves: a corrected price is money before anything runs.
func TestPlanSaysWhatACardMoves(t *testing.T) {
	s := priced(t)
	s.write("inbox/parcels/b.csv", "id,provider,channel,label,zip,kg,features\nP4,yun,ECO,2026-04-02 12:00,90210,1.00,\n")
	s.do("ingest")
	if out := s.do("plan"); strings.Contains(out, "price") {
		t.Errorf("nothing changed, and plan says %s", out)
	}
	prices := s.read("rates/eco/prices.csv")
	s.write("rates/eco/prices.csv", strings.Replace(prices, "92", "95", 1))
	var p struct {
		Steps []struct{ What, Subject, Why string }
	}
	s.decode(&p, "plan", "--json")
	got := []string{}
	for _, x := range p.Steps {
		got = append(got, x.What+" "+x.Subject+": "+x.Why)
	}
	// 1 kg: 92.00 + 18 + 15.25 % of 92.00 = 124.03; 95.00 + 18 + 14.49 = 127.49; the parcels of 0.42 kg have another band
	if want := "price eco: the card changed: in 2026-04 1 parcels cost 127.49 instead of 124.03 CNY"; strings.Join(got, "\n") != want {
		t.Errorf("%s, want %s", strings.Join(got, "\n"), want)
	}
	s.write("rates/eco/prices.csv", prices)
	if out := s.do("plan"); strings.Contains(out, "price") {
		t.Errorf("the card is as it was, and plan says %s", out)
	}
}
