// Package reports turns the numbers of package metric into pages: one
// self-contained HTML file per report, in Chinese and English.
//
// It owns the page templates, the words, the style sheet, the page script, the
// chart options and the inline drawings. It must not compute a metric, judge a
// week, read the lake, know an engine, read the clock or reach the network.
//
// Invariants:
//
//   - A page depends on its input and on its files only: same input and files,
//     same bytes.
//   - Everything that comes from data stays text: html/template escapes it in
//     markup, encoding/json in the chart data, and the content security policy
//     runs only the page's own two scripts, named by their hash.
//   - A page makes no request and reads without JavaScript: each chart has its
//     table beside it.
//   - A week that is not closed shows counts; it has no rate and no verdict.
//   - Each sentence is in both words files; a key that is missing fails the page.
package reports
