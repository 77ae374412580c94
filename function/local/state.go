package local

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/function/local/journal"
	"github.com/dragoman-gateway/dragoman/record/mask"
)

// State is how a function is at the moment.
type State struct {
	Function
	Processes   int // that are there
	Idle        int // of them, that wait for an event
	Busy        int // invocations under way
	Concurrency int // of those at most
	Waiting     int // events that wait or are tried again
	Inspect     int // the debugger's port; 0 for none
	journal.Counts
}

// States are those of all functions, by name.
func (r *Runner) States() []State {
	r.mu.Lock()
	pools := r.pools
	r.mu.Unlock()
	states := make([]State, 0, len(pools))
	for _, name := range slices.Sorted(maps.Keys(pools)) { // the map is replaced whole and never changed
		states = append(states, pools[name].state())
	}
	return states
}

func (p *pool) state() State {
	s := State{Function: p.function, Processes: int(max(0, p.living.Load())), Busy: len(p.slots), Concurrency: cap(p.slots), Waiting: len(p.events),
		Inspect: int(p.port.Load()), Counts: p.runner.journal.Counts(p.function.Name)}
	p.mu.Lock()
	defer p.mu.Unlock()
	s.Idle = len(p.idle)
	return s
}

// Journal is what functions have logged.
func (r *Runner) Journal() *journal.Journal { return r.journal }

// secretName is the name of a variable whose value is nobody's to read. No convention
// says which are, so these are the words that people use.
var secretName = regexp.MustCompile(`(?i)secret|passw|passphrase|pwd|token|credential|private|api_?key|auth|signing|salt|_key$|^key$|dsn`)

// hiding hides, for each function, the secrets of its environment from what it logs: a
// handler that prints its variables would else show them to whoever reads its log.
func hiding(pools map[string]*pool) map[string]func(string) string {
	hide := make(map[string]func(string) string, len(pools))
	for name, p := range pools {
		secrets := p.secrets()
		hide[name] = func(text string) string { return p.runner.mask.Hide(secrets, text, false) }
	}
	return hide
}

// secrets are the values of the function's variables that nobody shall read.
func (p *pool) secrets() *mask.Secrets {
	values := map[string]string{}
	for _, variable := range p.runner.options.Environment {
		if name, value, ok := strings.Cut(variable, "="); ok && value != "" && passed(name) {
			values[name] = value
		}
	}
	p.signing(values)
	maps.Copy(values, p.function.Env)
	secrets, m := &mask.Secrets{}, p.runner.mask
	for _, name := range slices.Sorted(maps.Keys(values)) {
		value := values[name]
		// A key's ID names it and is in every signed request; files and folders of secrets
		// are none.
		if secretName.MatchString(name) && name != "AWS_ACCESS_KEY_ID" && !strings.HasSuffix(name, "_FILE") {
			m.Value(secrets, value)
			continue
		}
		// Addresses of databases have their passwords in them.
		if address, err := url.Parse(value); err == nil && address.User != nil {
			if password, ok := address.User.Password(); ok {
				m.Value(secrets, password)
			}
		}
	}
	return secrets
}
