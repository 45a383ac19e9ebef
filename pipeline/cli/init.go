package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"waybill/pipeline/demo"
	"waybill/pipeline/run"
	"waybill/pipeline/workspace"
)

type initOptions struct {
	dir       string
	demo      bool
	seed      uint64
	shipments int
	name      string
	zone      string
	sla       string
	platform  string
	from      []string
	shops     []string
	set       []string
	lang      string
	currency  string
}

func newInit(env *Env, c *common) *cobra.Command {
	o := initOptions{}
	cmd := &cobra.Command{
		Use: "init [DIR]", Short: "Make a workspace",
		Long: `Makes a folder with waybill.yaml, feeds/ and inbox/. With --demo it holds a made-up seller with 52 weeks of exports and the
truth about them (truth.json). A folder that is a workspace already is left alone.

With --from it holds a feed, an inbox and the jobs for each template (waybill feed list), and .schema/ for editors.

An order export without a deadline needs a service level: --sla names the policy pack whose clocks give it, with :handling=N the business days of
handling of an order that states none. With --from on a terminal it is asked for; elsewhere deadlines come only from exports.` + exitHelp,
		Example: `  waybill init --demo demo
  waybill init shop --platform tiktok --sla tiktok_us
  waybill init shop --from tiktok_orders,track17 --sla tiktok_us:handling=3 --shop tiktok/my-shop="My shop"`,
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			o.dir = c.dir
			if len(a) == 1 {
				o.dir = filepath.Join(c.dir, a[0])
				if filepath.IsAbs(a[0]) {
					o.dir = a[0]
				}
			}
			return runInit(cmd.Context(), env, c, o)
		},
	}
	cmd.Flags().BoolVar(&o.demo, "demo", false, "a made-up seller with 52 weeks of exports")
	cmd.Flags().Uint64Var(&o.seed, "seed", 1, "demo: seed of the generator")
	cmd.Flags().IntVar(&o.shipments, "shipments", 6000, "demo: how many parcels, about")
	cmd.Flags().StringVar(&o.name, "name", "", "name of the workspace (default: the folder's)")
	cmd.Flags().StringVar(&o.zone, "zone", "America/Los_Angeles", "IANA zone in which pages print times")
	cmd.Flags().StringVar(&o.platform, "platform", "", "platform whose policy judges: tiktok")
	cmd.Flags().StringVar(&o.sla, "sla", "", "policy pack whose clocks give deadlines where the export has none: tiktok_us")
	cmd.Flags().StringSliceVar(&o.from, "from", nil, "templates that the feeds are made of, as tiktok_orders,track17")
	cmd.Flags().StringArrayVar(&o.shops, "shop", nil, "--from: a shop as platform/shop=Name; several times")
	cmd.Flags().StringArrayVar(&o.set, "set", nil, "--from: value of a param of the templates, as zone=Asia/Shanghai; several times")
	cmd.Flags().StringVar(&o.lang, "lang", "zh,en", "languages of pages, the first shown first")
	cmd.Flags().StringVar(&o.currency, "currency", "USD", "currency of reports")
	return cmd
}

func runInit(ctx context.Context, env *Env, c *common, o initOptions) (err error) {
	if len(o.from) == 0 && (len(o.shops) > 0 || len(o.set) > 0) {
		return exit(exitUsage, "--shop and --set are for --from; try: waybill feed list")
	}
	switch {
	case !languageRE.MatchString(o.lang):
		return exit(exitUsage, "--lang %q; try: zh,en, en,zh, zh or en", o.lang)
	case !currencyRE.MatchString(o.currency):
		return exit(exitUsage, "--currency %q; try: USD", o.currency)
	}
	if len(o.from) > 0 && o.demo {
		return exit(exitUsage, "--demo and --from exclude each other")
	}
	if _, err := os.Stat(filepath.Join(o.dir, workspace.ConfigName)); err == nil {
		return exit(exitUsage, "%s is a workspace already; try: another folder", o.dir)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(o.from) > 0 {
		return runInitFrom(env, c, o)
	}
	if err := os.MkdirAll(o.dir, 0o755); err != nil {
		return err
	}
	if o.demo {
		t, err := demo.Generate(ctx, o.dir, demo.Options{Seed: o.seed, Shipments: o.shipments})
		if err != nil {
			return err
		}
		fmt.Fprintf(env.Stdout, "made a demo workspace in %s: %d orders, %d parcels\ntry: waybill -C %s run weekly\n", o.dir, t.Orders, t.Shipments, o.dir)
		return nil
	}
	if o.name == "" {
		abs, err := filepath.Abs(o.dir)
		if err != nil {
			return err
		}
		o.name = filepath.Base(abs)
	}
	for _, d := range []string{"feeds", "inbox", "data/carriers"} {
		if err := os.MkdirAll(filepath.Join(o.dir, d), 0o755); err != nil {
			return err
		}
	}
	text := fmt.Sprintf("workspace: %s\nlake_format: %d\ncurrency: %s\nzone: %s\nlanguages: [%s]\nshops: []\n", o.name, workspace.Format, o.currency, o.zone, strings.ReplaceAll(o.lang, ",", ", "))
	var sla workspace.SLA
	if o.sla != "" {
		if sla, err = packOf(env, o.sla); err != nil {
			return err
		}
		handling := ""
		if sla.HandlingDays != nil {
			handling = fmt.Sprintf(", handling_days: %d", *sla.HandlingDays)
		}
		text += fmt.Sprintf("sla: [{platform: %q, pack: %s%s}]\n", o.platform, sla.Pack, handling)
	}
	if o.platform != "" {
		pack := sla.Pack
		if pack == "" {
			pack = "generic"
		}
		text += fmt.Sprintf("policies: [{platform: %s, pack: %s}]\n", o.platform, pack)
	}
	if err := os.WriteFile(filepath.Join(o.dir, workspace.ConfigName), []byte(text), 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(o.dir, ".gitignore"), []byte("/lake/\n/state/\n/out/\n/inbox/\n"), 0o644); err != nil {
		return err
	}
	fmt.Fprintf(env.Stdout, "made a workspace in %s\nnext: one YAML per export in feeds/, the files in inbox/<feed>/, then: waybill -C %s run weekly\n", o.dir, o.dir)
	return nil
}

// packOf reads --sla against the built-in packs.
func packOf(env *Env, text string) (_ workspace.SLA, err error) {
	r, closeIt, err := run.Outside(env.runEnv())
	if err != nil {
		return workspace.SLA{}, err
	}
	defer func() { err = errors.Join(err, closeIt()) }()
	sla, err := r.ParseSLA(text)
	return sla, usage(err)
}
