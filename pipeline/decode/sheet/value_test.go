package sheet

import (
	"math"
	"strconv"
	"strings"
	"testing"
)

func TestNumbers(t *testing.T) {
	for in, want := range map[string]string{
		"1": "1", "-12.50": "-12.50", "0.1": "0.1", "007": "007", "-0": "-0", ".5": ".5", "5.": "5.",
		"0.30000000000000004": "0.3", "-0.30000000000000004": "-0.3", "1.0000000000000002": "1", "99999.999999999999999": "100000",
		"1234567890.123456": "1234567890.12346", "576461234567890123": "576461234567890123", "9400111899223100000000": "9400111899223100000000",
		"1.23E+17": "1.23E+17", "5.7646123456789E+17": "5.7646123456789E+17", "1E+15": "1E+15", "9.99E+14": "999000000000000",
		"1.5E3": "1500", "1E5": "100000", "1e-5": "0.00001", "1.0000000000000001E-5": "0.00001", "-2.5E-3": "-0.0025", "0.00012E2": "0.012",
		"0E0": "0", "1E-300": "1E-300", "1E99999999999999999999": "1E99999999999999999999", "12345678901234567.5": "12345678901234567.5",
		"0.99999999999999999": "1", "123456789012345.67": "123456789012346",
	} {
		got, ok := appendNumber([]byte("x"), []byte(in), style{})
		if !ok || string(got) != "x"+want {
			t.Errorf("%s became %s (%v), want %s", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "-", ".", "1.2.3", "1,5", "abc", "1E", "E5", "1E+-5", "0x10", "NaN", "1 2"} {
		if got, ok := appendNumber(nil, []byte(in), style{}); ok || len(got) > 0 {
			t.Errorf("%q is the number %q", in, got)
		}
	}
	for in, want := range map[string]string{"501": "00501", "12345": "12345", "123456": "123456", "-5": "-5", "1.5": "1.5"} {
		if got, _ := appendNumber(nil, []byte(in), style{zeros: 5}); string(got) != want {
			t.Errorf("%s in 00000 became %s", in, got)
		}
	}
}

// TestNumbersKeepTheirValue: what Excel shows and what is written are the same
// number, within the 15 digits.
func TestNumbersKeepTheirValue(t *testing.T) {
	x := 1.0
	for i := range 4000 {
		x = math.Mod(x*1103515245+12345.678, 1e9)
		v := x * math.Pow(10, float64(i%24-12))
		for _, f := range []byte{'g', 'e', 'f'} {
			in := strings.ToUpper(strconv.FormatFloat(v, f, -1, 64))
			got, ok := appendNumber(nil, []byte(in), style{})
			back, err := strconv.ParseFloat(string(got), 64)
			if !ok || err != nil || math.Abs(back-v) > 6e-15*math.Abs(v) {
				t.Fatalf("%s became %s", in, got)
			}
		}
	}
}

func TestDates(t *testing.T) {
	for _, c := range []struct {
		in   string
		kind uint8
		want string
	}{
		{"45000", dateOnly, "2023-03-15"}, {"45000", dateTime, "2023-03-15 00:00:00"}, {"45000.395833333336", dateOnly, "2023-03-15 09:30:00"},
		{"45000.39583333", dateTime, "2023-03-15 09:30:00"}, {"45000.000011574", dateTime, "2023-03-15 00:00:01"}, {"45000.5000057", dateTime, "2023-03-15 12:00:00.492"},
		{"45000.999999999", dateTime, "2023-03-16 00:00:00"}, {"0.5", timeOnly, "12:00:00"}, {"0.5", dateTime, "12:00:00"}, {"0", timeOnly, "00:00:00"},
		{"1", dateOnly, "1900-01-01"}, {"59", dateOnly, "1900-02-28"}, {"60", dateOnly, "1900-02-29"}, {"60.5", dateTime, "1900-02-29 12:00:00"}, {"61", dateOnly, "1900-03-01"},
		{"25569", dateOnly, "1970-01-01"}, {"2958465", dateOnly, "9999-12-31"}, {"45000.25", timeOnly, "2023-03-15 06:00:00"}, {"4.5E4", dateOnly, "2023-03-15"},
		{"0", dateOnly, ""}, {"-1", dateOnly, ""}, {"2958466", dateOnly, ""}, {"2958465.9999999999", dateTime, ""}, {"576461234567890123", dateTime, ""}, {"NaN", dateOnly, ""}, {"x", dateOnly, ""},
	} {
		got, ok := appendDate(nil, []byte(c.in), c.kind, false)
		if string(got) != c.want || ok != (c.want != "") {
			t.Errorf("%s of kind %d is %q (%v), want %q", c.in, c.kind, got, ok, c.want)
		}
	}
	for in, want := range map[string]string{"0": "1904-01-01", "43538": "2023-03-15", "2957003": "9999-12-31", "2957004": ""} {
		if got, _ := appendDate(nil, []byte(in), dateOnly, true); string(got) != want {
			t.Errorf("%s since 1904 is %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"2023-03-15T09:30:00": "2023-03-15 09:30:00", "2023-03-15T00:00:00": "2023-03-15", "2023-03-15": "2023-03-15",
		"2023-03-15T23:59:59.9999": "2023-03-16", "2023-03-15T09:30:00Z": "2023-03-15T09:30:00Z"} {
		if got := appendISO(nil, []byte(in), dateOnly); string(got) != want {
			t.Errorf("%s is %q, want %q", in, got, want)
		}
	}
}

func TestFormats(t *testing.T) {
	for code, want := range map[string]style{
		"General": {}, "0.00": {}, "#,##0": {}, `0 "days"`: {}, `0\d`: {}, "@": {}, "0.00E+00": {}, "[Red]0": {}, "": {}, "0": {},
		"[h]:mm": {}, "[mm]:ss": {}, "[s]": {}, "0_d": {}, "[$USD] 0": {}, `"Year"0`: {}, `"open`: {}, "[open": {},
		"yyyy-mm-dd": {kind: dateOnly}, "m/d/yy": {kind: dateOnly}, "mmm": {kind: dateOnly}, "[$-409]mmmm\\ d": {kind: dateOnly}, `yyyy"年"m"月"d"日"`: {kind: dateOnly},
		"yyyy/m/d h:mm": {kind: dateTime}, "m/d/yyyy h:mm:ss AM/PM": {kind: dateTime}, "[Red]dd.mm.yyyy hh:mm;@": {kind: dateTime},
		"h:mm": {kind: timeOnly}, "mm:ss.0": {kind: timeOnly}, "h:mm:ss AM/PM": {kind: timeOnly}, `h"时"mm"分"`: {kind: timeOnly}, "[$-F400]h:mm:ss": {kind: timeOnly},
		"0;yyyy": {}, "00000": {zeros: 5}, "000": {zeros: 3}, "00000-0000": {},
	} {
		if got := formatStyle(code); got != want {
			t.Errorf("%q is %+v, want %+v", code, got, want)
		}
	}
	for id, want := range map[int]uint8{0: plain, 2: plain, 14: dateOnly, 18: timeOnly, 22: dateTime, 31: dateOnly, 45: timeOnly, 46: plain, 57: dateOnly, 59: plain, 164: plain} {
		if got := builtin(id).kind; got != want {
			t.Errorf("format %d is %d, want %d", id, got, want)
		}
	}
}

func TestCells(t *testing.T) {
	styles := `<numFmts><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd hh:mm"/><numFmt numFmtId="165" formatCode="00000"/></numFmts>` +
		`<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs>` +
		`<dxfs><dxf><numFmt numFmtId="164" formatCode="0"/></dxf></dxfs>`
	shared := `<si><t>plain</t></si><si><r><t>ri</t></r><r><rPr><b/></rPr><t xml:space="preserve">ch </t></r><rPh sb="0" eb="1"><t>PHON</t></rPh></si><si/>` +
		`<si><t>a_x000D__x000A_b_x005F_x0041__xD83D__xDE00__xD83D__x0000_</t></si><si><t>x` + "\r\n" + `y</t></si>`
	for _, c := range []struct{ cell, want string }{
		{`<c t="s"><v>0</v></c>`, "plain"}, {`<c t="s"><v>1</v></c>`, "rich "}, {`<c t="s"><v>2</v></c>`, ""}, {`<c t="s"/>`, ""}, {`<c t="s"><v></v></c>`, ""},
		{`<c t="s"><v>3</v></c>`, "\"a\r\nb_x0041_😀_xD83D__x0000_\""}, {`<c t="s"><v>4</v></c>`, "\"x\ny\""},
		{`<c t="inlineStr"><is><t> in </t><phoneticPr/></is></c>`, " in "}, {`<c t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is></c>`, "ab"},
		{`<c t="str"><f>A1&amp;"x"</f><v>f &lt;&#x4e2d;</v></c>`, "f <中"}, {`<c t="b"><v>1</v></c>`, "TRUE"}, {`<c t="b"><v>0</v></c>`, "FALSE"},
		{`<c t="e"><v>#N/A</v></c>`, "#N/A"}, {`<c t="e"><f>X</f><v>#REF!</v></c>`, "#REF!"}, {`<c t="n"><v> 1.50 </v></c>`, "1.50"}, {`<c><v>abc</v></c>`, "abc"},
		{`<c s="1"><v>45000</v></c>`, "2023-03-15"}, {`<c s="2"><v>45000.5</v></c>`, "2023-03-15 12:00:00"}, {`<c s="1" t="str"><v>45000</v></c>`, "45000"},
		{`<c s="3"><v>501</v></c>`, "00501"}, {`<c s="99"><v>45000</v></c>`, "45000"}, {`<c s="1"><v>-3</v></c>`, "-3"}, {`<c t="d"><v>2023-03-15T00:00:00</v></c>`, "2023-03-15"},
	} {
		m := one(`<sheetData><row><c t="str"><v>a</v></c><c t="str"><v>b</v></c></row><row><c><v>1</v></c>` + c.cell + `</row></sheetData>`)
		m.shared, m.styles = shared, styles
		if _, got := converted(t, m.file(t), Options{Header: 1}); got != "a,b\n1,"+c.want+"\n" {
			t.Errorf("%s became %q, want %q", c.cell, got, c.want)
		}
	}
	m := one(`<sheetData><row><c t="str"><v>a</v></c></row><row><c s="1"><v>0</v></c></row></sheetData>`)
	m.styles, m.book = styles, `<workbookPr date1904="1"/>`
	if _, got := converted(t, m.file(t), Options{Header: 1}); got != "a\n1904-01-01\n" {
		t.Errorf("%q", got)
	}
}
