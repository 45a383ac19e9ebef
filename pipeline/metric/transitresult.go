package metric

import "time"

// TransitReport is everything that the page transit shows. Times run from pickup
// (else the first scan); days are elapsed days of 24 hours. Plain values, no
// engine, no wall clock.
type TransitReport struct {
	Workspace string       `json:"workspace"`
	Shop      string       `json:"shop,omitempty"` // the one shop that it is narrowed to; empty: all
	AsOf      time.Time    `json:"as_of"`          // UTC; parcels on the way are followed until then
	Zone      string       `json:"zone"`
	Languages []string     `json:"languages"`
	Period    Period       `json:"period"` // ship weeks of all tables but Weeks
	Before    Period       `json:"before"` // as many weeks before it: what legs are compared with
	Rules     TransitRules `json:"rules"`
	Trust     Trust        `json:"trust"` // its volumes are not read

	Total    TransitGroup   `json:"total"`    // everything together
	Shops    []TransitGroup `json:"shops"`    // by platform, then shop
	Channels []TransitGroup `json:"channels"` // most parcels first
	States   []TransitGroup `json:"states"`   // most parcels first
	Lanes    []TransitGroup `json:"lanes"`    // channel and state, in the order of Channels, then States

	Weeks       []TransitWeek  `json:"weeks"` // a year of ship weeks up to the as-of, oldest first
	Test        ChannelTest    `json:"test"`
	Legs        []LegChange    `json:"legs"` // all channels, in the order of the way
	ChannelLegs []ChannelLegs  `json:"channel_legs"`
	Promises    []LanePromises `json:"promises"`
}

// TransitRules are the conventions of the page. None of them is a platform's.
type TransitRules struct {
	Level        float64   `json:"level"`         // of intervals and bands
	Quantiles    []float64 `json:"quantiles"`     // of the tables
	EndDays      []int64   `json:"end_days"`      // by which endings are counted
	FollowedDays int64     `json:"followed_days"` // a parcel that is on the way for longer counts as followed
	MeanDays     int64     `json:"mean_days"`     // at which the restricted mean is cut
	MinN         int64     `json:"min_n"`         // fewer parcels are greyed and not compared
	PromiseLevel float64   `json:"promise_level"` // of the one-sided lower bound of a promise
}

// TransitGroup is the parcels of a shop, a channel, a state or a lane.
//
// All is over every dispatched parcel, of which those that came back or are lost
// or destroyed are never delivered (Aalen-Johansen): its quantile is the time by
// which a share P of what was dispatched is there. IfDelivered is the time of a
// parcel that is delivered (Kaplan-Meier, other endings censored). Both count
// what is on the way until the as-of. Naive leaves that out.
type TransitGroup struct {
	Platform string `json:"platform,omitempty"`
	Shop     string `json:"shop,omitempty"`
	Name     string `json:"name,omitempty"` // of the shop
	Channel  string `json:"channel,omitempty"`
	State    string `json:"state,omitempty"`

	N         int64   `json:"n"` // dispatched
	Delivered int64   `json:"delivered"`
	Returned  int64   `json:"returned"`
	Lost      int64   `json:"lost"` // by the carrier's word; presumed losses are Open
	Destroyed int64   `json:"destroyed"`
	Withdrawn int64   `json:"withdrawn"` // cancelled after pickup: censored there
	Open      int64   `json:"open"`      // on the way at the as-of: censored there
	Negative  int64   `json:"negative"`  // not in N: ended before pickup
	Mature    float64 `json:"mature"`    // share of N that has ended or was followed for Rules.FollowedDays
	Small     bool    `json:"small"`     // N below Rules.MinN

	All         []Quantile     `json:"all"`
	IfDelivered []Quantile     `json:"if_delivered"`
	Naive       []Naive        `json:"naive"`
	Endings     []EndingShare  `json:"endings,omitempty"`
	Mean        *Estimate      `json:"mean,omitempty"` // restricted mean days if delivered; nil: not followed to Rules.MeanDays
	Curve       []TransitPoint `json:"curve,omitempty"`
	Conditional []TransitPoint `json:"conditional,omitempty"` // the curve if delivered
}

// Naive is a quantile of the delivered parcels alone, as a report gives it that
// forgets what is on the way and what is lost.
type Naive struct {
	P    float64  `json:"p"`
	Days *float64 `json:"days"` // nil: nothing is delivered
	Bias *float64 `json:"bias"` // Days less the quantile of all, below 0 where it is too low; nil: that one is not reached
}

// EndingShare is the share of dispatched parcels that a cause has ended by Days.
type EndingShare struct {
	Cause string  `json:"cause"` // delivered, returned, lost, destroyed
	Days  int64   `json:"days"`
	Share float64 `json:"share"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	Known bool    `json:"known"` // false: no parcel was followed so long, Share is what happened until then
}

// Estimate is a number with its interval.
type Estimate struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// TransitPoint is the share delivered by Days with its log-log band and its plain
// Greenwood band.
type TransitPoint struct {
	Days      float64 `json:"days"`
	Share     float64 `json:"share"`
	Low       float64 `json:"low"`
	High      float64 `json:"high"`
	PlainLow  float64 `json:"plain_low"`
	PlainHigh float64 `json:"plain_high"`
}

// TransitWeek is the parcels of one ship week over everything.
type TransitWeek struct {
	Week     Week     `json:"week"`
	N        int64    `json:"n"`
	Open     int64    `json:"open"`
	Mature   float64  `json:"mature"` // as of a group; below 1 the week's figures still move
	Median   Quantile `json:"median"` // of all dispatched
	P90      Quantile `json:"p90"`
	NaiveP50 Naive    `json:"naive_p50"`
	NaiveP90 Naive    `json:"naive_p90"`
	Small    bool     `json:"small"`
	InPeriod bool     `json:"in_period"`
}

// ChannelTest asks whether the channels deliver alike, comparing within strata
// only (log-rank). Chi2, DF and P hold where Defined.
type ChannelTest struct {
	Stratum   string          `json:"stratum"` // state
	Strata    int             `json:"strata"`
	Chi2      float64         `json:"chi2"`
	DF        int             `json:"df"`
	P         float64         `json:"p"`
	Defined   bool            `json:"defined"`
	Why       string          `json:"why,omitempty"`
	Reference string          `json:"reference"` // the channel with most parcels
	Channels  []ChannelResult `json:"channels"`
}

// ChannelResult is one channel of the test, with its deliveries beside those that
// it would have had if all channels were alike.
type ChannelResult struct {
	Channel    string    `json:"channel"`
	N          int64     `json:"n"`
	Observed   int64     `json:"observed"`
	Expected   float64   `json:"expected"`
	Mean       *Estimate `json:"mean"`       // restricted mean days; nil: not followed so long
	Difference *Estimate `json:"difference"` // Mean less that of the reference, not stratified
}

// LegChange is one leg in the period and before it.
type LegChange struct {
	ID   string     `json:"id"`
	This LegFigures `json:"this"`
	Past LegFigures `json:"past"`
}

// LegFigures are one leg over a period. N, Mean, Share, Missing and Negative are
// over what is delivered, as the means of the legs then add up; the quantiles
// take in what is in the leg now.
type LegFigures struct {
	N           int64      `json:"n"`
	Mean        *float64   `json:"mean"`  // days; nil: N is 0
	Share       float64    `json:"share"` // of the sum of means
	Missing     int64      `json:"missing"`
	MissingRate float64    `json:"missing_rate"` // of N, Missing and Negative
	Negative    int64      `json:"negative"`
	Running     int64      `json:"running"` // in the leg at the as-of
	Quantiles   []Quantile `json:"quantiles"`
}

// ChannelLegs are the legs of one channel.
type ChannelLegs struct {
	Channel string      `json:"channel"`
	Legs    []LegChange `json:"legs"`
}

// LanePromises are the days that can be promised for one target.
type LanePromises struct {
	Platform string    `json:"platform"`
	Pack     string    `json:"pack"`   // with its revision
	Target   string    `json:"target"` // decimal fraction as the pack writes it
	Rows     []Promise `json:"rows"`
}

// Promise is the least number of whole days since pickup by which, with the
// confidence of Rules.PromiseLevel, the target's share of all dispatched parcels
// is delivered.
type Promise struct {
	Channel string  `json:"channel"`
	State   string  `json:"state,omitempty"`
	Whole   bool    `json:"whole"` // the channel over all states
	N       int64   `json:"n"`
	Days    *int64  `json:"days"` // nil: see Why
	Share   float64 `json:"share,omitempty"`
	Bound   float64 `json:"bound,omitempty"`
	Why     string  `json:"why,omitempty"` // small, not_reached
}
