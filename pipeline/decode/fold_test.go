package decode

import (
	"testing"
	"unicode"
)

func TestFold(t *testing.T) {
	cases := []struct{ in, want string }{
		{"", ""},
		{"Order ID", "order id"},
		{"\ufeffOrder ID", "order id"},
		{"\u200bOrder\u200b ID\u200f", "order id"},
		{"\tOrder ID\t", "order id"},
		{"  Order \t\u00a0 ID  ", "order id"},
		{"\u3000订单号\u3000", "订单号"},
		{"实重（ＫＧ）", "实重(kg)"},
		{"长／宽／高：ｃｍ１２", "长/宽/高:cm12"},
		{"Weight\r\n(kg)", "weight (kg)"},
		{`"Order ID"`, "order id"},
		{` "' Order ID '" `, "order id"},
		{"＂Order ID＂", "order id"},
		{"“订单号”", "订单号"},
		{`"`, `"`},
		{`""`, ""},
		{`5"`, `5"`},
		{"ΟΔΟΣ", "οδοσ"},
		{"οδος", "οδοσ"},
		{"\u212a\u017f", "ks"}, // Kelvin sign, long s
		{"a\xff", "a\ufffd"},
	}
	for _, c := range cases {
		if got := Fold(c.in); got != c.want {
			t.Errorf("Fold(%q) = %q, want %q", c.in, got, c.want)
		}
		if got := Fold(c.want); got != c.want {
			t.Errorf("Fold(%q) = %q, not itself", c.want, got)
		}
	}
}

// Each rune is folded to one that stays, in whatever case it comes.
func TestFoldEveryRune(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		once := Fold("x" + string(r) + "y")
		if twice := Fold(once); twice != once {
			t.Fatalf("Fold of %U is %q, then %q", r, once, twice)
		}
		if next := Fold("x" + string(unicode.SimpleFold(r)) + "y"); next != once {
			t.Fatalf("Fold of %U is %q, of its other case %q", r, once, next)
		}
	}
}

func FuzzFold(f *testing.F) {
	for _, s := range []string{"Order ID", "\ufeff\" a  b \"", "（ＫＧ）", "'\u200b'", "\xff\"", "“'a'”"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Fold(s)
		if twice := Fold(once); twice != once {
			t.Errorf("Fold(%q) = %q, then %q", s, once, twice)
		}
	})
}
