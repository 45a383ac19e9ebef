package audit

import "testing"

func TestVerdicts(t *testing.T) {
	quoted := Money(1000000000)
	for _, c := range []struct {
		line      Line
		strongest string
		want      string
	}{
		{Line{Quoted: &quoted, charged: quoted, Of: 1}, "", Agrees},
		{Line{Quoted: &quoted, charged: quoted + 500000, Of: 1}, "", Agrees}, // half a cent is rounding
		{Line{Quoted: &quoted, charged: quoted + 500001, Of: 1}, "", More},
		{Line{Quoted: &quoted, charged: quoted + 1000000, Of: 2}, "", Agrees}, // of each line
		{Line{Quoted: &quoted, charged: quoted - 500001, Of: 1}, "", Less},
		{Line{Quoted: &quoted, charged: quoted, Of: 1}, Look, Look},
		{Line{Reason: "no_weight"}, "", NotCompared},
		{Line{Reason: "number_unknown"}, Dispute, Dispute},
		{Line{Reason: Credit}, "", Credit},
	} {
		l := c.line
		if l.judge(c.strongest); l.Verdict != c.want {
			t.Errorf("%+v with %q is %s, want %s", c.line, c.strongest, l.Verdict, c.want)
		}
	}
}
