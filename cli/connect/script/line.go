package script

import "time"

// Verb is what a line of a conversation does.
type Verb int

// The verbs, with how they are written.
const (
	Send      Verb = iota // > TEXT
	Expect                // < TEXT
	Connected             // = connected
	Refused               // = refused STATUS [BODY]
	Closed                // = closed CODE [REASON]
	Silence               // = silence DURATION
	Ping                  // /ping
	Close                 // /close [CODE [REASON]]
	Wait                  // /wait DURATION
	Reconnect             // /reconnect
)

// Frame is one message of either direction.
type Frame struct {
	Body   []byte
	Binary bool
}

// Line is one line of a conversation, with the lines that continue it.
type Line struct {
	Number int    // of its first line in the file, from 1
	Text   string // as it was written
	Verb   Verb

	Frame    Frame         // Send; Expect where it is exact
	Want     *Pattern      // Expect, and the body of Refused; nil where Frame is exact or anything will do
	AnyOrder bool          // Expect: it may come after those of its group that follow
	Within   time.Duration // Expect, Closed, Connected; how long for Wait and Silence; 0 is the usual
	Code     int           // status of Refused; code of Closed and Close, 0 for any
	Reason   string        // Closed and Close; "" for any
	Captures []string      // Send: the names that its text may use
}
