package resource

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ExtensionPrefix begins the names of stage variables that are read by the gateway itself: they
// turn on, for a stage of a WebSocket API, what AWS does not have. They reach no event, template or
// backend, so that a handler sees what it would see on AWS.
const ExtensionPrefix = "dragoman_"

// Extensions are what a stage does beyond AWS. The zero value is nothing.
type Extensions struct {
	Path     bool // what follows the stage in the path of a handshake is taken, and is $context.path
	Close    bool // DELETE @connections may say the close code and a reason
	InOrder  bool // the messages of a connection are answered one after the other
	Binary   bool // clients may send binary messages
	Activity bool // pings of clients count as activity

	Ping     time.Duration // how often the gateway pings clients; 0 for never
	Idle     time.Duration // without activity; 0 for that of the gateway
	Lifetime time.Duration // of a connection; 0 for that of the gateway
	Message  int           // bytes of a message, at most those of the gateway; 0 for that
	InFlight int           // messages of a connection side by side; 0 for that of the gateway
}

// extension is one that can be named.
type extension struct {
	form string
	set  func(e *Extensions, value string) bool
}

// Bounds of what a stage can ask for: what is longer is never meant, and what is shorter would
// keep the gateway busy with nothing.
const (
	leastPing    = 5 * time.Second
	leastTime    = time.Second
	longestTime  = 30 * 24 * time.Hour
	mostInFlight = 1000
	mostMessage  = 1 << 30 // the gateway's own limit holds too
)

var extensions = map[string]extension{
	"path":          truth(func(e *Extensions) *bool { return &e.Path }),
	"close":         truth(func(e *Extensions) *bool { return &e.Close }),
	"in_order":      truth(func(e *Extensions) *bool { return &e.InOrder }),
	"binary":        truth(func(e *Extensions) *bool { return &e.Binary }),
	"ping_activity": truth(func(e *Extensions) *bool { return &e.Activity }),
	"ping":          span(leastPing, func(e *Extensions) *time.Duration { return &e.Ping }),
	"idle_timeout":  span(leastTime, func(e *Extensions) *time.Duration { return &e.Idle }),
	"max_lifetime":  span(leastTime, func(e *Extensions) *time.Duration { return &e.Lifetime }),
	"max_message":   number(mostMessage, func(e *Extensions) *int { return &e.Message }),
	"in_flight":     number(mostInFlight, func(e *Extensions) *int { return &e.InFlight }),
}

func truth(of func(*Extensions) *bool) extension {
	return extension{"true or false", func(e *Extensions, value string) bool {
		*of(e) = value == "true"
		return value == "true" || value == "false"
	}}
}

func span(least time.Duration, of func(*Extensions) *time.Duration) extension {
	return extension{fmt.Sprintf("a duration of %s to 720h, such as 30s", least), func(e *Extensions, value string) bool {
		d, err := time.ParseDuration(value)
		*of(e) = d
		return err == nil && d >= least && d <= longestTime
	}}
}

func number(most int, of func(*Extensions) *int) extension {
	return extension{fmt.Sprintf("a number from 1 to %d", most), func(e *Extensions, value string) bool {
		n, err := strconv.Atoi(value)
		*of(e) = n
		return err == nil && n >= 1 && n <= most
	}}
}

// Set turns an extension on by its name, without the prefix, and its value. An error says
// which there are, or what the value must be.
func (e *Extensions) Set(name, value string) error {
	x, ok := extensions[name]
	if !ok {
		return fmt.Errorf("there is no extension %q: there are %s", name, strings.Join(slices.Sorted(maps.Keys(extensions)), ", "))
	}
	next := *e
	if !x.set(&next, value) {
		return fmt.Errorf("extension %s: want %s, got %q", name, x.form, value)
	}
	*e = next
	return nil
}

// With are these extensions with what the variables of a stage say of them. What cannot be
// meant is passed over: whoever writes a stage is told so, see Validate.
func (e Extensions) With(variables map[string]string) Extensions {
	for name, value := range variables {
		if name, ok := strings.CutPrefix(name, ExtensionPrefix); ok {
			_ = e.Set(name, value)
		}
	}
	return e
}

// PlainVariables are the variables of a stage that events, templates and backends see.
func PlainVariables(variables map[string]string) map[string]string {
	for name := range variables {
		if strings.HasPrefix(name, ExtensionPrefix) {
			plain := maps.Clone(variables)
			maps.DeleteFunc(plain, func(name, _ string) bool { return strings.HasPrefix(name, ExtensionPrefix) })
			return plain
		}
	}
	return variables // as nearly always: nothing is copied
}
