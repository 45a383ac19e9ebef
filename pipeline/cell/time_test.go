package cell_test

import (
	"context"
	"testing"

	"waybill/pipeline/cell"
	"waybill/pipeline/engine"
)

func TestTimes(t *testing.T) {
	iso := [][]string{
		{"2026-01-05 08:00:00", "2026-01-05T08:00:00.000Z"}, {"2026-01-05 08:00", "2026-01-05T08:00:00.000Z"}, {"2026-01-05", "2026-01-05T00:00:00.000Z"}, {"2026/1/5 8:00", "2026-01-05T08:00:00.000Z"},
		{"2026-01-05T08:00:00Z", "2026-01-05T08:00:00.000Z"}, {"2026-01-05T08:00Z", "2026-01-05T08:00:00.000Z"}, {"2026-01-05T08:00:00.250+00:00", "2026-01-05T08:00:00.250Z"},
		{"2026-01-05 08:00:00+08:00", "2026-01-05T00:00:00.000Z"}, {"2026-01-05 08:00:00 +0800", "2026-01-05T00:00:00.000Z"}, {"2026-01-05 08:00:00+08", "2026-01-05T00:00:00.000Z"}, {"2026-01-05 08:00+08", "2026-01-05T00:00:00.000Z"}, {"2026-01-05 08:00:00 GMT+8", "2026-01-05T00:00:00.000Z"}, {"2026-01-05 08:00:00 UTC+08:00", "2026-01-05T00:00:00.000Z"},
		{"2026-01-05 08:00:00 UTC", "2026-01-05T08:00:00.000Z"}, {"2026-01-05 08:00:00 GMT", "2026-01-05T08:00:00.000Z"}, {"2026-01-05 08:00:00 PST", "2026-01-05T16:00:00.000Z"}, {"2026-07-05 08:00:00 PDT", "2026-07-05T15:00:00.000Z"}, {"2026-01-05 08:00:00 CST", "∅"}, {"2026-01-05 08:00:00 IST", "∅"}, {"2026-01-05 08:00:00 CDT", "∅"}, {"2026-01-05 08:00:00 pst", "2026-01-05T16:00:00.000Z"},
		{"2026-01-05 08:00:00\t", "2026-01-05T08:00:00.000Z"}, {"\u00a02026-01-05 08:00:00", "2026-01-05T08:00:00.000Z"}, {"２０２６-０１-０５ ０８：００：００", "2026-01-05T08:00:00.000Z"}, {"'2026-01-05", "2026-01-05T00:00:00.000Z"},
		{"epoch", "∅"}, {"infinity", "∅"}, {"2026-02-30", "∅"}, {"2026-13-01", "∅"}, {"20260105", "∅"}, {"1767571200", "∅"}, {"05/01/2026", "∅"}, {"", "∅"}, {"-", "∅"}, {"2026-01-05 25:00", "∅"}, {"2026-01-05 08:00:00 +99:00", "∅"},
	}
	table(t, cell.Spec{Type: "timestamptz"}, iso)
	table(t, cell.Spec{Type: "timestamptz", Formats: []string{"iso"}, Zone: "'UTC'"}, iso)
	table(t, cell.Spec{Type: "timestamptz", Zone: "'Asia/Shanghai'"}, [][]string{
		{"2026-01-05 08:00:00", "2026-01-05T00:00:00.000Z"}, {"2026-01-05", "2026-01-04T16:00:00.000Z"}, {"2026-01-05 08:00:00 UTC", "2026-01-05T08:00:00.000Z"}, {"2026-01-05 08:00:00-05", "2026-01-05T13:00:00.000Z"}, {"2026-01-05 08:00:00\t", "2026-01-05T00:00:00.000Z"}, {"2026-01-05 08:00:00 Asia/Tokyo", "∅"},
	})
	us := []string{"%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M", "%m/%d/%Y"}
	table(t, cell.Spec{Type: "timestamptz", Formats: us}, [][]string{
		{"12/15/2025 9:30:33 AM", "2025-12-15T09:30:33.000Z"}, {"12/15/2025 09:30:33 PM\t", "2025-12-15T21:30:33.000Z"}, {"1/5/2025 9:30:33 pm", "2025-01-05T21:30:33.000Z"}, {"12/15/2025\u202f9:30:33\u202fAM", "2025-12-15T09:30:33.000Z"}, {"4/2/2021 4:00", "2021-04-02T04:00:00.000Z"}, {"4/2/2021", "2021-04-02T00:00:00.000Z"}, {"15/12/2025", "∅"}, {"2025-12-15", "∅"}, {"12/15/2025 13:30:33 AM", "∅"},
	})
	table(t, cell.Spec{Type: "timestamptz", Formats: us, Zone: "'America/Los_Angeles'"}, [][]string{{"12/15/2025 9:30:33 AM", "2025-12-15T17:30:33.000Z"}})
	table(t, cell.Spec{Type: "timestamptz", Formats: us, Zone: "'+08:00'"}, [][]string{{"12/15/2025 9:30:33 AM", "2025-12-15T01:30:33.000Z"}})
	table(t, cell.Spec{Type: "timestamptz", Formats: us, Zone: "'UTC-3:30'"}, [][]string{{"12/15/2025 9:30:33 AM", "2025-12-15T13:00:33.000Z"}})
	table(t, cell.Spec{Type: "timestamptz", Formats: []string{"%Y-%m-%d %H:%M:%S %z", "%m/%d/%y-%I:%M:%S:%p"}}, [][]string{
		{"2026-05-14 11:23:45 +0100", "2026-05-14T10:23:45.000Z"}, {"2026-05-14 11:23:45 -07:00", "2026-05-14T18:23:45.000Z"}, {"01/31/26-11:22:33:PM", "2026-01-31T23:22:33.000Z"},
	})
	table(t, cell.Spec{Type: "timestamptz", Formats: []string{"epoch_s"}}, [][]string{{"1767571200", "2026-01-05T00:00:00.000Z"}, {"1767571200.0", "2026-01-05T00:00:00.000Z"}, {"1767571200000", "∅"}, {"0", "∅"}, {"1.7E9", "∅"}, {"1767571200.5", "∅"}, {"1767571200\t", "2026-01-05T00:00:00.000Z"}})
	table(t, cell.Spec{Type: "timestamptz", Formats: []string{"epoch_ms"}}, [][]string{{"1767571200123", "2026-01-05T00:00:00.123Z"}, {"1767571200", "∅"}})
	table(t, cell.Spec{Type: "timestamptz", Formats: []string{"epoch_auto", "iso"}}, [][]string{{"1767571200123", "2026-01-05T00:00:00.123Z"}, {"1767571200", "2026-01-05T00:00:00.000Z"}, {"1767571200000000", "2026-01-05T00:00:00.000Z"}, {"2026-01-05", "2026-01-05T00:00:00.000Z"}})
	table(t, cell.Spec{Type: "timestamptz", Formats: []string{"excel_1900", "iso"}, Zone: "'Asia/Shanghai'"}, [][]string{{"45658.39583", "2025-01-01T01:30:00.000Z"}, {"45658", "2024-12-31T16:00:00.000Z"}, {"2025-01-01 09:30", "2025-01-01T01:30:00.000Z"}, {"60", "∅"}, {"0.5", "∅"}, {"9999999", "∅"}})
	table(t, cell.Spec{Type: "timestamptz", Formats: []string{"excel_1904"}}, [][]string{{"44196.39583", "2025-01-01T09:30:00.000Z"}})
	table(t, cell.Spec{Type: "timestamptz", Formats: []string{"chinese"}}, [][]string{
		{"2026年1月5日 08:00", "2026-01-05T08:00:00.000Z"}, {"2026年01月05日08时00分00秒", "2026-01-05T08:00:00.000Z"}, {"2026年1月5日", "2026-01-05T00:00:00.000Z"}, {"2026年1月5日 下午3:04", "2026-01-05T15:04:00.000Z"}, {"2026年1月5日 上午 12:04:05", "2026-01-05T00:04:05.000Z"}, {"2026年1月5日 下午12:04", "2026-01-05T12:04:00.000Z"}, {"2026/1/5 下午 3:04:05", "2026-01-05T15:04:05.000Z"}, {"2026年1月5日 8点", "2026-01-05T08:00:00.000Z"}, {"2026年1月5日 15时04分", "2026-01-05T15:04:00.000Z"},
		{"2026年1月5日　０８：００", "2026-01-05T08:00:00.000Z"}, {"2026年1月5日 上午13:04", "∅"}, {"2026年13月5日", "∅"}, {"2026年1月5日 上午", "∅"}, {"2026年1月5日 25:00", "∅"}, {"1月5日", "∅"},
	})
}

func TestDates(t *testing.T) {
	table(t, cell.Spec{Type: "date"}, [][]string{{"2026-01-05", "2026-01-05"}, {"2026-01-05 23:00:00+08", "2026-01-05"}, {"2026/1/5", "2026-01-05"}, {"２０２６-０１-０５", "2026-01-05"}, {"epoch", "∅"}, {"05/01/2026", "∅"}, {"2026-02-30", "∅"}, {"2026-01-05foo", "∅"}, {"2026-01-05 08:00:00", "2026-01-05"}})
	table(t, cell.Spec{Type: "date", Formats: []string{"%m/%d/%Y", "%Y%m%d"}}, [][]string{{"1/5/2026", "2026-01-05"}, {"20260105", "2026-01-05"}, {"2026-01-05", "∅"}})
	table(t, cell.Spec{Type: "date", Formats: []string{"excel_1900", "chinese", "iso"}}, [][]string{{"45658.9", "2025-01-01"}, {"2026年1月5日", "2026-01-05"}, {"2026-01-05", "2026-01-05"}})
	table(t, cell.Spec{Type: "date", Formats: []string{"epoch_s"}, Zone: "'Asia/Shanghai'"}, [][]string{{"1767542400", "2026-01-05"}})
}

// The zone of a local time can stand in the row.
func TestZoneOfTheRow(t *testing.T) {
	e := open(t)
	for _, formats := range [][]string{nil, {"%Y-%m-%d %H:%M:%S"}} {
		c, err := cell.Compile("x", cell.Spec{Type: "timestamptz", Zone: "z", Formats: formats})
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range [][2]string{
			{"'Asia/Shanghai'", "2026-01-05 00:00:00"}, {"'America/Los_Angeles'", "2026-01-05 16:00:00"}, {"'+08:00'", "2026-01-05 00:00:00"}, {"'+0800'", "2026-01-05 00:00:00"}, {"'GMT+8'", "2026-01-05 00:00:00"}, {"'-7'", "2026-01-05 15:00:00"}, {"'Etc/GMT-8'", "2026-01-05 00:00:00"},
			{"null", "2026-01-05 08:00:00"}, {"''", "2026-01-05 08:00:00"}, {"'UTC'", "2026-01-05 08:00:00"}, {"'Mars/Olympus'", "∅"}, {"'CST'", "∅"}, {"'foo'", "∅"}, {"'+99'", "∅"},
		} {
			g := scan(t, e, "select coalesce(strftime(timezone('UTC', v), '%Y-%m-%d %H:%M:%S'), '∅'), '', false from (select "+c.Value+" as v from (select '2026-01-05 08:00:00' as x, cast("+l[0]+" as varchar) as z))")
			if g[0].value != l[1] {
				t.Errorf("zone %s: %s, want %s", l[0], g[0].value, l[1])
			}
		}
	}
}

func TestLocal(t *testing.T) {
	e := open(t)
	for _, c := range []struct {
		s          cell.Spec
		text, want string
	}{
		{cell.Spec{}, "2026-03-08 02:30:00", "2026-03-08 02:30:00"},
		{cell.Spec{}, "2026-03-08 02:30\t", "2026-03-08 02:30:00"},
		{cell.Spec{}, "2026-03-08 02:30:00Z", "∅"},
		{cell.Spec{}, "2026-03-08 02:30:00-08", "∅"},
		{cell.Spec{Formats: []string{"%m/%d/%Y %H:%M"}}, "3/8/2026 2:30", "2026-03-08 02:30:00"},
		{cell.Spec{Formats: []string{"%m/%d/%Y %H:%M %z"}}, "3/8/2026 2:30 -0800", "∅"},
		{cell.Spec{Formats: []string{"epoch_s"}}, "1767571200", "∅"},
		{cell.Spec{Formats: []string{"excel_1900", "chinese"}}, "2026年3月8日 2:30", "2026-03-08 02:30:00"},
	} {
		c.s.Type = "timestamptz"
		g := scan(t, e, "select coalesce(strftime("+cell.LocalSQL("x", c.s)+", '%Y-%m-%d %H:%M:%S'), '∅'), '', false from (select "+engine.Literal(c.text)+" as x)")
		if g[0].value != c.want {
			t.Errorf("%+v: local time of %q is %s, want %s", c.s, c.text, g[0].value, c.want)
		}
	}
}

// A naive time without a zone of its own is read in the session's.
func TestSessionZone(t *testing.T) {
	e := open(t)
	err := e.InZone(context.Background(), "America/Los_Angeles", func() error {
		for _, s := range []cell.Spec{{}, {Formats: []string{"chinese", "iso"}}, {Formats: []string{"%Y-%m-%d %H:%M:%S"}}} {
			s.Type = "timestamptz"
			for _, text := range []string{"2026-01-05 08:00:00", "2026-01-05 08:00:00\u00a0"} {
				if g := read(t, e, s, []string{text})[0]; g.value != "2026-01-05T16:00:00.000Z" {
					t.Errorf("%+v: %q is %s", s, text, g.value)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestRefusals(t *testing.T) {
	for _, s := range []cell.Spec{
		{Type: "text"}, {Type: "decimal(18,4)", Kind: "amount"}, {Type: "bigint", Kind: "id"}, {Type: "varchar", Kind: "money"}, {Type: "decimal(18,4)", Decimal: ","},
		{Type: "decimal(18,4)", Kind: "weight", Unit: "cm"}, {Type: "decimal(18,4)", Kind: "money", Unit: "dollar"}, {Type: "varchar", Kind: "id", Width: -1},
		{Type: "timestamptz", Formats: []string{"epoch"}}, {Type: "timestamptz", Zone: "'Mars/Olympus'"}, {Type: "timestamptz", Zone: "''"},
	} {
		if _, err := cell.Compile("x", s); err == nil {
			t.Errorf("%+v was taken", s)
		}
	}
}
