package mishap

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What rules may ask for. A client holds a place among those under way while it is delayed,
// so that a delay ends within what the gateway gives the slowest backend.
const (
	MostRules = 64
	MostText  = 1024 // bytes of one rule
	MostDelay = 30 * time.Second
)

// Rule says which exchanges meet a mishap, and how often. A share is from 0 to 1.
type Rule struct {
	// Which exchanges: "" is any. Route is a key, or the beginning of one before a *.
	Api, Stage, Route string
	Operation         string // of the management API; only with Conflict

	Error, Drop float64 // shares that fail and that are cut off; together at most 1
	Status      int     // of those that fail, 400 to 599; 0: what a failed backend is
	Least, Most time.Duration
	Conflict    float64 // share of the management API's writes that meet another's

	Seed uint64 // of the rule's own chance; one that is not given is drawn
}

// part is a NAME=VALUE of a rule.
type part struct {
	name string
	read func(r *Rule, value string) error
}

// parts are all that a rule may have.
var parts = []part{
	{"api", text(func(r *Rule) *string { return &r.Api })},
	{"stage", text(func(r *Rule) *string { return &r.Stage })},
	{"route", text(func(r *Rule) *string { return &r.Route })},
	{"operation", text(func(r *Rule) *string { return &r.Operation })},
	{"error", share(func(r *Rule) *float64 { return &r.Error })},
	{"drop", share(func(r *Rule) *float64 { return &r.Drop })},
	{"conflict", share(func(r *Rule) *float64 { return &r.Conflict })},
	{"status", readStatus},
	{"delay", readDelay},
	{"seed", readSeed},
}

// Parse reads a rule: NAME=VALUE,… in which a value with a comma stands in double quotes.
// An error says what to write instead.
func Parse(rule string) (Rule, error) {
	r := Rule{Seed: rand.Uint64()}
	if len(rule) > MostText {
		return r, fmt.Errorf("a rule has at most %d bytes", MostText)
	}
	seen := map[string]bool{}
	for rest := rule; ; {
		name, value, after, err := next(rest)
		if err != nil {
			return r, err
		}
		at := slices.IndexFunc(parts, func(p part) bool { return p.name == name })
		switch {
		case at < 0:
			return r, fmt.Errorf("%q is nothing that a rule may have: want %s", name, names())
		case seen[name]:
			return r, fmt.Errorf("%s stands twice in a rule", name)
		}
		seen[name] = true
		if err := parts[at].read(&r, value); err != nil {
			return r, fmt.Errorf("%s=%s: %w", name, value, err)
		}
		if after == "" {
			return r, r.judge()
		}
		rest = after[1:]
	}
}

// next takes the first NAME=VALUE off; after begins with its comma, and is "" at the end.
func next(rest string) (name, value, after string, err error) {
	name, tail, ok := strings.Cut(rest, "=")
	name = strings.TrimSpace(name)
	if !ok || strings.Contains(name, ",") {
		return "", "", "", fmt.Errorf("%q: want NAME=VALUE,… of %s", rest, names())
	}
	if strings.HasPrefix(tail, `"`) {
		quoted, err := strconv.QuotedPrefix(tail)
		if err != nil {
			return "", "", "", fmt.Errorf("%s: a double quote is not closed", name)
		}
		value, err = strconv.Unquote(quoted)
		after = tail[len(quoted):]
		if err != nil || after != "" && after[0] != ',' {
			return "", "", "", fmt.Errorf("%s: want a comma behind the double quote", name)
		}
		return name, value, after, nil
	}
	if end := strings.IndexByte(tail, ','); end >= 0 {
		return name, strings.TrimSpace(tail[:end]), tail[end:], nil
	}
	return name, strings.TrimSpace(tail), "", nil
}

// names are what a rule may have, for errors.
func names() string {
	all := make([]string, len(parts))
	for i := range parts {
		all[i] = parts[i].name
	}
	return strings.Join(all, ", ")
}

// judge says what is wrong with a rule as a whole. One that does nothing is a mistake: its
// writer waits for something that never comes.
func (r *Rule) judge() error {
	disturbs := r.Error > 0 || r.Drop > 0 || r.Most > 0
	switch {
	case !disturbs && r.Conflict == 0:
		return errors.New("a rule needs what is to happen: error, drop, delay or conflict")
	case r.Conflict > 0 && (disturbs || r.Stage != "" || r.Route != "" || r.Status != 0):
		return errors.New("conflict is for the management API and goes with operation, api and seed alone: give what concerns requests a rule of its own")
	case r.Operation != "" && r.Conflict == 0:
		return errors.New("operation needs conflict")
	case r.Status != 0 && r.Error == 0:
		return errors.New("status needs error")
	case r.Error+r.Drop > 1:
		return fmt.Errorf("error and drop are shares of the same exchanges, and %v and %v are more than 1 together", r.Error, r.Drop)
	}
	return nil
}

// fits says whether a rule is for an exchange.
func (r *Rule) fits(e *Exchange) bool {
	if r.Conflict > 0 || r.Api != "" && r.Api != e.ApiID && r.Api != e.ApiName || r.Stage != "" && r.Stage != e.Stage {
		return false
	}
	if r.Route == "" {
		// Nobody hears what becomes of $disconnect, and what its backend tidies up would be
		// missed by later tests: who wants that says so.
		return e.Route != "$disconnect"
	}
	if before, open := strings.CutSuffix(r.Route, "*"); open {
		return strings.HasPrefix(e.Route, before)
	}
	return r.Route == e.Route
}

// String is the rule in the form that Parse reads, with its seed: what is repeated with it
// decides as this one has.
func (r Rule) String() string {
	var b []string
	add := func(name, value string) {
		if strings.ContainsAny(value, "\",") {
			value = strconv.Quote(value)
		}
		b = append(b, name+"="+value)
	}
	for _, p := range []struct{ name, value string }{{"api", r.Api}, {"stage", r.Stage}, {"route", r.Route}, {"operation", r.Operation}} {
		if p.value != "" {
			add(p.name, p.value)
		}
	}
	for _, p := range []struct {
		name  string
		share float64
	}{{"error", r.Error}, {"drop", r.Drop}, {"conflict", r.Conflict}} {
		if p.share > 0 {
			add(p.name, strconv.FormatFloat(p.share, 'f', -1, 64))
		}
	}
	if r.Status != 0 {
		add("status", strconv.Itoa(r.Status))
	}
	switch {
	case r.Least < r.Most:
		add("delay", r.Least.String()+".."+r.Most.String())
	case r.Most > 0:
		add("delay", r.Most.String())
	}
	add("seed", strconv.FormatUint(r.Seed, 10))
	return strings.Join(b, ",")
}
