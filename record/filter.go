package record

import (
	"errors"
	"strconv"
	"strings"
)

// The bounds of how many records an answer has.
const (
	DefaultLimit = 100
	MaxLimit     = 1000
)

// Filter chooses among records. Its zero value takes all.
type Filter struct {
	Api        string // id or name
	Stage      string
	Route      string
	Connection string
	Status     Status
	Text       string // anywhere in the record, in any case
	Limit      int    // of an answer; 0 for DefaultLimit

	// Sees says whether whoever asks may see the records of an API; nil: all.
	Sees func(api string) bool
}

// Status is a range of statuses; its zero value has all.
type Status struct{ From, To int }

// errStatus says what a status may be.
var errStatus = errors.New("want a number such as 404, or a class such as 4xx")

// ParseStatus reads 404 or 4xx.
func ParseStatus(s string) (Status, error) {
	if s == "" {
		return Status{}, nil
	}
	if class, ok := strings.CutSuffix(strings.ToLower(s), "xx"); ok && len(class) == 1 && class[0] >= '1' && class[0] <= '9' {
		from := int(class[0]-'0') * 100
		return Status{from, from + 99}, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 9999 || s[0] == '+' {
		return Status{}, errStatus
	}
	return Status{n, n}, nil
}

// Takes says whether a record is chosen.
func (f *Filter) Takes(r *Record) bool {
	return f.Cheap(r) && (f.Sees == nil || f.Sees(r.Api)) && (f.Text == "" || r.contains(f.Text))
}

// Cheap is Takes without what takes a while: the text, and whether whoever asks may see the
// API, for which a store may have to be read.
func (f *Filter) Cheap(r *Record) bool {
	switch {
	case f.Api != "" && f.Api != r.Api && f.Api != r.ApiName:
	case f.Stage != "" && f.Stage != r.Stage:
	case f.Route != "" && f.Route != r.Route:
	case f.Connection != "" && f.Connection != r.Connection:
	case f.Status != Status{} && (r.Status < f.Status.From || r.Status > f.Status.To):
	default:
		return true
	}
	return false
}

// contains says whether a text stands in any text of the record.
func (r *Record) contains(wanted string) bool {
	wanted = strings.ToLower(wanted)
	in := func(s string) bool { return len(s) >= len(wanted) && strings.Contains(strings.ToLower(s), wanted) }
	for _, s := range []string{r.ID, r.Time.UTC().Format(timeForm), string(r.Kind), r.Api, r.ApiName, r.Stage, r.Route, r.Connection, strconv.Itoa(r.Status), r.Summary} {
		if in(s) {
			return true
		}
	}
	for i := range r.Steps {
		s := &r.Steps[i]
		if in(string(s.Name)) || in(s.Why) || s.Data.contains(in) {
			return true
		}
	}
	return false
}

func (d Data) contains(in func(string) bool) bool {
	for i := range d {
		m := &d[i]
		if m.kind == absent {
			continue
		}
		if in(m.Name) || in(m.text) || m.kind == number && in(strconv.FormatInt(m.n, 10)) || Data(m.inner).contains(in) {
			return true
		}
	}
	return false
}
