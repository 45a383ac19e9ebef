package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"waybill/pipeline/run"
)

func newSchema(env *Env, _ *common) *cobra.Command {
	return &cobra.Command{
		Use: "schema KIND", Short: "Print the JSON Schema of a kind of YAML files", Args: args(cobra.ExactArgs(1)), ValidArgs: run.SchemaKinds,
		Long: "Kinds: " + strings.Join(run.SchemaKinds, ", ") + ` (waybill.yaml). Editors check and complete a file whose first line is
# yaml-language-server: $schema=PATH; the feeds that waybill writes name a copy in .schema/.` + exitHelp,
		Example: "  waybill schema feed\n  waybill schema policy",
		RunE: func(_ *cobra.Command, a []string) error {
			b, err := run.Schema(a[0])
			if err != nil {
				return usage(err)
			}
			_, err = env.Stdout.Write(b)
			return err
		},
	}
}
