package server

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/store"
)

// source is where a trouble comes from: the word that its line begins with.
type source string

// The sources. A gateway with a broken stage serves all others, and a load balancer
// that took it away for that would take every gateway away: it stays ready.
const (
	fromStore source = "store"
	fromStage source = "stage"
	fromDrain source = "draining"
)

func (s source) unready() bool { return s != fromStage }

const (
	// maxLag is how long something may be stored and not yet served.
	maxLag = 5 * time.Second
	// troubleLines and troubleLength bound what is told of one source.
	troubleLines  = 100
	troubleLength = 500
)

// readiness is what /readyz tells: the troubles of this process, which sources
// report and clear. The zero value has none.
type readiness struct {
	mu       sync.Mutex // Protects fields below.
	troubles map[source]map[string]string
}

// report notes a trouble of a source. about tells apart what a source has several of,
// such as stages; the same trouble reported again replaces the text.
func (r *readiness) report(from source, about, text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.troubles == nil {
		r.troubles = map[source]map[string]string{}
	}
	if r.troubles[from] == nil {
		r.troubles[from] = map[string]string{}
	}
	r.troubles[from][about] = text
}

// clear takes a trouble back; one that was not reported is none.
func (r *readiness) clear(from source, about string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.troubles[from], about)
	if len(r.troubles[from]) == 0 {
		delete(r.troubles, from)
	}
}

// is reports a trouble that has a text and clears one that has none.
func (r *readiness) is(from source, about, text string) {
	if text == "" {
		r.clear(from, about)
		return
	}
	r.report(from, about, text)
}

// first is a source's first trouble and its text, "" when it has none.
func (r *readiness) first(from source) (about, text string) {
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
func (r *readiness) lines() (lines []string, ready bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	ready = true
	for _, from := range slices.Sorted(maps.Keys(r.troubles)) {
		ready = ready && !from.unready()
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

func line(from source, text string) string {
	text = strings.Join(strings.Fields(text), " ") // one line
	if len(text) > troubleLength {
		text = strings.ToValidUTF8(text[:troubleLength], "") + "…"
	}
	if text == "" {
		return string(from)
	}
	return string(from) + ": " + text
}

// readyz tells whether this process should be given work, and what troubles it.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	s.lookAtStore(r.Context())
	lines, ready := s.readiness.lines()
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

// lookAtStore asks the store what it is asked for here alone.
func (s *Server) lookAtStore(ctx context.Context) {
	commit, lag := "", ""
	if a, ok := s.store.(store.Ailing); ok {
		if err := a.Ailment(); err != nil {
			commit = "the last commit failed: " + fault.Plain(err)
		}
	}
	within, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	switch late, err := s.deployed.Lag(within); {
	case err != nil && ctx.Err() == nil:
		lag = "it cannot be read: " + fault.Plain(err)
	case late > maxLag:
		lag = fmt.Sprintf("what is served has been behind it for %s", late.Round(time.Second))
	}
	s.readiness.is(fromStore, "commit", commit)
	s.readiness.is(fromStore, "lag", lag)
}

// watchStore logs what troubles the store, once for each trouble, and when it is over:
// the calls that fail of it say to their clients alone that they did.
func (s *Server) watchStore(ctx context.Context) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for about := ""; ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		s.lookAtStore(ctx)
		now, text := s.readiness.first(fromStore)
		if now == about {
			continue
		}
		if about = now; about == "" {
			s.logger.Info("the store is well again")
			continue
		}
		s.logger.Error("the store is not well", "error", text)
	}
}

// healthz answers as long as the process lives.
func healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "ok\n")
}
