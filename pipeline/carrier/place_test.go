package carrier

import (
	"io/fs"
	"strings"
	"testing"

	"waybill/data"
)

func TestBuiltinPlacesParse(t *testing.T) {
	b, err := fs.ReadFile(data.FS, PlacesFile)
	if err != nil {
		t.Fatal(err)
	}
	p, err := ParsePlaces("data/places.yaml", b)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.states) != 52 || len(p.iso2) < 50 {
		t.Errorf("%d states, %d countries", len(p.states), len(p.iso2))
	}
}

func TestCountryOf(t *testing.T) {
	for _, c := range []struct{ place, text, want string }{
		{"Los Angeles, CA, US", "", "US"},
		{"SHENZHEN CN", "", "CN"},
		{"Shenzhen", "", "CN"},
		{"ISC CHICAGO IL(USPS)", "", "US"},
		{"ISC NOWHERE (USPS)", "", "US"},
		{"LOS ANGELES CA DISTRIBUTION CENTER", "", "US"},
		{"美国洛杉矶", "", "US"},
		{"深圳", "", "CN"},
		{"广东省深圳市", "", "CN"},
		{"中国,广东省,东莞", "", "CN"},
		{"Hong Kong", "", "HK"},
		{"Hong Kong, China", "", "HK"},
		{"HONG KONG, CN", "", "HK"},
		{"香港", "", "HK"},
		{"中国香港", "", "HK"},
		{"澳门", "", "MO"},
		{"Macau, MO", "", "MO"},
		{"KOBE-SHI JP", "", "JP"},
		{"ORD", "", "US"},
		{"JFK Airport", "", "US"},
		{"LAX机场", "", "US"},
		{"PVG", "", "CN"},
		{"HKG", "", "HK"},
		{"Edison, NJ", "", "US"},
		{"Ｅｄｉｓｏｎ， ＮＪ", "", "US"},
		{"Ontario, CA 91761", "", "US"},
		{"Smyrna, GA, 30080-1234", "", "US"},
		{"Chicago, IL", "", "US"},
		{"Toronto, CA", "", "CA"},
		{"Bengaluru, IN", "", "IN"},
		{"Albuquerque, New Mexico", "", "US"},
		{"Oslo, NO", "", "NO"},
		{"USA", "", "US"},
		{"CN", "", "CN"},
		{"", "【无锡市】 离开 【某某网点】 发往 【常熟】", "CN"},
		{"", "【洛杉矶转运中心】已发出 下一站 【深圳】", "US"},
		{"", "到【烟台转运中心】", "CN"},
		{"somewhere", "[Shenzhen] departed", "CN"},

		// nothing is guessed
		{"", "", ""},
		{"某某转运中心", "", ""},
		{"Springfield, IL", "", ""}, // Illinois or Israel
		{"Somewhere, CA", "", ""},
		{"Jefferson, MO", "", ""}, // Missouri or Macao
		{"Peru, IN", "", ""},
		{"Poland, OH", "", ""},
		{"CA", "", ""},
		{"NEW TOWN NY", "", ""}, // a state stands behind a comma or before a ZIP
		{"ARRIVED AT", "", ""},
		{"come by", "", ""},
		{"Chinatown", "", ""},
		{"Indianola", "", ""},
		{"CAN", "", ""}, // Canada or Guangzhou's airport
		{"深圳-洛杉矶", "", ""},
		{"美国专线仓", "", ""},
		{"发往洛杉矶", "", ""},
		{"", "【某中心】已发往【洛杉矶】", ""},
		{"", "飞往洛杉矶", ""},
		{"", "【深圳】交【洛杉矶】", ""},
		{strings.Repeat("x ", 500) + ", US", "", ""},
	} {
		got, ok := CountryOf(c.place, c.text)
		if got != c.want || ok != (c.want != "") {
			t.Errorf("%q, %q: got %q, %v, want %q", c.place, c.text, got, ok, c.want)
		}
	}
}

func TestCountryCode(t *testing.T) {
	for in, want := range map[string]string{"us": "US", "CHN": "CN", "China": "CN", "中国": "CN", "CA": "CA", "DE": "DE", " HK ": "HK", "N/A": "", "": "", "中": "", "Atlantis": ""} {
		if got, ok := CountryCode(in); got != want || ok != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", in, got, ok, want)
		}
	}
}

func TestANameOfTwoCountriesIsRefused(t *testing.T) {
	_, err := ParsePlaces("data/places.yaml", []byte("countries:\n  CA: {names: [Canada], places: [London]}\n  GB: {names: [Britain], places: [london]}\n"))
	if err == nil || !strings.Contains(err.Error(), "name london stands under CA and GB") {
		t.Errorf("got %v", err)
	}
	_, err = ParsePlaces("data/places.yaml", []byte("countries:\n  CA: {nmes: [Canada]}\n"))
	if err == nil || !strings.Contains(err.Error(), `data/places.yaml:2:8: unknown key "nmes"; try: names`) {
		t.Errorf("got %v", err)
	}
}
