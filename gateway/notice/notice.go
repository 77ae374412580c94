package notice

import (
	"log/slog"
	"strings"
	"sync"
	"time"
)

// Kind is what was refused, in the words of its line.
type Kind string

// The kinds of refusals.
const (
	UnknownApi   Kind = "refused: no API and no custom domain is served here"
	UnknownStage Kind = "refused: the API has no such stage"
	UnknownPath  Kind = "refused: nothing answers this path"
	Path         Kind = "refused: a backend may read this path differently"
	Disabled     Kind = "refused: the default endpoint of this API is disabled"
	Handshake    Kind = "refused: the handshake is none of a WebSocket"
	Throttled    Kind = "refused: more than the throttle allows"

	Issuer     Kind = "refused: the issuer of tokens cannot be asked for its keys"
	Token      Kind = "refused: a token is no good"
	Function   Kind = "refused: the function of an authorizer said no"
	Signature  Kind = "refused: a signature is no good"
	Unverified Kind = "refused: a signature that nobody can verify is not believed"
	Key        Kind = "refused: an API key is no good"

	Name Kind = "a name that may be anybody's is not told to handlers"
	Page Kind = "refused: a web page may not call the management API"

	ManagementHost  Kind = "refused: the management API was called by a name that may be anybody's"
	ManagementProxy Kind = "refused: the management API was called through a proxy"

	Proxying Kind = "refused: a trusted proxy did not say whom it speaks for"
)

// every is how far apart the lines of one kind and rule are at least.
const every = time.Second

// maxRules bounds how many rules of one kind have lines of their own; the others
// share one.
const maxRules = 32

// Notices writes the lines. It is safe for concurrent use; a nil *Notices is
// silent.
type Notices struct {
	logger *slog.Logger

	mu    sync.Mutex // Protects fields below.
	lines map[line]*told
	rules map[Kind]int
}

type line struct {
	kind Kind
	rule string
}

// told is when a line was written last, and how often it was not since.
type told struct {
	at   time.Time
	left int
}

// New makes notices that go to a logger; nil is slog.Default.
func New(logger *slog.Logger) *Notices {
	if logger == nil {
		logger = slog.Default()
	}
	return &Notices{logger: logger, lines: map[line]*told{}, rules: map[Kind]int{}}
}

// Tell writes a line, unless one of this kind and rule was written within the last
// second. The rule says which of several reasons it was, in words of ours; "" where
// there is but one. The attributes are those of slog.
func (n *Notices) Tell(kind Kind, rule string, attributes ...any) {
	if n == nil {
		return
	}
	left, due := n.due(line{kind, rule})
	if !due {
		return
	}
	if rule != "" {
		attributes = append([]any{"rule", rule}, attributes...)
	}
	if left > 0 {
		attributes = append(attributes, "left_out", left)
	}
	n.logger.Warn(string(kind), attributes...)
}

// due says whether a line may be written now, and how many were left out before it.
func (n *Notices) due(l line) (left int, ok bool) {
	now := time.Now()
	n.mu.Lock()
	defer n.mu.Unlock()
	t := n.lines[l]
	if t == nil {
		if n.rules[l.kind]++; n.rules[l.kind] > maxRules {
			l.rule = ""
			t = n.lines[l]
		}
	}
	if t == nil {
		n.lines[l] = &told{at: now}
		return 0, true
	}
	if now.Sub(t.at) < every {
		t.left++
		return 0, false
	}
	left = t.left
	t.at, t.left = now, 0
	return left, true
}

// longest is how much of a client's text stands in a line, in bytes.
const longest = 128

// Short is text of a client's as it may stand in a line: its beginning, and nothing
// behind a question mark, where signatures and tokens stand.
func Short(text string) string {
	text, _, _ = strings.Cut(text, "?")
	if len(text) > longest {
		text = text[:longest] + "…"
	}
	return strings.ToValidUTF8(text, "�")
}
