package reports

// Report is a finished report: the page, and the workbook of the same tables.
type Report struct {
	HTML  []byte
	XLSX  []byte
	Entry Entry
	used  map[string]bool // keys of words, for the test that no key is idle
}

// Entry is what the list of reports says of one. Texts are by language.
type Entry struct {
	Name     string            `json:"name"`
	Title    map[string]string `json:"title"`
	Period   string            `json:"period,omitempty"`
	Shop     string            `json:"shop,omitempty"`
	AsOf     string            `json:"as_of"` // RFC 3339
	Headline map[string]string `json:"headline,omitempty"`
}

// report gives a page its two forms.
func (w *writer) report(p page) (Report, error) {
	html, err := w.html(p)
	if err != nil {
		return Report{}, err
	}
	xlsx, err := w.xlsx(p)
	if err != nil {
		return Report{}, err
	}
	e := Entry{Name: p.Name, Title: map[string]string{}, Period: string(p.Period), Shop: p.Shop, AsOf: p.AsOf.UTC().Format("2006-01-02T15:04:05Z"),
		Headline: map[string]string{}}
	for _, lang := range w.words.langs {
		e.Title[lang] = w.words.plain(lang, p.Heading)
		e.Headline[lang] = w.words.plain(lang, p.Headline)
	}
	return Report{HTML: html, XLSX: xlsx, Entry: e, used: w.words.used}, w.words.err()
}
