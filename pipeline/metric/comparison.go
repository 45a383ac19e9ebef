package metric

import "time"

// Channels is everything that the page of channels shows. Two equal values render
// to equal bytes.
type Channels struct {
	Workspace string       `json:"workspace"`
	Shop      string       `json:"shop,omitempty"` // the one shop that the page is of; empty: all
	AsOf      time.Time    `json:"as_of"`          // UTC; nothing after it is known
	Zone      string       `json:"zone"`           // IANA zone in which the page prints times
	Languages []string     `json:"languages"`
	Trust     Trust        `json:"trust"`
	Period    Period       `json:"period"` // ship weeks of counts, times and costs
	Due       Period       `json:"due"`    // due weeks of the share on time: those of the period that are closed
	Rules     CompareRules `json:"rules"`

	Channels     Comparison    `json:"channels"`     // channels, at the same mix of the rules' strata
	Destinations Comparison    `json:"destinations"` // states, at the same mix of the strata without the state
	Lanes        []Lane        `json:"lanes"`        // by channel and state, in the order of both comparisons
	Volume       Concentration `json:"volume"`
}

// Compare is what a workspace says of comparisons.
type Compare struct {
	Strata []string // of shop, channel, state, weight_band, week, month; empty: the built-in ones
	MinN   int64    // least parcels of each compared group in a stratum; 0: the built-in one
}

// CompareRules are the conventions of a comparison. None is a platform's.
type CompareRules struct {
	Own         bool     `json:"own"`    // the workspace states strata or min_n
	Strata      []string `json:"strata"` // what makes a parcel hard
	MinN        int64    `json:"min_n"`  // least parcels of each compared group in a stratum
	LeastGroup  int64    `json:"least_group"`
	LeastCommon float64  `json:"least_common"` // of the volume of all compared groups, where smallest groups give way to reach it, and of a pair
	Level       float64  `json:"level"`        // of intervals
	Discovery   float64  `json:"discovery"`    // q at or below which a difference is decided
	Power       float64  `json:"power"`        // with which Pair.Needed would decide
	PairGroups  int      `json:"pair_groups"`  // largest groups that are compared in pairs
}

// Span is an estimate with its interval at the rules' level.
type Span struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Comparison compares groups of parcels, crude and at the same mix.
type Comparison struct {
	By     string          `json:"by"`     // channel or state
	Strata []string        `json:"strata"` // columns that make a stratum
	Groups []ComparedGroup `json:"groups"` // most due parcels first
	// Common is the share of the due parcels of the compared groups that lies in
	// strata where each of them has MinN; 0: none, and nothing is adjusted.
	Common    float64    `json:"common"`
	Cells     int        `json:"cells"`     // those strata
	Target    float64    `json:"target"`    // pooled share on time, the centre of the funnel
	Design    float64    `json:"design"`    // common design effect of ship days
	Funnel    []Limit    `json:"funnel"`    // by parcels
	Pairs     []Pair     `json:"pairs"`     // decided first, then by volume
	Reversals []Reversal `json:"reversals"` // pairs whose order turns at the same mix
}

// ComparedGroup is one channel or one state.
type ComparedGroup struct {
	Key      string `json:"key"` // empty: not stated in the exports
	Due      int64  `json:"due"` // parcels due in the due weeks
	OnTime   int64  `json:"on_time"`
	Shipped  int64  `json:"shipped"` // parcels of the ship weeks
	Open     int64  `json:"open"`    // of them on the way
	Lost     int64  `json:"lost"`    // of them lost or destroyed so far
	Returned int64  `json:"returned"`

	Crude    *Span   `json:"crude"` // nil: nothing was due
	Design   float64 `json:"design"`
	Days     int     `json:"days"` // ship days with a due parcel
	Small    bool    `json:"small"`
	Adjusted *Span   `json:"adjusted"`      // nil: see Why
	Why      string  `json:"why,omitempty"` // small, alone, no_common, left_out
	Common   float64 `json:"common"`        // share of its due parcels in common strata
	Shrunk   *Span   `json:"shrunk"`        // drawn to all groups by empirical Bayes
	Outside  string  `json:"outside"`       // of the funnel: empty, low_95, high_95, low_998, high_998

	Median Quantile `json:"median"` // of all shipped parcels, whatever becomes of the others
	P90    Quantile `json:"p90"`
	// days at the common mix; nil: not reached, or nothing common
	AdjustedMedian *float64 `json:"adjusted_median"`
	AdjustedP90    *float64 `json:"adjusted_p90"`

	Costs []GroupCost `json:"costs"` // by currency
}

// GroupCost is what the parcels of a group cost in one currency. Amounts are
// decimals of four places.
type GroupCost struct {
	Currency string     `json:"currency"`
	N        int64      `json:"n"`          // shipped parcels with a cost in it
	Missing  float64    `json:"missing"`    // share of shipped parcels without any cost
	Parcel   string     `json:"per_parcel"` // sum / N
	Adjusted *Amount    `json:"adjusted"`   // per parcel at the common mix; nil: nothing common
	OnTime   string     `json:"per_on_time"`
	Interval *[2]string `json:"per_on_time_interval"` // bootstrap over ship days; nil: fewer than 20
	Fair     string     `json:"per_on_time_adjusted"` // at the common mix of due parcels with a cost; empty: none
	DueN     int64      `json:"due_n"`                // due parcels with a cost
	// on the front: nobody compared is cheaper and not slower, at the common mix
	FrontMedian bool `json:"front_median"`
	FrontP90    bool `json:"front_p90"`
}

// Amount is a mean amount with its interval over ship days; fewer than 20 of them
// give none, and Low and High are empty.
type Amount struct {
	Value string `json:"value"`
	Low   string `json:"low"`
	High  string `json:"high"`
}

// Limit is where the share of N parcels lies if the true one is the pooled one.
type Limit struct {
	N       int64   `json:"n"`
	Low95   float64 `json:"low_95"`
	High95  float64 `json:"high_95"`
	Low998  float64 `json:"low_998"`
	High998 float64 `json:"high_998"`
}

// Pair is A less B, at a mix that is common to the two of them.
type Pair struct {
	A          string   `json:"a"`
	B          string   `json:"b"`
	Due        int64    `json:"due"` // of both
	Crude      Span     `json:"crude"`
	Adjusted   *Span    `json:"adjusted"`   // nil: no common stratum
	Stratified *Span    `json:"stratified"` // Mantel-Haenszel
	Common     float64  `json:"common"`
	CommonA    int64    `json:"common_a"` // parcels of A in the common strata
	CommonB    int64    `json:"common_b"`
	Strata     int      `json:"strata"`
	P          *float64 `json:"p"`
	Q          *float64 `json:"q"` // adjusted for the number of pairs that have enough in common
	// Uneven is the p of "the odds ratio is the same in all strata".
	Uneven  *float64 `json:"uneven"`
	Verdict string   `json:"verdict"`       // better, worse, open, little_common, no_common: by CompareRules.decide
	Why     string   `json:"why,omitempty"` // of open: chance, pairs, interval
	Needed  int64    `json:"needed"`        // parcels of each in common strata, to decide a difference as large among as many pairs; 0: decided, or unknown
}

// Reversal is a pair with one order crude and the other at the common mix.
type Reversal struct {
	A        string   `json:"a"`
	B        string   `json:"b"`
	Crude    float64  `json:"crude"`
	Adjusted float64  `json:"adjusted"`
	Drivers  []Driver `json:"drivers"` // what turned it most
}

// Driver is a stratum's part of the crude difference less the adjusted one.
type Driver struct {
	Stratum []string `json:"stratum"` // in the order of Comparison.Strata
	Part    float64  `json:"part"`
}

// Lane is one channel into one state.
type Lane struct {
	Channel string  `json:"channel"`
	State   string  `json:"state"`
	Due     int64   `json:"due"`
	OnTime  int64   `json:"on_time"`
	Shipped int64   `json:"shipped"`
	Small   bool    `json:"small"`
	Low     float64 `json:"low"` // with the common design effect
	High    float64 `json:"high"`
}

// Concentration says how much hangs on few channels.
type Concentration struct {
	Index   float64      `json:"index"`            // Herfindahl-Hirschman of shipped parcels by channel; 0: none
	Target  string       `json:"target,omitempty"` // that a qualified channel must not be shown to miss
	Single  []SingleLane `json:"single"`           // states with one qualified channel, or none
	Largest float64      `json:"largest"`          // share of the largest channel
}

// SingleLane is a state that one channel can serve, or none. A channel is
// qualified where it has enough due parcels in the state and the interval of its
// share on time is not all below the target.
type SingleLane struct {
	State   string  `json:"state"`
	Channel string  `json:"channel"` // the qualified one; empty: none
	None    bool    `json:"none"`
	Shipped int64   `json:"shipped"`
	Share   float64 `json:"share"` // of all shipped parcels
}
