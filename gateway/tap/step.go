package tap

import (
	"strconv"
	"time"

	"github.com/dragoman-gateway/dragoman/record"
)

// Kind is what a step is about. The comments say which members of a Step it has
// besides Kind, At and Took.
type Kind uint8

// The kinds, in the order in which an exchange passes them.
const (
	Began       Kind = iota // Data: the message
	Routed                  // Key of the route, Why; "" for none
	Preflighted             // the gateway has answered a preflight by the API's CORS configuration: Status
	Authorized              // Key: kind of the authorizer; Told and Why when it refused
	Admitted                // the throttle and API key; Told when they refused
	Validated               // Key: the model, Why; Told and Cause when the message does not fit
	Mapped                  // the call of a backend was made: Key of the template, "" for none; Why, Unresolved, Content, Told, Cause
	Called                  // a backend is about to be called: Key (its method, "function" or "service"), Target, "" for a mock; Header, Data
	Answered                // a backend has answered: Status, Header, Data; Cause where a function failed
	Chosen                  // Key of the integration response, "" for none; Why
	Rendered                // the reply was made: as Mapped, and Data
	Failed                  // Told, Cause
	Ended                   // Status, Replied; nothing follows
	Left                    // the client was gone before its handshake had its answer; nothing follows
	Posted                  // a backend has sent a message to a client: the only step of an exchange without an event
	kinds
)

var names = [kinds]string{
	"began", "routed", "preflighted", "authorized", "admitted", "validated", "mapped", "called", "answered", "chosen", "rendered",
	"failed", "ended", "left", "posted",
}

// String is the kind in a word.
func (k Kind) String() string { return names[k] }

// Kinds is a set of kinds, and what a subscriber is beyond them.
type Kinds uint32

// Data wants data in the steps. Logged says that the subscriber is the log that the
// API's owner has asked for, so that failures need not be in the gateway's own.
const (
	Data   Kinds = 1 << 30
	Logged Kinds = 1 << 31

	Everything Kinds = 1<<kinds - 1 // without data
)

// Of is the set of some kinds.
func Of(kinds ...Kind) (set Kinds) {
	for _, k := range kinds {
		set |= 1 << k
	}
	return set
}

// Has says whether a kind is in the set. It is asked before each step of every exchange: the
// mask tells the compiler that no kind is shifted out, which it would check each time.
func (k Kinds) Has(kind Kind) bool { return k&(1<<(kind&31)) != 0 }

// Step is one thing that was done for an exchange. It is a value that may be kept.
type Step struct {
	Kind Kind
	At   time.Time     // when it began
	Took time.Duration // zero for what takes no time

	Key        string // what was chosen, such as a route's key
	Why        Why    // it was chosen
	Target     string // an address or a function's ARN
	Status     int
	Replied    bool        // the client was told something
	Content    string      // contentHandlingStrategy, "" for none
	Unresolved []Reference // of a template, the first few
	Told       string      // to a client that was refused
	Cause      error       // of that, or of what went on without it; nil when there is no more to say

	Header string // "Name: value; " for each line, without secrets; only with Data
	Data   string // of a body, without secrets; only with Data

	draft *record.Draft // of an exchange that has ended, for what is written of it; nil for none
}

// Reference is a reference of a template that led nowhere.
type Reference struct {
	Text         string // as it stands in the template
	Line, Column int
}

// How a value chose something.
type How uint8

// The ways.
const (
	NoChoice How = iota // there was nothing to choose from
	Matched             // the value is the key
	Pattern             // the value matches the key, which is a pattern
	Fallback            // no key fits the value, so it is $default
	NoValue             // there is no value: what should have it is no JSON or has no such member
	NoKey               // no key fits the value and there is no $default
	Forced              // no value decides but what By says
)

// Why is how a choice was made.
type Why struct {
	By    string // an expression, or what else has the value, such as "the status"
	Value string // cut, and without secrets
	How   How
}

// mostOfAValue is how many bytes of a value are shown.
const mostOfAValue = 256

// Because makes a Why.
func Because(by, value string, how How) Why {
	if Secret(by) {
		value = hidden
	}
	if len(value) > mostOfAValue {
		value = value[:mostOfAValue] + "…"
	}
	return Why{by, value, how}
}

// Given is the Why of what no value decides, such as a refusal in words.
func Given(reason string) Why {
	if reason == "" {
		return Why{}
	}
	return Why{By: reason, How: Forced}
}

// String says it in words, "" where there was no choice.
func (w Why) String() string {
	is := w.By + " is " + strconv.Quote(w.Value)
	switch w.How {
	case Matched:
		return is
	case Pattern:
		return is + ", which matches"
	case Fallback:
		return is + ", which no key fits"
	case NoValue:
		return w.By + " has no value"
	case NoKey:
		return is + ", which no key fits, and there is no $default"
	case Forced:
		return w.By
	}
	return ""
}
