package claims

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Row is a row of a sheet, or a record of a CSV file; Line is its place there.
type Row struct {
	Line  int64
	Cells []string
}

// Mark goes before a claim's id where people see it: an id of digits and an e
// would be a number for a spreadsheet.
const Mark = "WB-"

// names of columns, folded, as packs write them and as people do.
var (
	idColumns       = []string{"claim id", "claim", "claim no", "finding id", "索赔编号", "索赔单号"}
	numberColumns   = []string{"tracking number", "tracking no", "tracking", "waybill", "运单号", "跟踪号", "物流单号"}
	chargeColumns   = []string{"charge", "fee", "费用", "费用名称", "费用类型"}
	decisionColumns = []string{"decision", "result", "answer", "处理结果", "审核结果", "结果"}
	amountColumns   = []string{"approved amount", "credited amount", "amount approved", "同意金额", "赔付金额", "退款金额"}
	reasonColumns   = []string{"reason", "remark", "comment", "原因", "拒绝原因", "备注"}
	claimedColumns  = []string{"claimed amount", "索赔金额"}
	batchColumns    = []string{"batch", "批次"}
	currencyColumns = []string{"currency", "币种", "货币"}
)

// AnswerColumns are names by which a sheet with an answer is known.
var AnswerColumns = []string{"claim id", "索赔编号", "decision", "处理结果", "tracking number", "运单号"}

// decisions are the words of an answer.
var decisions = map[string][]string{
	Approved: {"approved", "approve", "accepted", "accept", "agreed", "agree", "yes", "y", "partially approved", "partial", "同意", "已同意", "部分同意", "通过", "批准", "认可", "是"},
	Denied:   {"denied", "deny", "rejected", "reject", "declined", "refused", "no", "n", "拒绝", "已拒绝", "不同意", "驳回", "不通过", "不认可", "否"},
	Credited: {"credited", "refunded", "paid", "已赔付", "已退款", "已返款", "已抵扣", "赔付", "退款"},
}

// partial are words that need an amount.
var partial = []string{"partially approved", "partial", "部分同意"}

// foldName compares names without regard to case, blanks and a mark of order.
func foldName(s string) string {
	s = strings.NewReplacer("_", " ", "-", " ", "\ufeff", "").Replace(s)
	return strings.Join(strings.Fields(strings.ToLower(s)), " ")
}

func columnOf(head, names []string) int {
	for _, n := range names {
		if i := slices.IndexFunc(head, func(h string) bool { return foldName(h) == n }); i >= 0 {
			return i
		}
	}
	return -1
}

// Header says whether cells are the header of an answer or a pack.
func Header(cells []string) bool {
	return columnOf(cells, idColumns) >= 0 || columnOf(cells, numberColumns) >= 0 && columnOf(cells, decisionColumns) >= 0
}

// text is a cell without what keeps spreadsheets from reading it.
func (r Row) text(column int) string {
	if column < 0 || column >= len(r.Cells) {
		return ""
	}
	return strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(r.Cells[column]), "'"))
}

// markless is a claim's id without the mark before it, in whatever case.
func markless(id string) string {
	if len(id) > len(Mark) && strings.EqualFold(id[:len(Mark)], Mark) {
		return strings.ToLower(id[len(Mark):])
	}
	return id
}

// Answer is a provider's answer to one claim.
type Answer struct {
	Line   int64
	ID     string // empty: Number and Charge say which claim
	Number string
	Charge string
	State  string // Approved, Denied or Credited
	Amount *Amount
	Signs  []string // of currencies that stand beside the amount or in a column of their own
	Reason string
}

// Problem is a row that cannot be used.
type Problem struct {
	Line int64
	Text string
}

// ErrSheet says that a file holds no answer, or no pack.
var ErrSheet = errors.New("the file cannot be used")

// ReadAnswers reads the rows of an answer, the header first. Rows without a
// decision are not answered yet: silent counts them.
func ReadAnswers(rows []Row) (answers []Answer, silent int, problems []Problem, err error) {
	if len(rows) == 0 {
		return nil, 0, nil, fmt.Errorf("%w: it is empty", ErrSheet)
	}
	head := rows[0].Cells
	id, number, charge := columnOf(head, idColumns), columnOf(head, numberColumns), columnOf(head, chargeColumns)
	decision, amount, reason := columnOf(head, decisionColumns), columnOf(head, amountColumns), columnOf(head, reasonColumns)
	currency := columnOf(head, currencyColumns)
	if decision < 0 || id < 0 && number < 0 {
		return nil, 0, nil, fmt.Errorf("%w: its header is %q; try: the columns claim id (or tracking number and charge), decision, approved amount, reason", ErrSheet, strings.Join(head, ", "))
	}
	for _, r := range rows[1:] {
		bad := func(format string, args ...any) {
			problems = append(problems, Problem{r.Line, fmt.Sprintf(format, args...)})
		}
		a := Answer{Line: r.Line, ID: markless(r.text(id)), Number: r.text(number), Charge: r.text(charge), Reason: r.text(reason)}
		said := r.text(decision)
		if said == "" {
			if r.text(amount) != "" {
				bad("an amount without a decision; try: approved or 同意")
			} else if a.ID != "" || a.Number != "" {
				silent++
			}
			continue
		}
		for state, words := range decisions {
			if slices.Contains(words, foldName(said)) {
				a.State = state
			}
		}
		if a.State == "" {
			bad("decision %q; try: approved, denied, credited, 同意, 拒绝 or 已赔付", said)
			continue
		}
		if text := r.text(amount); text != "" {
			n, err := readAmount(text)
			if err != nil {
				bad("%v", err)
				continue
			}
			a.Amount, a.Signs = &n, append(signsOf(text), r.text(currency))
		}
		switch {
		case a.ID == "" && a.Number == "":
			bad("neither a claim nor a parcel is named")
			continue
		case a.State == Denied && a.Amount != nil && *a.Amount != 0:
			bad("%s is said of %s; try: one of them", said, *a.Amount)
			continue
		case a.State != Denied && a.Amount != nil && *a.Amount <= 0:
			bad("%s is said of %s; try: an amount above 0", said, *a.Amount)
			continue
		case a.Amount == nil && slices.Contains(partial, foldName(said)):
			bad("%s without an amount", said)
			continue
		}
		answers = append(answers, a)
	}
	return answers, silent, problems, nil
}

// Answered is what an answer decides.
type Answered struct {
	Line int64
	Decision
}

// Answer makes decisions of answers, the file's hash naming their source. What
// the ledger holds already, from this file or in the same words, decides nothing:
// same counts it. The book changes as by Decide.
func (b *Book) Answer(answers []Answer, hash string) (out []Answered, same int, problems []Problem) {
	seen := map[string]int64{}
	for _, a := range answers {
		bad := func(format string, args ...any) {
			problems = append(problems, Problem{a.Line, fmt.Sprintf(format, args...)})
		}
		c, err := b.answeredBy(a)
		if err != nil {
			bad("%v", err)
			continue
		}
		if i := slices.IndexFunc(a.Signs, func(s string) bool { return !fits(s, c.Currency) }); i >= 0 && a.State != Denied {
			bad("claim %s is in %s, the answer says %s; try: what it is in %s", c.ID, c.Currency, a.Signs[i], c.Currency)
			continue
		}
		if line := seen[c.ID]; line != 0 {
			bad("line %d answers claim %s already", line, c.ID)
			continue
		}
		seen[c.ID] = a.Line
		d := Decision{ID: c.ID, State: a.State, Reason: a.Reason, Source: fmt.Sprintf("answer %s %d", hash, a.Line)}
		if a.Amount != nil && a.State != Denied {
			d.Amount = *a.Amount
		}
		if a.State == Credited { // says what came back in all
			if d.Amount == 0 {
				d.Amount = c.due()
			}
			if d.Amount -= c.Credited; d.Amount < 0 {
				bad("claim %s: %s came back by the answer, the ledger has %s", c.ID, *a.Amount, c.Credited)
				continue
			}
		}
		if c.sources[d.Source] || c.answered(a) {
			same++
			continue
		}
		if c.decided == Detected || c.decided == Queued {
			bad("claim %s was not submitted yet, as far as the ledger knows; try: waybill claims mark %s submitted", c.ID, c.ID)
			continue
		}
		if d, err = b.Decide(d); err != nil {
			bad("%v", err)
			continue
		}
		out = append(out, Answered{a.Line, d})
	}
	return out, same, problems
}

// answered says that a claim stands as the answer says.
func (c *Claim) answered(a Answer) bool {
	amount := c.Claimed
	if a.Amount != nil {
		amount = *a.Amount
	}
	switch a.State {
	case Denied:
		return c.decided == Denied && c.DeniedFor == a.Reason
	case Approved:
		return c.Approved != nil && *c.Approved == amount
	}
	if a.Amount == nil {
		amount = c.due()
	}
	return c.Credited > 0 && c.Credited == amount
}

// answeredBy finds the claim of an answer: by its id, else by number and charge
// among those that were submitted.
func (b *Book) answeredBy(a Answer) (*Claim, error) {
	if a.ID != "" {
		if c := b.Find(a.ID); c != nil {
			if a.Number != "" && c.Number != "" && a.Number != c.Number {
				return nil, fmt.Errorf("claim %s is of parcel %s, not of %s", a.ID, c.Number, a.Number)
			}
			return c, nil
		}
		hint := "waybill claims list"
		if near := b.Near(a.ID); near != "" {
			hint = near
		}
		return nil, fmt.Errorf("no claim %q; try: %s", a.ID, hint)
	}
	var found []*Claim
	for i := range b.Claims {
		if c := &b.Claims[i]; c.Number == a.Number && (a.Charge == "" || foldName(a.Charge) == foldName(c.Charge)) && submitted(c.decided) {
			found = append(found, c)
		}
	}
	switch len(found) {
	case 0:
		return nil, fmt.Errorf("no submitted claim is of parcel %q, charge %q", a.Number, a.Charge)
	case 1:
		return found[0], nil
	}
	ids := make([]string, len(found))
	for i, c := range found {
		ids[i] = c.ID
	}
	slices.Sort(ids)
	return nil, fmt.Errorf("parcel %q, charge %q has several claims: %s; try: a column claim id", a.Number, a.Charge, strings.Join(ids, ", "))
}

// Sent is a line of a pack that was sent.
type Sent struct {
	ID     string
	Amount Amount
	Batch  string
}

// ReadPack reads the lines of a pack, the header first, to mark what it holds.
func ReadPack(rows []Row) ([]Sent, error) {
	if len(rows) == 0 {
		return nil, fmt.Errorf("%w: it is empty", ErrSheet)
	}
	id, amount, batch := columnOf(rows[0].Cells, idColumns), columnOf(rows[0].Cells, claimedColumns), columnOf(rows[0].Cells, batchColumns)
	if id < 0 || amount < 0 || batch < 0 {
		return nil, fmt.Errorf("%w: it is no pack of waybill claims export: its header is %q", ErrSheet, strings.Join(rows[0].Cells, ", "))
	}
	var out []Sent
	var errs []error
	for _, r := range rows[1:] {
		if r.text(id) == "" {
			continue
		}
		n, err := readAmount(r.text(amount))
		if err != nil {
			errs = append(errs, fmt.Errorf("line %d: %w", r.Line, err))
		}
		out = append(out, Sent{markless(r.text(id)), n, r.text(batch)})
	}
	if len(out) == 0 && len(errs) == 0 {
		return nil, fmt.Errorf("%w: it has no claims", ErrSheet)
	}
	return out, errors.Join(errs...)
}
