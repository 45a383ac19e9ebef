// Package reports turns the numbers of package metric into pages: per report one
// self-contained HTML file, in Chinese and English, and one XLSX workbook of the
// same tables.
//
// It owns the page model, the template, the words, the style sheet, the page
// script, the chart options, the inline drawings and the writing of workbooks.
// It must not compute a metric, judge a week, read the lake, know an engine,
// read the clock or reach the network.
//
// # How a page comes to be
//
//  1. A function of its own, X(in metric.X, files Files) (Report, error), makes a
//     writer (words, zone, files) and a page from the result of package metric.
//  2. A page is data: sections with blocks in them (model.go). A block is a
//     table, a figure, figures side by side, a heat map, verdict lines, facts or
//     paragraphs. Cells are made by textCell, countCell, shareCell and the like
//     (cell.go): each has the text that is shown and the value that sorts and
//     goes to the sheet.
//  3. writer.report renders the page by page.html.tmpl and writes each table as
//     a sheet. Both take the same blocks, so neither knows more than the other.
//
// # To add a page
//
//   - Write x.go beside weekly.go: a type of a *writer and the metric result, a
//     method per section, and X. A chart is a figure with an ID and a call of
//     draw with the same ID; its numbers stand in the figure's Data.
//   - Give each sentence a key in words/zh.yaml and words/en.yaml: {n} is an
//     argument, {n|order|orders} a word that agrees with it. A key that no page
//     of the tests uses, and one that is missing, fail the tests.
//   - Where a number has a query behind it, give its cell or its table a door:
//     the text of the file then stands once at the page's foot.
//   - A column that only a sheet needs is Only: inSheet; one that only reads well
//     in the page is Only: inPage.
//   - Add the fixtures of the page to pageCases in cases_test.go: all general
//     tests, those in the browser included, then visit it.
//   - Register it in package run.
//
// # Invariants
//
//   - A report depends on its input and on its files only: same input and files,
//     same bytes, of the page and of the workbook.
//   - Everything that comes from data stays text: html/template escapes it in
//     markup, encoding/json in the chart data, and the content security policy
//     runs only the page's own two scripts, named by their hash. A workbook has
//     no formulas, and a text that looks like one stands behind an apostrophe.
//   - A page makes no request and reads without JavaScript: each chart has its
//     table beside it.
//   - A week that is not closed shows counts and, marked as one, a forecast; it has
//     no rate and no verdict.
//   - Each sentence is in both words files; a key that is missing fails the page.
package reports
