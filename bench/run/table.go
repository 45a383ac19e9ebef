package main

import (
	"fmt"
	"io"
	"runtime"
)

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

const mega = 1e6

// writeTable prints what was measured as Markdown: waybill against bare, then the day against the whole job.
func writeTable(w io.Writer, o options, m measurement) {
	fmt.Fprintf(w, "%d shipments, %d orders, %d scans, %.0f MB of exports; then one more day, %.1f MB. %d threads, limits.memory %s, %s/%s, %d CPUs.\n\n",
		m.truth.Shipments, m.truth.Orders, m.truth.Events, float64(m.inputBytes)/mega, float64(m.dayBytes)/mega,
		o.threads, o.memory, runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	fmt.Fprintln(w, "| | waybill | bare.sql | ratio |\n|---|---:|---:|---:|")
	row := func(name string, a, b float64, unit string) {
		fmt.Fprintf(w, "| %s, %s | %.1f | %.1f | %.2f |\n", name, unit, a, b, ratio(a, b))
	}
	block := func(name string, a, b usage, sizeA, sizeB int64) {
		row(name+": wall", a.wall.Seconds(), b.wall.Seconds(), "s")
		row(name+": CPU", a.cpu.Seconds(), b.cpu.Seconds(), "s")
		row(name+": peak memory", float64(a.peak)/mega, float64(b.peak)/mega, "MB")
		row(name+": written", float64(a.written)/mega, float64(b.written)/mega, "MB")
		row(name+": on disk after", float64(sizeA)/mega, float64(sizeB)/mega, "MB")
	}
	block("whole job", m.waybill, m.bare, m.waybillSize, m.bareSize)
	block("one more day", m.waybillDay, m.bareDay, m.waybillSize2, m.bareSize2)
	fmt.Fprintf(w, "\nOne more day costs waybill %.1f %% of its whole job; bare.sql has no increment and does everything again.\n",
		100*ratio(m.waybillDay.wall.Seconds(), m.waybill.wall.Seconds()))
	fmt.Fprintln(w, "Waybill's bytes include the raw archive, rejects, versions and pages, which bare.sql does not make.")
}
