package readiness

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/fault"
)

// Source is where a trouble comes from: the word that its line begins with.
type Source string

// The sources. A gateway with a broken stage serves all others, and a load balancer
// that took it away for that would take every gateway away: it stays ready.
const (
	Store Source = "store"
	Stage Source = "stage"
	Drain Source = "draining"
	Bus   Source = "bus"
	Fault Source = "fault" // what is injected, for tests of clients
	Flags Source = "flags" // that nodes should have alike
)

// unready says whether a trouble takes the process away. An engine that nodes share is away
// for all of them: each serves on with what it has, and nobody could serve better.
func (r *Readiness) unready(s Source) bool { return s == Drain || s == Store && !r.Shared }

const (
	// MaxLag is how long something may be stored and not yet served.
	MaxLag = 5 * time.Second
	// troubleLines and troubleLength bound what is told of one source.
	troubleLines  = 100
	troubleLength = 500
)

// Readiness is what /readyz tells: the troubles of this process, which sources report
// and clear.
type Readiness struct {
	// Ailment is why the store cannot be written, nil when it can; Lag for how long
	// something is stored that is not served.
	Ailment func() error
	Lag     func(context.Context) (time.Duration, error)
	Away    func() (away bool, why string) // the broker of the nodes is, and why as far as that is known; nil: there is none
	Shared  bool                           // nodes share the store
	// Fenced says why this node serves no WebSocket clients, because another is better off: which
	// source it lacks and in words, both "" when it serves. Nil: it always does.
	Fenced func() (source, text string)
	Logger *slog.Logger

	mu       sync.Mutex // Protects fields below.
	troubles map[Source]map[string]string
	fenced   bool // another node is better off: a balancer that takes this one away helps
}

// Report notes a trouble of a source. about tells apart what a source has several of,
// such as stages; the same trouble reported again replaces the text.
func (r *Readiness) Report(from Source, about, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.troubles == nil {
		r.troubles = map[Source]map[string]string{}
	}
	if r.troubles[from] == nil {
		r.troubles[from] = map[string]string{}
	}
	r.troubles[from][about] = text
}

// Clear takes a trouble back; one that was not reported is none.
func (r *Readiness) Clear(from Source, about string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.troubles[from], about)
	if len(r.troubles[from]) == 0 {
		delete(r.troubles, from)
	}
}

// Is reports a trouble that has a text and clears one that has none.
func (r *Readiness) Is(from Source, about, text string) {
	if text == "" {
		r.Clear(from, about)
		return
	}
	r.Report(from, about, text)
}

// Are reports texts as all troubles that a source has, a line each in their order; none clears it.
func (r *Readiness) Are(from Source, texts []string) {
	found := make(map[string]string, len(texts))
	for i, text := range texts {
		found[fmt.Sprintf("%06d", i)] = text
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.troubles == nil {
		r.troubles = map[Source]map[string]string{}
	}
	if r.troubles[from] = found; len(found) == 0 {
		delete(r.troubles, from)
	}
}

// first is a source's first trouble and its text, "" when it has none.
func (r *Readiness) first(from Source) (about, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	found := r.troubles[from]
	for _, about := range slices.Sorted(maps.Keys(found)) {
		return about, found[about]
	}
	return "", ""
}

// lines are the troubles, a line each, and whether the process is ready in spite of
// them.
func (r *Readiness) lines() (lines []string, ready bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	ready = !r.fenced
	for _, from := range slices.Sorted(maps.Keys(r.troubles)) {
		ready = ready && !r.unready(from)
		found := r.troubles[from]
		for i, about := range slices.Sorted(maps.Keys(found)) {
			if i == troubleLines {
				lines = append(lines, fmt.Sprintf("%s: and %d more", from, len(found)-i))
				break
			}
			lines = append(lines, line(from, found[about]))
		}
	}
	return lines, ready
}

func line(from Source, text string) string {
	text = strings.Join(strings.Fields(text), " ") // one line
	if len(text) > troubleLength {
		text = strings.ToValidUTF8(text[:troubleLength], "") + "…"
	}
	if text == "" {
		return string(from)
	}
	return string(from) + ": " + text
}

// ServeHTTP tells whether this process should be given work, and what troubles it.
func (r *Readiness) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.look(q.Context())
	lines, ready := r.lines()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if !ready {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	if len(lines) == 0 {
		lines = []string{"ok"}
	}
	_, _ = io.WriteString(w, strings.Join(lines, "\n")+"\n")
}

// look asks the store what it is asked for here alone.
func (r *Readiness) look(ctx context.Context) {
	commit, lag := "", ""
	switch err := r.Ailment(); {
	case err != nil && r.Shared:
		commit = fault.Plain(err) // a database has more to say of itself
	case err != nil:
		commit = "the last commit failed: " + fault.Plain(err)
	}
	within, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	switch late, err := r.Lag(within); {
	case err != nil && ctx.Err() == nil:
		lag = "it cannot be read: " + fault.Plain(err)
	case late > MaxLag:
		lag = fmt.Sprintf("what is served has been behind it for %s", late.Round(time.Second))
	}
	r.Is(Bus, "away", r.broker())
	r.fence()
	r.Is(Store, "commit", commit)
	r.Is(Store, "lag", lag)
}

// broker is what troubles the broker of the nodes, "" for nothing.
func (r *Readiness) broker() string {
	if r.Away == nil {
		return ""
	}
	switch away, why := r.Away(); {
	case away && why != "":
		return "the broker is away, and other nodes and their clients are not reached: " + why
	case away:
		return "the broker is away: other nodes and their clients are not reached"
	}
	return ""
}

// fence asks whether this node serves its clients.
func (r *Readiness) fence() {
	if r.Fenced == nil {
		return
	}
	source, text := r.Fenced()
	for _, from := range []Source{Store, Bus} {
		if string(from) == source {
			r.Report(from, "fenced", text)
		} else {
			r.Clear(from, "fenced")
		}
	}
	r.mu.Lock()
	r.fenced = source != ""
	r.mu.Unlock()
}

// Watch logs what troubles the store, once for each trouble, and when it is over: the
// calls that fail of it say to their clients alone that they did. It returns when ctx
// ends.
func (r *Readiness) Watch(ctx context.Context) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for about := ""; ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		r.look(ctx)
		now, text := r.first(Store)
		if now == about {
			continue
		}
		if about = now; about == "" {
			r.Logger.Info("the store is well again")
			continue
		}
		r.Logger.Error("the store is not well", "error", text)
	}
}

// Alive answers as long as the process lives.
func Alive(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "ok\n")
}
