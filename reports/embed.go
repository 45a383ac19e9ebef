package reports

import "embed"

// FS holds the built-in files of the pages by their path below reports/. A
// workspace lays its own files over these. assets/echarts.min.js is in it only
// when the chart library was bundled before the build.
//
//go:embed page.html.tmpl page.css page.js words assets
var FS embed.FS
