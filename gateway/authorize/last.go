package authorize

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/authorizer"
	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/record/mask"
	"github.com/dragoman-gateway/dragoman/verdict"
)

// mostRemembered is how many decisions are remembered, of all APIs together.
// The console shows a tenth of it: an API that is busy does not at once push out what another
// was refused for.
const mostRemembered = 200

// decision is one that was made, as it is kept: without anything that identifies a caller by a
// secret.
type decision struct {
	verdict.Decision
	at   time.Time
	took time.Duration
}

// last are the decisions that were made last. They are kept whether exchanges are recorded
// or not: who is refused asks why afterwards.
type last struct {
	mask *mask.Mask

	mu    sync.Mutex // Protects fields below.
	made  [mostRemembered]decision
	count int // ever
}

// remember keeps a decision. Of one that lets a caller in nothing is made for it, since most
// do; why another was refused is told without the caller's credentials.
func (d *Decider) remember(made *authorizer.Decision, began time.Time, took time.Duration, sources []string, notes *authorizer.Notes, x *exchange.Exchange) {
	if d.last == nil { // of a test
		return
	}
	m := decision{verdict.Decision{
		API: x.ApiID, Stage: x.Stage, Route: d.key, Type: d.kind, Authorizer: d.name,
		Decision: allows, Status: made.Outcome.Status(), Cached: notes.Cached, Why: "allowed",
	}, began, took}
	if made.Principal != "" { // tokens name none
		m.Principal = named(made.Principal, d.secret(sources))
	}
	if made.Outcome != authorizer.Allow {
		m.Decision.Decision, m.Why = denies, d.last.words(d.words(made, notes, d.missing(sources)), d.secret(sources))
	} else if notes.Number > 0 {
		m.Why = "allowed by the statement " + strconv.Itoa(notes.Number) + " of its policy"
	}
	d.last.add(m)
}

func (l *last) add(m decision) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.made[l.count%mostRemembered] = m
	l.count++
}

// words are a reason without the values of identity sources. A function may repeat in its
// error what it was asked with, and a claim may be compared with a token; without a mask
// nothing is told, since nothing could be taken out.
func (l *last) words(why string, sources []string) string {
	if l.mask == nil {
		return ""
	}
	sieve := l.mask.Sieve(nil)
	for _, value := range sources {
		sieve.Value(value)
	}
	sieve.Read("", why, false, nil)
	return sieve.Show(why, false, len(why))
}

// named is who a caller is, "" where an authorizer says it by the credential itself: many a
// function answers with the token as the principal. Below six characters a principal may
// stand in a token by chance.
func named(principal string, sources []string) string {
	for _, value := range sources {
		for part := range strings.FieldsSeq(value) {
			if strings.Contains(principal, part) || len(principal) >= 6 && strings.Contains(part, principal) {
				return ""
			}
		}
	}
	return principal
}

// missing is the first identity source, in the order of the configuration, that a request does not have, "" for none.
func (d *Decider) missing(sources []string) string {
	for i, value := range sources {
		if value == "" {
			return d.texts[i]
		}
	}
	return ""
}

// Decisions are the last decisions about requests of APIs that are shown, the newest first,
// at most so many.
func (a *Authorizers) Decisions(most int, shown func(api string) bool) (found []verdict.Decision) {
	l := a.last
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := l.count - 1; i >= max(0, l.count-mostRemembered) && len(found) < most; i-- {
		if m := l.made[i%mostRemembered]; shown(m.API) {
			// Times are written here and not when the decision is made: few are ever looked at.
			m.At, m.Time, m.Duration = m.at, m.at.UTC().Format("2006-01-02T15:04:05.000Z"), float64(m.took.Microseconds())/1000
			found = append(found, m.Decision)
		}
	}
	return found
}
