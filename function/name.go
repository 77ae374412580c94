package function

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/dragoman-gateway/dragoman/message"
)

// Name is a function as it was named: by ARN or by its bare name.
type Name struct {
	Arn       string // without qualifier; "" when only the name is known
	Region    string
	Account   string
	Name      string
	Qualifier string // alias or version, or ""
}

// invocation is the form in which API Gateway names functions. The outer region
// does not count: functions are called where they live.
// Observed: a doubled slash after "path" is taken too.
var invocation = regexp.MustCompile(`^arn:[a-z-]+:apigateway:[a-z0-9-]*:lambda:path/{1,2}2015-03-31/functions/([^/]+)/invocations$`)

// Documented: Lambda API Reference, Invoke, FunctionName: a name, a partial ARN
// or an ARN, each with or without a qualifier.
var (
	fullName = regexp.MustCompile(`^(?:arn:(aws[a-z-]*):lambda:([a-z0-9-]+):)?(?:(\d{12}):)?(?:function:)?([A-Za-z0-9_.-]+)(?::([A-Za-z0-9_$.-]+))?$`)
	fullArn  = regexp.MustCompile(`^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[^:]+(:[^:]+)?$`)
)

// How many characters names and qualifiers have at most. They are no part of the expressions:
// those that count so far take long to be compiled, at the start of every command.
const (
	longestName      = 140
	longestQualifier = 128
)

// ParseName reads a function's name: an invocation ARN, a function ARN, a
// partial ARN (123456789012:function:name) or a name, the last three with an
// alias or version after another colon. The error is ErrConfiguration.
func ParseName(s string) (Name, error) {
	inner := s
	if m := invocation.FindStringSubmatch(s); m != nil {
		inner = m[1]
		if unescaped, err := url.PathUnescape(inner); err == nil {
			inner = unescaped
		}
	}
	m := fullName.FindStringSubmatch(inner)
	if m == nil || len(m[4]) > longestName || len(m[5]) > longestQualifier || strings.HasPrefix(inner, "arn:") && !fullArn.MatchString(inner) {
		return Name{}, message.Fail(message.ErrConfiguration, fmt.Errorf("%q names no Lambda function", s))
	}
	n := Name{Region: m[2], Account: m[3], Name: m[4], Qualifier: m[5]}
	if m[1] != "" {
		n.Arn = "arn:" + m[1] + ":lambda:" + n.Region + ":" + n.Account + ":function:" + n.Name
	}
	return n, nil
}

// Names remembers names that were parsed: they come from configurations and may hold stage
// variables, so there are few, and each is asked for often. The zero value is ready; it may be
// used by many goroutines.
type Names struct {
	mu    sync.RWMutex // Protects field below.
	known map[string]Name
}

// maxNames bounds the names that are remembered.
const maxNames = 4096

// Parse is ParseName. Only what parses is remembered.
func (n *Names) Parse(s string) (Name, error) {
	n.mu.RLock()
	name, ok := n.known[s]
	n.mu.RUnlock()
	if ok {
		return name, nil
	}
	name, err := ParseName(s)
	if err != nil {
		return name, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.known == nil || len(n.known) >= maxNames {
		n.known = map[string]Name{}
	}
	n.known[s] = name
	return name, nil
}

// keys are the names that a map of functions may use for n, the closest first.
func (n *Name) keys() []string {
	var keys []string
	for _, base := range []string{n.Arn, n.Name} {
		if base == "" {
			continue
		}
		if n.Qualifier != "" {
			keys = append(keys, base+":"+n.Qualifier)
		}
		keys = append(keys, base)
	}
	return keys
}
