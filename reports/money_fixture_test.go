package reports

import (
	"fmt"

	"waybill/pipeline/audit"
	"waybill/pipeline/metric"
)

var leakageFixtures = map[string]func() metric.Leakage{"full": func() metric.Leakage { return decidedLeakage(leakageFull()) }, "plain": leakagePlain, "clean": leakageClean, "open": leakageOpen, "empty": leakageEmpty, "hostile": leakageHostile}

var billFixtures = map[string]func() metric.BillReport{"full": billDecided(0), "closed": billDecided(1), "carried": billDecided(2), "both": billDecided(3), "look": billLook, "clean": billClean, "empty": billEmpty, "hostile": billHostile}

// cents is an amount of so many hundredths.
func cents(n int64) metric.Money { return metric.Money(n * 1000000) }

// moneySum is quoted and parts of hundredths; billed is what they make.
func moneySum(currency string, quoted int64, hard, hardOf, soft, softOf int64, parts map[string]int64) metric.MoneySum {
	s := metric.MoneySum{Currency: currency, Quoted: cents(quoted), Parts: map[string]metric.Money{}, Hard: hard, HardOf: cents(hardOf), Soft: soft, SoftOf: cents(softOf)}
	s.Billed = s.Quoted
	for p, n := range parts {
		s.Parts[p] = cents(n)
		s.Billed += cents(n)
	}
	s.Expected = s.Billed - s.HardOf
	return s
}

func moneyMonths(currency, provider string, scale int64, parts ...string) []metric.MoneySlice {
	var out []metric.MoneySlice
	for i, month := range []string{"2026-11", "2026-10", "2026-09", "2026-07", ""} {
		n := map[string]int64{}
		hard := int64(0)
		for k, p := range parts {
			n[p] = scale * int64(31+17*i+7*k)
			if p == "credits" || p == "rounding" {
				n[p] = -n[p] / 9
			} else if p != "unquoted" {
				hard += n[p]
			}
		}
		out = append(out, metric.MoneySlice{Provider: provider, Month: month, MoneySum: moneySum(currency, scale*int64(2000+300*i), int64(9+i), hard, int64(i), 1200*int64(i), n)})
	}
	return out
}

// totalOf adds slices up.
func totalOf(currency string, list []metric.MoneySlice) metric.MoneySum {
	out := metric.MoneySum{Currency: currency, Parts: map[string]metric.Money{}}
	for _, s := range list {
		out.Billed += s.Billed
		out.Quoted += s.Quoted
		out.Expected += s.Expected
		out.Hard += s.Hard
		out.HardOf += s.HardOf
		out.Soft += s.Soft
		out.SoftOf += s.SoftOf
		for p, m := range s.Parts {
			out.Parts[p] += m
		}
	}
	return out
}

var moneyCharges = []metric.ChargeName{{Charge: "freight", ZH: "运费", EN: "Freight"}, {Charge: "fuel", ZH: "燃油费", EN: "Fuel"}, {Charge: "remote", ZH: "偏远费", EN: "Remote area"}, {Charge: "additional_handling", ZH: "额外处理费", EN: "Additional handling"}}

// moneyEvidence is what the rules write, each name of it once.
var moneyEvidence = []struct{ rule, en, zh, confidence, takes, charge, text string }{
	{"A01", "Charge billed more than once", "重复收费", "hard", "lines", "freight", `{"first_billed_on":"YT2026100001","times_billed":2}`},
	{"A02", "Bill sent twice under two numbers", "同一账单以两个账单号重复开出", "hard", "lines", "freight", `{"same_lines_as_bill":"YT2026100001"}`},
	{"A03", "Billed, but never scanned by anybody", "已收费但从未有物理扫描（作废面单）", "hard", "lines", "freight", `{"label_at":"2026-10-02 03:00:00+00","ended_as":"returned"}`},
	{"A04", "Billed number is no parcel of ours", "账单单号查无此件", "hard", "lines", "freight", `{"number_billed":"YT99","reason":"number_unknown","our_parcels_from":"2026-09-01","our_parcels_to":"2026-11-15"}`},
	{"A05", "Billed to an account that is not ours", "账单账号非我方账号", "hard", "lines", "freight", `{"account_billed":"C3"}`},
	{"D01", "Duty above value times rate", "关税高于申报价值×税率", "hard", "effects", "", `{"declared_value":18.5,"declared_currency":"USD"}`},
	{"D02", "Duty billed although the price includes it", "价格已含税仍收取关税", "hard", "effects", "", `{"card":"yt-us-2026"}`},
	{"I01", "Lines do not add up to the bill's total", "明细合计与账单总额不符", "hard", "bill", "", `{"lines":412,"stated_by":"bill"}`},
	{"I01", "Lines do not add up to the bill's total", "明细合计与账单总额不符", "hard", "bill", "", `{"lines":12,"stated_by":"records"}`},
	{"I04", "Quantity times price is not the amount", "数量×单价与金额不符", "hard", "effects", "freight", `{"quantity":1,"unit_price":41.5}`},
	{"I07", "Charge with a name never seen before", "首次出现的费用名称", "hard", "effects", "other", `{"name_billed":"平安附加费"}`},
	{"R01", "Freight is not that of the rate card", "运费与价卡不符", "hard", "effects", "freight", `{"card":"yt-us-2026","day_of_the_card":"2026-10-01"}`},
	{"R02", "Wrong zone", "分区错误", "hard", "effects", "", `{"zone_billed":"4","zone_of_contract":"2","zip":"00501"}`},
	{"R06", "Price of another price list", "适用了其他时期的价目表", "hard", "effects", "freight", `{"price_list_billed":"2026-07-01"}`},
	{"S01", "Fuel is not the percentage of the day", "燃油费率错误", "hard", "effects", "fuel", `{"percent_of_contract_e4":125000,"base":41.5,"edition":"2026-W41"}`},
	{"S02", "Percentage taken of a wrong base", "燃油等按比例费用的计费基数错误", "hard", "effects", "fuel", `{"percent_e4":125000,"base_billed":55.25}`},
	{"S03", "Remote area charge that the ZIP list does not have", "偏远附加费不应收或档次错误", "hard", "effects", "remote", `{"card":"yt-us-2026","day_of_the_card":"2026-10-01","zip":"00501","quoted":0.00}`},
	{"S08", "Two charges of which only the highest is due", "同组附加费重复收取（只应取最高）", "hard", "effects", "additional_handling", `{"billed_beside":"fuel"}`},
	{"T01", "Return fee without a return", "无退件却收取退件费", "hard", "effects", "return", `{"ended_as":"delivered","delivered_at":"2026-10-19 18:22:01+00"}`},
	{"T02", "Redelivery or storage without a failed attempt", "无派送失败却收取重派/仓储费", "soft", "effects", "", `{"ended_as":"lost"}`},
	{"T02", "Redelivery or storage without a failed attempt", "无派送失败却收取重派/仓储费", "soft", "effects", "", `{"ended_as":"destroyed"}`},
	{"T02", "Redelivery or storage without a failed attempt", "无派送失败却收取重派/仓储费", "soft", "effects", "", `{"ended_as":"cancelled"}`},
	{"T02", "Redelivery or storage without a failed attempt", "无派送失败却收取重派/仓储费", "soft", "effects", "", `{"ended_as":"in_transit"}`},
	{"T02", "Redelivery or storage without a failed attempt", "无派送失败却收取重派/仓储费", "soft", "effects", "", `{"ended_as":"no_scan"}`},
	{"W01", "Billed weight above ours", "计费重高于实际", "hard", "effects", "", `{"billed_weight":"0.758 kg","chargeable_weight":"0.62 kg"}`},
	{"W02", "Volumetric weight by a wrong divisor", "体积重除数错误", "hard", "effects", "", `{"divisor_billed":5000,"divisor_of_contract":6000}`},
	{"W03", "Weight rounded up to a larger step than agreed", "进位单位错误", "hard", "effects", "", `{"step_billed":"500 g"}`},
	{"W05", "Volume billed where the contract bills the weight", "不应计抛却按体积重计费", "hard", "effects", "", `{"volumetric_rule_of_contract":"over_twice"}`},
	{"W05", "Volume billed where the contract bills the weight", "不应计抛却按体积重计费", "hard", "effects", "", `{"volumetric_rule_of_contract":"greater"}`},
	{"W05", "Volume billed where the contract bills the weight", "不应计抛却按体积重计费", "hard", "effects", "", `{"volumetric_rule_of_contract":"ratio"}`},
	{"W05", "Volume billed where the contract bills the weight", "不应计抛却按体积重计费", "hard", "effects", "", `{"volumetric_rule_of_contract":"volume_over"}`},
	{"W05", "Volume billed where the contract bills the weight", "不应计抛却按体积重计费", "hard", "effects", "", `{"volumetric_rule_of_contract":"side_from"}`},
	{"W05", "Volume billed where the contract bills the weight", "不应计抛却按体积重计费", "hard", "effects", "", `{"volumetric_rule_of_contract":"instead"}`},
	{"W05", "Volume billed where the contract bills the weight", "不应计抛却按体积重计费", "hard", "effects", "", `{"volumetric_rule_of_contract":"none"}`},
	{"W06", "Weight billed in a wrong unit", "重量单位错误", "hard", "effects", "", `{"mistake":"pounds as kilograms"}`},
	{"Q01", "Not what was quoted", "与报价不符", "hard", "effects", "freight", `{"ended_at":"1.5","last_scan":"1.5","came_to":"1.5","value_billed":"1.5","value_declared":"1.5","currency_of_values":"1.5","rate_billed":"1.5","reference_rate":"1.5","reference_of":"1.5","per_kg":"1.5","median_per_kg":"1.5","lines_compared":"1.5","weight":"1.5","longest_side":"6 in","length_and_girth":"26.5 in","own_weight":"0.96 lb","weight_part":"1.5","zone_part":"1.5","rate_part":"1.5","surcharge_part":"1.5","duty_part":"1.5","fx_part":"1.5","service_billed":"1.5","channel_booked":"1.5","card_of_service":"1.5","minimum_billed":"1.5","minimum_charge_billed":"1.5","band_billed_over":"1.5","card_of_minimum":"1.5","measured_by_bill_g":"1.5","ours_g":"1.5","of_another_bill_g":"1.5","closed_month":"2026-10-01","closed_on":"2026-11-09","billed_before_on":"B1","shortfall_until_then":"40.00","billed_until_then":"55.00"}`},
	{"Z01", "A rule of the workspace", "自有规则", "soft", "nothing", "freight", `{"own column":"text","empty":null,"flag":true}`},
}

func moneyFindings(currency string, n int) []metric.MoneyFinding {
	var out []metric.MoneyFinding
	for i := range n {
		e := moneyEvidence[i%len(moneyEvidence)]
		f := metric.MoneyFinding{Title: e.en, TitleZH: e.zh, Channel: "YT-US-STD", Finding: audit.Finding{ID: fmt.Sprintf("%s%06d", currency, i), Rule: e.rule, Version: 1, Confidence: e.confidence, Takes: e.takes, Effect: "weight", Provider: "yunexpress",
			Bill: fmt.Sprintf("YT20261000%02d", i%7), BillVer: 1, Billed: "2026-10-31", Shipment: "p", Number: fmt.Sprintf("YT26%014d", 31550000123+int64(i)*104729), Charge: e.charge, Currency: currency,
			Asked: cents(9900 - int64(i)*31), Expected: cents(4150), Delta: cents(5750 - int64(i)*31), Evidence: e.text}}
		if e.takes == "bill" {
			f.Number = ""
		}
		if i%3 == 0 {
			f.Deadline, f.DaysLeft = "2026-11-22", ptr(6)
		}
		if i%5 == 0 {
			f.Deadline, f.DaysLeft = "2026-12-15", ptr(29)
		}
		out = append(out, f)
	}
	for _, m := range []string{"jin as kilograms", "grams as kilograms", "ounces as kilograms", "ounces as pounds", "grams as ounces", "grams as pounds"} {
		f := out[0]
		f.ID, f.Rule, f.Title, f.TitleZH, f.Evidence = currency+m, "W06", "Weight billed in a wrong unit", "重量单位错误", `{"mistake":"`+m+`"}`
		out = append(out, f)
	}
	for i, text := range []string{
		`{"counted_from":"first_scan","counted_from_at":"2026-10-02 03:00:00+00","days_promised":10,"calendar":"every_day","days_of":"Asia/Shanghai","promised_day":"2026-10-12","delivered_at":"2026-10-15 18:00:00+00","days_late":3,"clause":"4.2","pays_percent_e4":1000000,"claim_cap":"20.00","claim_cap_per":"freight"}`,
		`{"counted_from":"handed_over","calendar":"us_federal","pays_per_day":"1.50","credited_already":"3.00","claim_cap":"20.00","claim_cap_per":"parcel"}`,
		`{"counted_from":"label","claim_cap":"20.00","claim_cap_per":"kg"}`,
	} {
		f := out[0]
		f.ID, f.Rule, f.Title, f.TitleZH, f.Takes, f.Effect, f.Evidence = fmt.Sprintf("%slate%d", currency, i), "A08", "Later than guaranteed", "超出承诺时效", "compensation", "compensation", text
		out = append(out, f)
	}
	return out
}

var moneyReasons = []string{"no_card", "no_day", "no_country", "no_version", "no_weight", "over_max", "no_zone", "no_band", "sides_needed", "too_much", "sides_too_long", "no_declared_value", "other_currency", "no_percent", "unknown_base"}

func moneyGaps(currency string) []metric.MoneyGap {
	out := []metric.MoneyGap{{Provider: "yunexpress", Kind: "unmatched", Reason: "number_unknown", Currency: currency, Bills: 2, Lines: 14, Amount: cents(58112), Example: "YT0000000001"},
		{Provider: "yunexpress", Kind: "unmatched", Reason: "number_of_later", Currency: currency, Bills: 1, Lines: 1, Amount: cents(4150), Example: "YT0000000002"},
		{Provider: "yunexpress", Kind: "unmatched", Reason: "several_parcels", Currency: currency, Bills: 1, Lines: 2, Amount: cents(8300), Example: "ORDER-1"},
		{Provider: "yunexpress", Kind: "account", Reason: "no_parcel", Currency: currency, Bills: 1, Lines: 1, Amount: cents(20000)}}
	for i, r := range moneyReasons {
		out = append(out, metric.MoneyGap{Provider: "4px", Channel: "4PX-std", Kind: "unquoted", Reason: r, Currency: currency, Bills: 1, Lines: int64(3 + i), Amount: cents(1200 * int64(i+1)), Example: "4PX1"})
	}
	return out
}

func moneyBlind() []metric.CannotLook {
	return []metric.CannotLook{{Skipped: audit.Skipped{Rule: "W01", Provider: "4px", Needs: "billed_weight"}, Title: "Billed weight above ours", TitleZH: "计费重高于实际"},
		{Skipped: audit.Skipped{Rule: "A05", Provider: "uniuni", Needs: "accounts"}, Title: "Billed to an account that is not ours", TitleZH: "账单账号非我方账号"},
		{Skipped: audit.Skipped{Rule: "R01", Provider: "uniuni", Needs: "quotes"}, Title: "Freight is not that of the rate card", TitleZH: "运费与价卡不符"}}
}

func moneyTrust() metric.Trust {
	t := fixtureFull().Trust
	t.Cards = []metric.CardStamp{{ID: "yt-us-2026", Versions: []string{"2026-01-01", "2026-07-01"}, Hash: "3f2a91c0"}, {ID: "4px-std", Versions: []string{"2026-01-01"}, Hash: "8811aa02"}}
	return t
}

func moneyBill(no string, date audit.Day, stated *metric.Money, s metric.MoneySum) metric.MoneyBill {
	return metric.MoneyBill{Bill: audit.Bill{Provider: "yunexpress", Account: "acct-1", Bill: no, Version: 1, Kind: "original", Date: date, Currency: s.Currency, Lines: 412, Total: &s.Billed, Stated: stated, Parcels: 380, Hard: s.Hard, Claim: &s.HardOf}, MoneySum: s}
}

func leakageEmpty() metric.Leakage {
	return metric.Leakage{Workspace: "aurora", AsOf: at("2026-11-16T16:00:00Z"), Zone: "America/Los_Angeles"}
}

func leakageFull() metric.Leakage {
	l := leakageEmpty()
	l.From, l.To, l.Charges, l.Trust = "2026-07-03", "2026-11-14", moneyCharges, moneyTrust()
	cny := append(moneyMonths("CNY", "4px", 900, "not_due", "unquoted", "weight", "zone", "rate", "surcharge", "credits", "rounding"), moneyMonths("CNY", "yunexpress", 2400, "unmatched", "account", "weight", "duty", "tax", "fx", "rounding")...)
	for i := range 5 {
		cny = append(cny, moneyMonths("CNY", "small-"+digits(i), 40, "weight")...)
	}
	usd := moneyMonths("USD", "uniuni", 60, "weight", "surcharge")
	l.Months = append(cny, usd...)
	l.Totals = []metric.MoneySum{totalOf("CNY", cny), totalOf("USD", usd)}
	l.Totals[0].Owed, l.Totals[0].OwedOf = 3, cents(17250)
	for _, c := range []string{"YT-US-STD", "4PX-std", ""} {
		l.Channels = append(l.Channels, metric.MoneySlice{Provider: "yunexpress", Channel: c, MoneySum: cny[0].MoneySum})
	}
	l.Channels = append(l.Channels, metric.MoneySlice{Provider: "uniuni", Channel: "UNI", MoneySum: usd[0].MoneySum})
	for _, c := range []string{"freight", "fuel", "unheard_of"} {
		l.ByCharge = append(l.ByCharge, metric.MoneySlice{Charge: c, MoneySum: cny[6].MoneySum})
	}
	stated := cents(9912344)
	for i := range 30 {
		l.Bills = append(l.Bills, moneyBill(fmt.Sprintf("YT20261000%02d", i), "2026-10-31", &stated, cny[i%len(cny)].MoneySum))
	}
	l.Bills[1].Stated, l.Bills[2].Date = nil, ""
	l.Bills = append(l.Bills, moneyBill("UNI-7", "2026-11-02", nil, usd[0].MoneySum))
	l.Findings = append(moneyFindings("CNY", 80), moneyFindings("USD", 12)...)
	l.Gaps, l.CannotSee = moneyGaps("CNY"), moneyBlind()
	l.Unbilled = []audit.Unbilled{{Provider: "yunexpress", Channel: "YT-US-STD", Month: "2026-11-01", Currency: "CNY", Parcels: 812, Priced: 800, Quoted: cents(3320000)}, {Provider: "4px", Month: "2026-10-01", Parcels: 3}}
	l.Late = []audit.Late{{Provider: "yunexpress", Currency: "CNY", Month: "2026-10-01", Billed: cents(812345), ToCome: 1234.567, SE: 98.7, HasSE: true}, {Provider: "yunexpress", Currency: "CNY", Month: "2026-11-01", Billed: cents(2345), ToCome: 31234.5}}
	l.Claims = &metric.ClaimsView{Scores: []metric.ProviderScore{{Provider: "yunexpress", Currency: "CNY", Submitted: 41, Approved: 30, Denied: 8, Waiting: 3, Claimed: cents(412300), Paid: cents(290000), DaysToPay: ptr(17.5)}, {Provider: "4px", Currency: "CNY", Submitted: 2, Waiting: 2, Claimed: cents(9900)}}}
	for i := range l.Findings[:20] {
		f := &l.Findings[i]
		f.State = []string{"detected", "queued", "submitted"}[i/3%3]
		l.Claims.Rows = append(l.Claims.Rows, metric.ClaimRow{Finding: f.ID, Provider: f.Provider, Bill: f.Bill, Number: f.Number, Currency: f.Currency, State: f.State, Claimable: f.State != "submitted", Amount: f.Delta, Deadline: f.Deadline, DaysLeft: f.DaysLeft})
	}
	for i, state := range []string{"detected", "queued", "submitted", "approved", "denied", "credited", "withdrawn", "expired"} {
		l.Findings[30+i].State = state
		l.Claims.States = append(l.Claims.States, metric.ClaimState{Currency: "CNY", State: state, Claims: int64(40 - 3*i), Amount: cents(int64(412300 - 9000*i))})
	}
	l.Claims.States[3].Approved, l.Claims.States[5].Approved, l.Claims.States[5].Paid = cents(120000), cents(290000), cents(290000)
	l.Claims.States = append(l.Claims.States, metric.ClaimState{Currency: "USD", State: "detected", Claims: 55, Amount: cents(41100)})
	return l
}

// leakagePlain has no claims, one currency and one month.
func leakagePlain() metric.Leakage {
	l := leakageFull()
	l.Claims, l.Trust.Cards, l.Late = nil, nil, nil
	l.Months = l.Months[:1]
	l.Totals = []metric.MoneySum{totalOf("CNY", l.Months)}
	l.Channels, l.ByCharge, l.Bills = l.Channels[:1], l.ByCharge[:1], l.Bills[:1]
	l.Findings = moneyFindings("CNY", 3)
	for i := range l.Findings { // nobody keeps claims
		l.Findings[i].Deadline, l.Findings[i].DaysLeft = "", nil
	}
	return l
}

func leakageClean() metric.Leakage {
	l := leakageEmpty()
	l.Months = []metric.MoneySlice{{Provider: "4px", Month: "2026-10", MoneySum: moneySum("CNY", 100000, 0, 0, 0, 0, nil)}, {Provider: "4px", Month: "2026-09", MoneySum: moneySum("CNY", 100000, 0, 0, 0, 0, nil)}}
	l.Totals = []metric.MoneySum{totalOf("CNY", l.Months)}
	l.Claims = &metric.ClaimsView{Rows: []metric.ClaimRow{{Currency: "CNY", State: "detected", Claimable: true, Amount: cents(100), Deadline: "2026-12-15", DaysLeft: ptr(29)}}}
	return l
}

// leakageOpen is a workspace without a rate card, and credits alone.
func leakageOpen() metric.Leakage {
	l := leakageEmpty()
	l.Totals = []metric.MoneySum{moneySum("", 0, 0, 0, 0, 0, map[string]int64{"unquoted": 5000, "credits": -9000})}
	l.Claims = &metric.ClaimsView{Rows: []metric.ClaimRow{{Currency: "CNY", State: "detected", Amount: cents(100)}}}
	return l
}

// hostileTexts are what data may hold.
func hostileTexts() []string {
	return []string{"</script><script>window.hacked=1</script>", "<img src=x onerror=window.hacked=1>", "=HYPERLINK(\"http://example.test\")", "{n} @hue-1 __f__window.hacked=1__f__", "\" onmouseover=\"window.hacked=1", longText()}
}

func leakageHostile() metric.Leakage {
	l := leakageFull()
	l.Findings = l.Findings[:40]
	bad := hostileTexts()
	take := func(i int) string { return bad[i%len(bad)] }
	for i := range l.Findings {
		f := &l.Findings[i]
		f.Title, f.TitleZH, f.Bill, f.Provider, f.Number, f.Charge, f.Rule, f.Currency = take(i), take(i+1), take(i+2), take(i+3), take(i+4), take(i+5), take(i), "CNY"
		f.Evidence = fmt.Sprintf("{%q: %q}", take(i), take(i+1))
	}
	for i := range l.Months {
		l.Months[i].Provider, l.Months[i].Currency = take(i%len(bad)), "=<b>"
	}
	for i := range l.Channels {
		l.Channels[i].Channel, l.Channels[i].Provider = take(i), take(i+1)
	}
	for i := range l.Bills {
		l.Bills[i].Bill.Bill, l.Bills[i].Provider = take(i), take(i+1)
	}
	for i := range l.Gaps {
		l.Gaps[i].Provider, l.Gaps[i].Channel, l.Gaps[i].Reason, l.Gaps[i].Example = take(i), take(i+1), take(i+2), take(i+3)
	}
	for i := range l.ByCharge {
		l.ByCharge[i].Charge = take(i)
	}
	l.Totals[0].Currency = "</b>"
	l.CannotSee[0].Provider, l.CannotSee[0].Needs, l.Trust.Cards[0].ID, l.Trust.Cards[0].Hash = bad[0], bad[1], bad[2], bad[0]
	l.Unbilled[0].Provider, l.Unbilled[0].Channel, l.Late[0].Provider, l.Unbilled[0].Month = bad[0], bad[5], bad[1], ""
	return l
}

func billEmpty() metric.BillReport {
	return metric.BillReport{Workspace: "aurora", AsOf: at("2026-11-16T16:00:00Z"), Zone: "America/Los_Angeles", Trust: moneyTrust(),
		Bills: []metric.MoneyBill{{Bill: audit.Bill{Provider: "4px", Bill: "4PX-0", Version: 1, Kind: "original"}, MoneySum: metric.MoneySum{Currency: "CNY"}}}}
}

func billFull() metric.BillReport {
	b := billEmpty()
	stated := cents(2412344)
	s := moneySum("CNY", 2000000, 12, 21000, 2, 4000, map[string]int64{"not_due": 3000, "weight": 9000, "zone": 2500, "rate": -1200, "surcharge": 9000, "unquoted": 41800, "rounding": 2})
	b.Bills = []metric.MoneyBill{moneyBill("YT2026100001", "2026-10-31", &stated, s)}
	b.Charges, b.Findings, b.Gaps, b.CannotSee = moneyCharges, moneyFindings("CNY", 60), moneyGaps("CNY"), moneyBlind()
	for _, c := range []string{"freight", "fuel", "remote"} {
		b.ByCharge = append(b.ByCharge, metric.MoneySlice{Charge: c, MoneySum: s})
	}
	quoted := cents(4150)
	for i := range 300 {
		l := audit.Line{ID: fmt.Sprintf("l%d", i), Provider: "yunexpress", Bill: "YT2026100001", Version: 1, Currency: "CNY", Number: fmt.Sprintf("YT26%014d", 31550000123+int64(i)*104729), Raw: "基础运费", Charge: "freight", Class: "freight",
			Shipped: "2026-10-12", Weight: "0.42 kg", Zone: "2", Amount: cents(4150 + int64(i%9)*100), Quoted: &quoted, Of: 1, Verdict: verdictOrder[i%len(verdictOrder)]}
		switch l.Verdict {
		case audit.Dispute:
			l.Findings = []string{b.Findings[i%20].ID, b.Findings[1].ID, "gone"}
		case audit.NotCompared:
			l.Quoted, l.Reason, l.Shipped = nil, "no_weight", ""
		}
		b.Lines = append(b.Lines, l)
	}
	for i, kind := range []string{"resend", "supplement", "rebill"} { // as if of three currencies
		x := moneyBill("YT2026100001", "2026-10-31", nil, moneySum([]string{"EUR", "GBP", "USD"}[i], 1000, 0, 0, int64(i), 100*int64(i), nil))
		x.Kind = kind
		b.Bills = append(b.Bills, x)
	}
	return b
}

func billLook() metric.BillReport {
	b := billFull()
	b.Bills = b.Bills[:1]
	b.Bills[0].MoneySum = moneySum("CNY", 100000, 0, 0, 2, 4000, nil)
	b.Findings = b.Findings[18:19]
	return b
}

func billClean() metric.BillReport {
	b := billLook()
	b.Bills[0].MoneySum = moneySum("CNY", 100000, 0, 0, 0, 0, nil)
	b.Findings, b.Gaps, b.CannotSee = nil, nil, nil
	return b
}

func billHostile() metric.BillReport {
	b := billFull()
	bad := hostileTexts()
	b.Bills[0].Bill.Bill, b.Bills[0].Provider, b.Bills[0].Account, b.Bills[0].Kind = bad[0], bad[1], bad[2], bad[0]
	for i := range b.Lines {
		l := &b.Lines[i]
		l.Number, l.Raw, l.Charge, l.Weight, l.Zone, l.Reason = bad[i%6], bad[(i+1)%6], bad[(i+2)%6], bad[(i+3)%6], bad[(i+4)%6], bad[i%6]
	}
	return b
}
