package carrier

import (
	"fmt"

	"waybill/pipeline/yamldoc"
)

// Milestone is one step in the life of a parcel. Ids are in the order of the
// journey; 20 to 149 are physical scans by a carrier.
type Milestone struct {
	ID   int
	Name string
}

// Unknown is what no map knows; Notice is known and no step of the journey: an
// age, a promise, a status that repeats itself.
const (
	Unknown = 0
	Notice  = 1
)

// Milestones in order. The ids stand in stored data and in queries/models.
var Milestones = []Milestone{
	{Unknown, "unknown"},
	{Notice, "notice"},
	{10, "info_received"},
	{20, "picked_up"},
	{30, "inbound_scan"},
	{40, "outbound"},
	{50, "export_customs_start"},
	{55, "export_customs_released"},
	{57, "export_customs_held"},
	{60, "handed_to_airline"},
	{70, "departed_origin"},
	{75, "transit_hub"},
	{80, "arrived_destination"},
	{90, "import_customs_start"},
	{95, "import_customs_released"},
	{97, "import_customs_held"},
	{100, "handed_to_last_mile"},
	{110, "last_mile_in_transit"},
	{120, "out_for_delivery"},
	{130, "delivery_attempt_failed"},
	{135, "available_for_pickup"},
	{140, "delivered"},
	{150, "exception_delay"},
	{151, "exception_address"},
	{152, "exception_damage"},
	{153, "exception_security"},
	{154, "exception_other"},
	{160, "returning"},
	{170, "returned"},
	{180, "lost"},
	{185, "destroyed"},
	{190, "cancelled"},
}

// ID of a milestone by name; false where there is none.
func ID(name string) (int, bool) {
	for _, m := range Milestones {
		if m.Name == name {
			return m.ID, true
		}
	}
	return 0, false
}

// nameOf is the name of an id, for messages.
func nameOf(id int) string {
	for _, m := range Milestones {
		if m.ID == id {
			return m.Name
		}
	}
	return fmt.Sprint(id)
}

func unknownMilestone(name string) string {
	var known []string
	for _, m := range Milestones {
		known = append(known, m.Name)
	}
	msg := fmt.Sprintf("milestone %q is unknown", name)
	if near := yamldoc.Nearest(name, known); near != "" {
		msg += "; try: " + near
	}
	return msg
}
