package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

var cardIDs = []string{"c1", "c2", "c3", "c4", "c5", "c6"}

// writeCards writes six cards of invented prices: nine zones by three digits of
// the ZIP, eight bands, remote ZIPs in two tiers, fuel by week.
func writeCards(dir string) error {
	cards := "card,step_g,divisor\n"
	for i, id := range cardIDs {
		step := []int{10, 50, 100, 100, 500, 50}[i]
		divisor := []int{5000, 6000, 8000, 6000, 5000, 9000}[i]
		cards += fmt.Sprintf("%s,%d,%d\n", id, step, divisor)
		files := map[string]string{
			"card.yaml": fmt.Sprintf(`card: %s
title: Bench %d
provider: acme
channels: [C%d]
currency: USD
tz: UTC
dated_by: label
versions:
  - from: 2026-01-05
    recorded_at: 2026-01-01
    weight: {unit: kg, step: %s, min: %s, max: 1000}
    volumetric: {unit: cm, divisor: %d, rule: greater}
    zones: zones.csv
    prices: prices.csv
    round: {to: 0.01, mode: half_up, stage: charge}
    surcharges:
      - {charge: registration, fixed: 1.50}
      - {charge: remote, when: {zips: remote.csv}, by_tier: {standard: 2.50, extended: 4.75}}
      - {charge: residential, when: {features: [residential]}, fixed: 3.00}
      - {charge: oversize, when: {longest_over: 120}, fixed: 40.00, group: size}
      - {charge: additional_handling, when: {longest_over: 90}, fixed: 12.00, group: size}
      - {charge: fuel, percents: fuel.csv, of: [freight, remote]}
`, id, i+1, i+1, grams(step), grams(step), divisor),
			"zones.csv": "zip_from,zip_to,zone\n", "prices.csv": "zone,up_to,fixed,unit_price\n", "remote.csv": "zip_from,zip_to,tier\n", "fuel.csv": "from,to,percent,edition\n",
		}
		for zip3 := range 1000 {
			files["zones.csv"] += fmt.Sprintf("%03d,,%d\n", zip3, 1+(zip3*7+i)%9)
		}
		for zone := 1; zone <= 9; zone++ {
			for b, up := range []string{"0.25", "0.5", "1", "2", "5", "10", "30", "1000"} {
				files["prices.csv"] += fmt.Sprintf("%d,%s,%d.%02d,%d.%02d\n", zone, up, 2+b, (zone*13+i*7)%100, 9-b+zone/3, (zone*29+b*11+i*3)%100)
			}
		}
		for n := range 3000 {
			files["remote.csv"] += fmt.Sprintf("%05d,,%s\n", 1000+(n*31+i*5)%98900, []string{"standard", "extended"}[n%2])
		}
		week := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
		for n := range 40 {
			files["fuel.csv"] += fmt.Sprintf("%s,%s,%d.%02d,2026-%d\n", week.Format(time.DateOnly), week.AddDate(0, 0, 7).Format(time.DateOnly), 12+(n+i)%6, (n*25)%100, n+1)
			week = week.AddDate(0, 0, 7)
		}
		for name, text := range files {
			if err := write(filepath.Join(dir, "rates", id, name), text); err != nil {
				return err
			}
		}
	}
	return write(filepath.Join(dir, "rates", "cards.csv"), cards)
}

// grams writes a weight in kilos.
func grams(n int) string {
	return strings.TrimRight(fmt.Sprintf("%d.%03d", n/1000, n%1000), "0")
}

func write(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
}
