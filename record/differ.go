package record

import (
	"encoding/json"
	"strconv"
)

// Difference is where two records of one message went apart.
type Difference struct {
	Step   Name   `json:"step"`   // "" for the exchange as a whole
	Member string `json:"member"` // of the record, or of the step's data
	Was    string `json:"was"`
	Is     string `json:"is"`
}

// compared are the members of steps that say what was decided, in the order in which
// exchanges pass them. What is another in each exchange, such as ids, is not among them,
// but for bodies, which are shown whatever they hold.
var compared = []struct {
	step    Name
	members []string
}{
	{Route, []string{"route"}},
	{Model, []string{"model", "error"}},
	{Request, []string{"template", "rendered"}},
	{Integration, []string{"type", "method", "address", "function", "body"}},
	{Backend, []string{"status", "functionError", "body"}},
	{Select, []string{"value", "key"}},
	{Response, []string{"template", "rendered"}},
	{Frame, []string{"status", "body"}},
}

// Differences says where a second record of a message went another way than the first.
func Differences(first, second *Record) []Difference {
	found := []Difference{}
	add := func(step Name, member, was, is string) {
		if was != is {
			found = append(found, Difference{step, member, was, is})
		}
	}
	add("", "status", strconv.Itoa(first.Status), strconv.Itoa(second.Status))
	for _, c := range compared {
		for _, member := range c.members {
			add(c.step, member, first.said(c.step, member), second.said(c.step, member))
		}
		add(c.step, "failure", first.failed(c.step), second.failed(c.step))
	}
	return found
}

// said is a member of a step's data as text, "" for none.
func (r *Record) said(step Name, member string) string {
	s := r.Find(step)
	if s == nil {
		return ""
	}
	v := s.Data.Get(member)
	switch {
	case v == nil:
		return ""
	case v.kind == number:
		return strconv.FormatInt(v.n, 10)
	}
	return v.text
}

// failed is why a step has failed, "" where it has not.
func (r *Record) failed(step Name) string {
	if s := r.Find(step); s != nil && s.Outcome == Failed {
		return s.Why
	}
	return ""
}

// Again is what came of a replay: the record that it left, and where it went another way.
type Again struct {
	Trace       json.RawMessage `json:"trace"`
	Differences []Difference    `json:"differences"`
}

// Compare tells of a replay beside what was replayed.
func Compare(first, again *Record) Again {
	return Again{again.Append(nil), Differences(first, again)}
}

// JSON is an Again as it is answered. Its trace stays as it was written.
func (a *Again) JSON() ([]byte, error) {
	differences, err := json.Marshal(a.Differences)
	if err != nil {
		return nil, err
	}
	b := append([]byte(`{"trace":`), a.Trace...)
	return append(append(append(b, `,"differences":`...), differences...), '}'), nil
}
