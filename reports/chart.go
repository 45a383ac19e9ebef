package reports

import (
	"encoding/json"
	"fmt"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
)

// chart is the option of one figure in each language of the page.
type chart struct {
	id      string
	options map[string]map[string]any
}

// canvas is a chart builder's result; Validate puts the axis data in place.
type canvas interface {
	Validate()
	JSON() map[string]interface{}
}

// Colours are names that the page script resolves from the style sheet, so
// that a chart follows the theme.
const (
	inkColour    = "@ink"
	mutedColour  = "@muted"
	gridColour   = "@line"
	mainColour   = "@hue-1"
	targetColour = "@target"
	hatchColour  = "@hatch"
	paperColour  = "@paper"
)

// draw makes the chart of the figure with that ID, once per language.
func (w *writer) draw(id string, build func(lang string) canvas) {
	c := chart{id: "g-" + id, options: map[string]map[string]any{}}
	for _, lang := range w.words.langs {
		made := build(lang)
		made.Validate()
		option := made.JSON()
		for _, unused := range []string{"title", "legend", "toolbox", "color"} {
			delete(option, unused)
		}
		c.options[lang] = option
	}
	w.charts = append(w.charts, c)
}

// chartData is the JSON of all charts, with <, > and & escaped, so that no text
// in it can end its script block.
func (w *writer) chartData() ([]byte, error) {
	type entry struct {
		ID      string                    `json:"id"`
		Options map[string]map[string]any `json:"options"`
	}
	all := make([]entry, 0, len(w.charts))
	for _, c := range w.charts {
		all = append(all, entry{c.id, c.options})
	}
	raw, err := json.Marshal(all)
	if err != nil {
		return nil, fmt.Errorf("page: chart options: %w", err)
	}
	return raw, nil
}

func yes() *bool { return opts.Bool(true) }
func no() *bool  { return opts.Bool(false) }

func label(colour, position, text string) *opts.Label {
	return &opts.Label{Show: yes(), Color: colour, Position: position, Formatter: text, FontSize: 12}
}

// onPaper gives a label a ground of its own, for where it crosses a line.
func onPaper(l *opts.Label) *opts.Label {
	l.BackgroundColor = paperColour
	return l
}

func valueAxisX(name string, top any) opts.XAxis {
	return opts.XAxis{Type: "value", Name: name, NameLocation: "middle", NameGap: 28, Min: 0, Max: top,
		AxisLabel: &opts.AxisLabel{Show: yes(), Color: mutedColour, HideOverlap: yes()},
		SplitLine: &opts.SplitLine{Show: yes(), LineStyle: &opts.LineStyle{Color: gridColour}}}
}

func categoryAxisY(names []string) opts.YAxis {
	return opts.YAxis{Type: "category", Data: names, Inverse: yes(),
		AxisLabel: &opts.AxisLabel{Show: yes(), Color: inkColour},
		AxisLine:  &opts.AxisLine{Show: yes(), LineStyle: &opts.LineStyle{Color: gridColour}}}
}

// percentAxisY runs from low to 100; a rate is drawn as a point, not as a bar,
// so it need not start at zero.
func percentAxisY(low float64) opts.YAxis {
	return opts.YAxis{Type: "value", Min: low, Max: 100, SplitNumber: 5,
		AxisLabel: &opts.AxisLabel{Show: yes(), Color: mutedColour, Formatter: "{value}%"},
		SplitLine: &opts.SplitLine{Show: yes(), LineStyle: &opts.LineStyle{Color: gridColour}}}
}

func frame(left, right, top, bottom string) charts.GlobalOpts {
	return charts.WithGridOpts(opts.Grid{Left: left, Right: right, Top: top, Bottom: bottom})
}

func hover() charts.GlobalOpts {
	return charts.WithTooltipOpts(opts.Tooltip{Show: yes(), Trigger: "item"})
}
