package charset

import (
	"slices"
	"strings"
)

const (
	utf8Name    = "utf-8"
	utf16Name   = "utf-16"
	utf16LEName = "utf-16le"
	utf16BEName = "utf-16be"
	gbName      = "gb18030"
	big5Name    = "big5"
	sjisName    = "shift-jis"
	latinName   = "windows-1252"
)

// marked are byte order marks, by the encoding that they speak for.
var marked = []struct{ encoding, mark string }{
	{utf8Name, "\xef\xbb\xbf"},
	{utf16LEName, "\xff\xfe"},
	{utf16BEName, "\xfe\xff"},
	{gbName, "\x84\x31\x95\x33"},
}

var canonical = []string{utf8Name, utf16Name, utf16LEName, utf16BEName, gbName, big5Name, sjisName, latinName}

// aliases are keyed by the folded name: lower case, letters and digits only.
var aliases = map[string]string{
	"utf8": utf8Name, "utf8sig": utf8Name, "utf8bom": utf8Name, "cp65001": utf8Name,
	"ascii": utf8Name, "usascii": utf8Name,
	"utf16": utf16Name, "utf16le": utf16LEName, "utf16be": utf16BEName,
	"gb18030": gbName, "gbk": gbName, "gb2312": gbName, "cp936": gbName, "ms936": gbName,
	"windows936": gbName, "euccn": gbName,
	"big5": big5Name, "big5hkscs": big5Name, "cp950": big5Name, "ms950": big5Name, "windows950": big5Name,
	"shiftjis": sjisName, "sjis": sjisName, "cp932": sjisName, "ms932": sjisName,
	"windows932": sjisName, "windows31j": sjisName, "mskanji": sjisName,
	"windows1252": latinName, "cp1252": latinName, "latin1": latinName, "iso88591": latinName, "l1": latinName,
}

// Lookup gives the canonical name of an encoding. Case, blanks, hyphens and
// underscores do not matter. "utf-16" is a name of its own: Convert takes the
// byte order from the mark, which the text then must have.
func Lookup(name string) (encoding string, ok bool) {
	fold := func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r == '-' || r == '_' || r == ' ':
			return -1
		}
		return r
	}
	encoding, ok = aliases[strings.Map(fold, name)]
	return encoding, ok
}

// Names lists the canonical names that may be declared.
func Names() []string { return slices.Clone(canonical) }
