package cli

import (
	"encoding/xml"
	"fmt"
	"html"
	"strings"
	"testing"
)

// Size of a figure and the room of its axes, in pixels.
const (
	plotWidth, plotHeight                    = 680.0, 340.0
	plotLeft, plotRight, plotTop, plotBottom = 84.0, 24.0, 36.0, 52.0
)

// Colours that stay apart for colour-blind eyes and on white paper.
const (
	ink, faint = "#1f2430", "#c9cdd6"
	blue       = "#0b62a8"
	orange     = "#c2570c"
	green      = "#1b7f5c"
)

// plot draws one figure of an explanation as SVG: no script, no font of its
// own, every coordinate with one decimal, so that the same data give the same
// bytes.
type plot struct {
	title          string // read aloud
	x0, x1, y0, y1 float64
	b              strings.Builder
}

func newPlot(title string, x0, x1, y0, y1 float64) *plot {
	return &plot{title: title, x0: x0, x1: x1, y0: y0, y1: y1}
}

func (p *plot) x(v float64) float64 {
	return plotLeft + (v-p.x0)/(p.x1-p.x0)*(plotWidth-plotLeft-plotRight)
}

func (p *plot) y(v float64) float64 {
	return plotHeight - plotBottom - (v-p.y0)/(p.y1-p.y0)*(plotHeight-plotTop-plotBottom)
}

// tick is a labelled place of an axis.
type tick struct {
	at   float64
	text string
}

func (p *plot) axes(xName string, xs []tick, ys []tick) {
	for _, t := range ys {
		fmt.Fprintf(&p.b, `<path d="M%.1f %.1fH%.1f" stroke="%s"/>`+"\n", plotLeft, p.y(t.at), plotWidth-plotRight, faint)
		p.text(plotLeft-8, p.y(t.at)+4, "end", ink, t.text)
	}
	for _, t := range xs {
		fmt.Fprintf(&p.b, `<path d="M%.1f %.1fv5" stroke="%s"/>`+"\n", p.x(t.at), plotHeight-plotBottom, ink)
		p.text(p.x(t.at), plotHeight-plotBottom+19, "middle", ink, t.text)
	}
	fmt.Fprintf(&p.b, `<path d="M%.1f %.1fH%.1f" stroke="%s"/>`+"\n", plotLeft, plotHeight-plotBottom, plotWidth-plotRight, ink)
	p.text((plotLeft+plotWidth-plotRight)/2, plotHeight-10, "middle", ink, xName)
}

// text stands at a place in pixels.
func (p *plot) text(x, y float64, anchor, colour, text string) {
	fmt.Fprintf(&p.b, `<text x="%.1f" y="%.1f" text-anchor="%s" fill="%s">%s</text>`+"\n", x, y, anchor, colour, html.EscapeString(text))
}

// key is what a colour stands for, as a line of a pattern.
type key struct{ text, colour, dash string }

// legend stands above the figure, so that no name covers a line.
func (p *plot) legend(keys ...key) {
	x := plotLeft
	for _, k := range keys {
		fmt.Fprintf(&p.b, `<path d="M%.1f 16h26" stroke="%s" stroke-width="3"%s/>`+"\n", x, k.colour, dashed(k.dash))
		p.text(x+32, 20, "start", ink, k.text)
		x += 32 + 7*float64(len(k.text)) + 18
	}
}

func dashed(pattern string) string {
	if pattern == "" {
		return ""
	}
	return ` stroke-dasharray="` + pattern + `"`
}

type xy struct{ x, y float64 }

// line goes through points; dash is an SVG pattern, "" for a full line.
func (p *plot) line(points []xy, colour, dash string) {
	p.path(points, colour, dash, false)
}

// stairs hold each value until the next point.
func (p *plot) stairs(points []xy, colour, dash string) {
	p.path(points, colour, dash, true)
}

func (p *plot) path(points []xy, colour, dash string, stairs bool) {
	var d strings.Builder
	for i, q := range points {
		switch {
		case i == 0:
			fmt.Fprintf(&d, "M%.1f %.1f", p.x(q.x), p.y(q.y))
		case stairs:
			fmt.Fprintf(&d, "H%.1fV%.1f", p.x(q.x), p.y(q.y))
		default:
			fmt.Fprintf(&d, "L%.1f %.1f", p.x(q.x), p.y(q.y))
		}
	}
	fmt.Fprintf(&p.b, `<path d="%s" fill="none" stroke="%s" stroke-width="2"%s/>`+"\n", d.String(), colour, dashed(dash))
}

// strip fills what lies between two stairs with the same places.
func (p *plot) strip(low, high []xy, colour string) {
	var d strings.Builder
	for i, q := range high {
		if i == 0 {
			fmt.Fprintf(&d, "M%.1f %.1f", p.x(q.x), p.y(q.y))
			continue
		}
		fmt.Fprintf(&d, "H%.1fV%.1f", p.x(q.x), p.y(q.y))
	}
	for i := len(low) - 2; i >= 0; i-- {
		fmt.Fprintf(&d, "V%.1fH%.1f", p.y(low[i].y), p.x(low[i].x))
	}
	fmt.Fprintf(&p.b, `<path d="%sZ" fill="%s" fill-opacity="0.15"/>`+"\n", d.String(), colour)
}

// dot is a full mark, ring an empty one; r is in pixels.
func (p *plot) dot(x, y, r float64, colour string) {
	fmt.Fprintf(&p.b, `<circle cx="%.1f" cy="%.1f" r="%.1f" fill="%s"/>`+"\n", p.x(x), p.y(y), r, colour)
}

func (p *plot) ring(x, y, r float64, colour string) {
	fmt.Fprintf(&p.b, `<circle cx="%.1f" cy="%.1f" r="%.1f" fill="#fff" stroke="%s" stroke-width="2"/>`+"\n", p.x(x), p.y(y), r, colour)
}

// mark is a dot dy pixels below its row.
func (p *plot) mark(x, row, dy float64, colour string) {
	fmt.Fprintf(&p.b, `<circle cx="%.1f" cy="%.1f" r="5.0" fill="%s"/>`+"\n", p.x(x), p.y(row)+dy, colour)
}

// span is an interval along x, dy pixels below its row.
func (p *plot) span(low, high, row, dy float64, colour string) {
	y := p.y(row) + dy
	fmt.Fprintf(&p.b, `<path d="M%.1f %.1fv8m0 -4H%.1fm0 -4v8" fill="none" stroke="%s" stroke-width="2"/>`+"\n", p.x(low), y-4, p.x(high), colour)
}

func (p *plot) svg() string {
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%g" height="%g" viewBox="0 0 %g %g" role="img" aria-labelledby="t" font-family="sans-serif" font-size="13">
<title id="t">%s</title>
<rect width="%g" height="%g" fill="#fff"/>
%s</svg>
`, plotWidth, plotHeight, plotWidth, plotHeight, html.EscapeString(p.title), plotWidth, plotHeight, p.b.String())
}

func TestPlotsAreWellFormed(t *testing.T) {
	p := newPlot("a < b", 0, 10, 0, 1)
	p.axes("days & nights", []tick{{0, "0"}, {10, "10"}}, []tick{{1, "100 %"}})
	p.strip([]xy{{0, 0}, {5, .2}, {10, .4}}, []xy{{0, .1}, {5, .6}, {10, .8}}, blue)
	p.stairs([]xy{{0, 0}, {5, .5}}, blue, "4 3")
	text := p.svg()
	if err := xml.Unmarshal([]byte(text), new(struct{})); err != nil {
		t.Error(err)
	}
	// data 5 of 10 and half of the height, in pixels
	if want := fmt.Sprintf("M%.1f %.1fH%.1fV%.1f", plotLeft, plotHeight-plotBottom, (plotLeft+plotWidth-plotRight)/2, (plotTop+plotHeight-plotBottom)/2); !strings.Contains(text, want) {
		t.Errorf("no stairs %s in\n%s", want, text)
	}
	// the strip goes forth along the upper stairs and back along the lower ones
	if want := fmt.Sprintf("V%.1fV%.1fH%.1fV%.1fH%.1fZ", p.y(.8), p.y(.2), p.x(5), p.y(0), p.x(0)); !strings.Contains(text, want) {
		t.Errorf("no strip %s in\n%s", want, text)
	}
}
