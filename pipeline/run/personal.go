package run

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"waybill/pipeline/contract"
	"waybill/pipeline/engine"
	"waybill/pipeline/feed"
	"waybill/pipeline/store"
)

// personalName is under which the journal remembers how the rows of the lake
// treat personal data.
const personalName = "personal"

// treat applies pii of waybill.yaml to the contracts.
func (r *Runner) treat() error {
	policy := contract.Policy{}
	for entry, how := range r.WS.Personal() {
		policy[entry] = contract.Treatment(how)
	}
	tables, wrong := r.Tables.Treat(policy)
	var errs []error
	for _, w := range wrong {
		errs = append(errs, r.WS.PIIError(w.Entry, errors.New(w.Text)))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	r.Tables = tables
	return nil
}

// treated says which personal data the tables hold, and as what; empty: none.
func (r *Runner) treated() string {
	var names []string
	for _, t := range r.Tables.Sorted() {
		names = append(names, t.Name)
	}
	return strings.Join(r.Tables.Treated(names...), " ")
}

// personal is what a run needs to treat personal data.
type personal struct {
	r   *Runner
	key []byte // of hashed columns; nil: none is hashed
	id  string // tells two keys apart and not what they are
}

// personal reads the key where a column is hashed, and tells every feed how
// its tables are treated.
func (r *Runner) personal() (*personal, error) {
	p := &personal{r: r}
	if strings.Contains(r.treated(), "="+string(contract.Hash)) {
		var err error
		if p.key, err = r.WS.PersonalKey(); err != nil {
			return nil, err
		}
		m := hmac.New(sha256.New, p.key)
		m.Write([]byte("waybill: id of this key"))
		p.id = hex.EncodeToString(m.Sum(nil)[:8])
	}
	for _, f := range r.Feeds {
		if what := f.ReadsVariables(); what != "" && p.key != nil {
			return nil, fmt.Errorf("%s: %s reads a variable of the session, which holds the key of hashed columns; try: leave it out", f.File, what)
		}
		f.Treat(strings.Join(p.of(f), " "))
	}
	return p, nil
}

// of lists how the tables of a feed are treated.
func (p *personal) of(f *feed.Feed) []string {
	var tables []string
	for _, o := range f.Outputs {
		tables = append(tables, o.Table)
	}
	return p.signed(p.r.Tables.Treated(tables...))
}

// signed adds the key's id to what is hashed: another key gives other values.
func (p *personal) signed(list []string) []string {
	out := slices.Clone(list)
	for i, s := range out {
		if strings.HasSuffix(s, "="+string(contract.Hash)) {
			out[i] = s + ":" + p.id
		}
	}
	return out
}

// now is the treatment as the journal remembers it.
func (p *personal) now() string { return strings.Join(p.signed(strings.Fields(p.r.treated())), " ") }

// among adds the treatment to what the journal remembers.
func (p *personal) among(hashes map[string]string) map[string]string {
	out := maps.Clone(hashes)
	out[personalName] = p.now()
	return out
}

// noted adds it to what a version says of itself, where there is any: readers
// must know how its rows were treated.
func (p *personal) noted(hashes map[string]string) map[string]string {
	if p.now() == "" {
		return hashes
	}
	return p.among(hashes)
}

// changed says whether the tables of a feed are treated otherwise than before.
func (p *personal) changed(before string, f *feed.Feed) bool {
	var was []string
	for _, s := range strings.Fields(before) {
		table, _, _ := strings.Cut(s, ".")
		if slices.ContainsFunc(f.Outputs, func(o feed.Output) bool { return o.Table == table }) {
			was = append(was, s)
		}
	}
	return !slices.Equal(was, p.of(f))
}

// forget takes out of stored rows what the lake holds under another treatment.
// Loads whose raw files are there are mapped anew in the same run; this is for
// the others, whose values must not stay either.
func (p *personal) forget(ctx context.Context, s *store.Session, before string) error {
	columns, said := p.stale(strings.Fields(before), strings.Fields(p.now()))
	for table, list := range columns {
		if p.r.Tables[table].Kind == contract.Current {
			continue // built anew
		}
		if err := s.Forget(ctx, table, list, ""); err != nil {
			return fmt.Errorf("forget personal data of %s: %w", table, err)
		}
	}
	if len(said) == 0 {
		return nil
	}
	return s.Forget(ctx, "rejects", rejectTexts, strings.Join(said, " or "))
}

// stale lists by table what is not treated any more as it was, and the SQL that
// finds rejects whose texts were kept for it.
func (p *personal) stale(before, now []string) (columns map[string][]string, said []string) {
	columns = map[string][]string{}
	for _, was := range before {
		if slices.Contains(now, was) {
			continue
		}
		place, how, _ := strings.Cut(was, "=")
		table, column, _ := strings.Cut(place, ".")
		if _, ok := p.r.Tables[table]; !ok {
			continue
		}
		columns[table] = append(columns[table], column)
		if how == string(contract.Keep) {
			said = append(said, "column_name = "+engine.Literal(column), "starts_with(column_name, "+engine.Literal(column+" (")+")")
		}
	}
	return columns, said
}

// hide keeps readers from values that a version holds under another treatment:
// the workspace has changed its mind since.
func (r *Runner) hide(ctx context.Context, s *store.Session, before string) error {
	var was []string
	for _, b := range strings.Fields(before) {
		b, _, _ = strings.Cut(b, ":") // the key is not asked for
		was = append(was, b)
	}
	columns, said := (&personal{r: r}).stale(was, strings.Fields(r.treated()))
	if len(said) > 0 {
		columns["rejects"] = nil
	}
	for table, list := range columns {
		only := ""
		if table == "rejects" && list == nil {
			list, only = rejectTexts, strings.Join(said, " or ")
		}
		if err := s.Forget(ctx, table, list, only); err != nil {
			return err
		}
	}
	return nil
}

// rejectTexts are the columns of rejects that hold what stood in a file.
var rejectTexts = []string{"value", "raw"}

// arm gives the session the key of hashed columns, as parameters: no statement
// and no message holds it.
func (p *personal) arm(ctx context.Context, e engine.Engine) error {
	if p.key == nil {
		return nil
	}
	inner, outer := feed.KeyPads(p.key)
	return errors.Join(e.Exec(ctx, "set variable "+feed.InnerKey+" = ?", inner), e.Exec(ctx, "set variable "+feed.OuterKey+" = ?", outer))
}

// disarm takes the key away again, before any query of the workspace runs.
func (p *personal) disarm(ctx context.Context, e engine.Engine) error {
	if p.key == nil {
		return nil
	}
	return errors.Join(e.Exec(ctx, "reset variable "+feed.InnerKey), e.Exec(ctx, "reset variable "+feed.OuterKey))
}
