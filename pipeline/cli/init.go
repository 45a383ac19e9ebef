package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"waybill/pipeline/demo"
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
}

func newInit(env *Env, c *common) *cobra.Command {
	o := initOptions{}
	cmd := &cobra.Command{
		Use: "init [DIR]", Short: "Make a workspace",
		Long: `Makes a folder with waybill.yaml, feeds/ and inbox/. With --demo it holds a made-up seller with 52 weeks of exports and the
truth about them (truth.json). A folder that is a workspace already is left alone.

An order export without a deadline needs a service level: --sla names the policy pack whose clocks give it.` + exitHelp,
		Example: `  waybill init --demo demo
  waybill init shop --platform tiktok --sla tiktok_us`,
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, a []string) error {
			o.dir = c.dir
			if len(a) == 1 {
				o.dir = filepath.Join(c.dir, a[0])
				if filepath.IsAbs(a[0]) {
					o.dir = a[0]
				}
			}
			return runInit(cmd.Context(), env, o)
		},
	}
	cmd.Flags().BoolVar(&o.demo, "demo", false, "a made-up seller with 52 weeks of exports")
	cmd.Flags().Uint64Var(&o.seed, "seed", 1, "demo: seed of the generator")
	cmd.Flags().IntVar(&o.shipments, "shipments", 6000, "demo: how many parcels, about")
	cmd.Flags().StringVar(&o.name, "name", "", "name of the workspace (default: the folder's)")
	cmd.Flags().StringVar(&o.zone, "zone", "America/Los_Angeles", "IANA zone in which pages print times")
	cmd.Flags().StringVar(&o.platform, "platform", "", "platform whose policy judges: tiktok")
	cmd.Flags().StringVar(&o.sla, "sla", "", "policy pack whose clocks give deadlines where the export has none: tiktok_us")
	return cmd
}

func runInit(ctx context.Context, env *Env, o initOptions) error {
	if _, err := os.Stat(filepath.Join(o.dir, workspace.ConfigName)); err == nil {
		return exit(exitUsage, "%s is a workspace already; try: another folder", o.dir)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
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
	text := fmt.Sprintf("workspace: %s\nlake_format: %d\ncurrency: USD\nzone: %s\nlanguages: [zh, en]\nshops: []\n", o.name, workspace.Format, o.zone)
	if o.sla != "" {
		text += fmt.Sprintf("sla: [{platform: %q, pack: %s}]\n", o.platform, o.sla)
	}
	if o.platform != "" {
		pack := o.sla
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
