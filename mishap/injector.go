package mishap

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// Exchange is a request or message that was let in and is to be served.
type Exchange struct {
	ApiID, ApiName, Stage, Route string
}

// Mishap is what an exchange meets: a delay, and then an error, the end of its connection,
// or nothing more.
type Mishap struct {
	Rule        string // that asks for it, with its seed
	Delay       time.Duration
	Fails, Cuts bool
	Status      int // of an exchange that fails; 0: that of a failed backend
}

// Injector has the rules that hold. A nil one has none, for good.
type Injector struct {
	rules atomic.Pointer[[]*drawn] // nil: there are none
	told  func(rules []string)
	mu    sync.Mutex // Held while rules are replaced, so that told hears of them in their order.
}

// drawn is a rule with its chance. Each rule draws from its own, so that what one decides
// does not depend on how often the others are asked.
type drawn struct {
	Rule
	text string

	mu     sync.Mutex // Protects chance.
	chance *rand.Rand
}

// New makes an injector of rules. told hears of those that hold, now and whenever that
// changes; nil: nobody does.
func New(rules []string, told func(rules []string)) (*Injector, error) {
	i := &Injector{told: told}
	return i, i.Replace(rules)
}

// ParseAll reads rules. An error names the one that is wrong.
func ParseAll(rules []string) ([]Rule, error) {
	if len(rules) > MostRules {
		return nil, fmt.Errorf("%d rules: want at most %d", len(rules), MostRules)
	}
	all := make([]Rule, len(rules))
	for n, text := range rules {
		var err error
		if all[n], err = Parse(text); err != nil {
			return nil, fmt.Errorf("rule %d: %w", n+1, err)
		}
	}
	return all, nil
}

// Replace makes these the rules, all of them or, with an error, none. Their chance begins
// anew.
func (i *Injector) Replace(rules []string) error {
	parsed, err := ParseAll(rules)
	if err != nil {
		return err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(parsed) == 0 {
		i.rules.Store(nil)
	} else {
		all := make([]*drawn, len(parsed))
		for n, r := range parsed {
			// Chance decides what breaks in a test, and guards nothing.
			all[n] = &drawn{Rule: r, text: r.String(), chance: rand.New(rand.NewPCG(r.Seed, 0))}
		}
		i.rules.Store(&all)
	}
	if i.told != nil {
		i.told(i.Rules())
	}
	return nil
}

// On says whether there are rules.
func (i *Injector) On() bool { return i != nil && i.rules.Load() != nil }

// Rules are those that hold, each with its seed.
func (i *Injector) Rules() []string {
	texts := []string{}
	for _, r := range i.held() {
		texts = append(texts, r.text)
	}
	return texts
}

// held are the rules of this moment.
func (i *Injector) held() []*drawn {
	if i == nil {
		return nil
	}
	if rules := i.rules.Load(); rules != nil {
		return *rules
	}
	return nil
}

// Meets says what an exchange meets, nil for nothing. The first rule that is for it decides,
// as it does whether anything happens at all: a general rule behind a special one is for the rest.
func (i *Injector) Meets(e Exchange) *Mishap {
	for _, r := range i.held() {
		if r.fits(&e) {
			return r.draw()
		}
	}
	return nil
}

// Conflicts says whether a write of the management API meets that of somebody else. apiID is
// "" where the operation names no API.
func (i *Injector) Conflicts(operation, apiID string) bool {
	for _, r := range i.held() {
		if r.Conflict > 0 && (r.Operation == "" || r.Operation == operation) && (r.Api == "" || r.Api == apiID) {
			r.mu.Lock()
			defer r.mu.Unlock()
			return r.chance.Float64() < r.Conflict
		}
	}
	return false
}

// draw has chance decide. It draws as often for every exchange, whatever comes of it, so that
// one more member in a rule leaves the others' decisions as they were.
func (r *drawn) draw() *Mishap {
	r.mu.Lock()
	what, long := r.chance.Float64(), r.chance.Float64()
	r.mu.Unlock()
	m := &Mishap{Rule: r.text, Status: r.Status, Delay: r.Least + time.Duration(long*float64(r.Most-r.Least))}
	m.Cuts = what < r.Drop
	m.Fails = !m.Cuts && what < r.Drop+r.Error
	if !m.Cuts && !m.Fails && m.Delay == 0 {
		return nil
	}
	return m
}
