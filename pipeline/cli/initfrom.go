package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"

	"waybill/pipeline/run"
)

// none is the answer that no pack's clocks apply.
const none = "none"

var (
	languageRE = regexp.MustCompile(`^(zh|en|zh,en|en,zh)$`)
	currencyRE = regexp.MustCompile(`^[A-Z]{3}$`)
)

// runInitFrom makes a workspace of templates.
func runInitFrom(env *Env, c *common, o initOptions) (err error) {
	n := run.NewWorkspace{Name: o.name, From: o.from, Platform: o.platform, Zone: o.zone, SLA: o.sla, Currency: o.currency, Languages: strings.Split(o.lang, ",")}
	if n.Set, err = settings(o.set); err != nil {
		return err
	}
	for _, s := range o.shops {
		shop, err := run.ParseShop(s)
		if err != nil {
			return usage(err)
		}
		n.Shops = append(n.Shops, shop)
	}
	if n.Name == "" {
		abs, err := filepath.Abs(o.dir)
		if err != nil {
			return err
		}
		n.Name = filepath.Base(abs)
	}
	r, closeIt, err := run.Outside(env.runEnv())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeIt()) }()
	asked := n.SLA != ""
	if !asked && env.Terminal && env.StdinTerminal {
		if n.SLA, err = askSLA(env, r); err != nil {
			return err
		}
		asked = true
	}
	if n.SLA == none {
		n.SLA = ""
	}
	made, err := r.Create(o.dir, n)
	if err != nil {
		return usage(err)
	}
	if c.json {
		return printJSON(env, made)
	}
	fmt.Fprintf(env.Stdout, "made a workspace in %s\n", o.dir)
	for _, f := range made.Feeds {
		fmt.Fprintf(env.Stdout, "%s: drop its files into %s/\n", f.File, f.Folder)
	}
	if len(made.SLA) == 0 {
		why := "deadlines come only from exports that have them"
		if !asked {
			why += "; try: --sla " + strings.Join(r.PackNames(), ", --sla ")
		}
		fmt.Fprintln(env.Stdout, why)
	}
	fmt.Fprintf(env.Stdout, "next: waybill -C %s feed try FILE, then: waybill -C %s run weekly\n", quoteArg(o.dir), quoteArg(o.dir))
	return nil
}

// askSLA asks whose clocks give deadlines until the answer is a pack or none; the
// end of the input is none.
func askSLA(env *Env, r *run.Runner) (string, error) {
	names := r.PackNames()
	fmt.Fprintln(env.Stdout, "Whose clocks give a deadline to an order whose export has none?")
	for i, n := range names {
		fmt.Fprintf(env.Stdout, "  %d  %s\n", i+1, n)
	}
	fmt.Fprintf(env.Stdout, "  %d  %s (deadlines come only from exports)\n", len(names)+1, none)
	in := bufio.NewReader(io.LimitReader(env.Stdin, 4096))
	for {
		fmt.Fprintf(env.Stdout, "number or name [%s]: ", none)
		line, err := in.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", err
		}
		answer := strings.TrimSpace(line)
		var number int
		if _, serr := fmt.Sscanf(answer, "%d", &number); serr == nil && number >= 1 && number <= len(names) && fmt.Sprint(number) == answer {
			return names[number-1], nil
		}
		if answer == "" || answer == none || answer == fmt.Sprint(len(names)+1) {
			return none, nil
		}
		_, perr := r.ParseSLA(answer)
		if perr == nil {
			return answer, nil
		}
		if err != nil {
			return none, nil
		}
		fmt.Fprintln(env.Stdout, perr)
	}
}
