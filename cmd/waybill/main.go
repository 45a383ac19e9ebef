// Command waybill is an analytics pipeline for sellers who ship parcels.
package main

import (
	"os"
	_ "time/tzdata"

	"waybill/pipeline/cli"
)

func main() { os.Exit(cli.Main(cli.FromProcess())) }
