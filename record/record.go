package record

import "time"

// Kind is what a record is of.
type Kind string

// The kinds.
const (
	HTTP       Kind = "http"       // a request of an HTTP API, or one that has found no API
	Connect    Kind = "connect"    // a handshake
	Message    Kind = "message"    // of a WebSocket's client
	Disconnect Kind = "disconnect" // the end of a connection
	Callback   Kind = "callback"   // a call of @connections
)

// Name is the name of a step.
type Name string

// The steps, in the order in which most exchanges pass them.
const (
	Receive     Name = "receive"
	Host        Name = "host"
	Cors        Name = "cors"
	Throttle    Name = "throttle"
	Key         Name = "key"
	Authorize   Name = "authorize"
	Route       Name = "route"
	Parameters  Name = "parameters"
	Fault       Name = "fault" // what a rule has injected, for tests of clients
	Model       Name = "model"
	Request     Name = "request"
	Integration Name = "integration"
	Backend     Name = "backend"
	Select      Name = "select"
	Response    Name = "response"
	Frame       Name = "frame"
	Log         Name = "log"
)

// Outcome is what came of a step.
type Outcome string

// The outcomes.
const (
	OK      Outcome = "ok"
	Failed  Outcome = "failed"
	Skipped Outcome = "skipped" // there was nothing to do
)

// Step is one thing that was done for an exchange.
type Step struct {
	Name    Name
	At      time.Time
	Took    time.Duration
	Outcome Outcome // "" is OK
	Why     string  // one sentence
	Data    Data
}

// Record is what remains of one exchange. Nobody changes it once it is kept.
type Record struct {
	ID         string
	Node       string // that it was made by, "" where there is one alone
	Time       time.Time
	Kind       Kind
	Api        string // id, "" where none was found
	ApiName    string
	Stage      string
	Route      string
	Connection string
	Status     int
	Duration   time.Duration
	Summary    string
	Steps      []Step
	Replay     string // id of the record of which this is a replay, "" for none

	// Origin is what a replay needs of the exchange: a value of the plane's own, nil
	// where it cannot be replayed. It is in no JSON.
	Origin any
	// Unfit says why the record cannot be replayed, "" where it can.
	Unfit string
}

// Failure is the first step that failed, nil for none.
func (r *Record) Failure() *Step {
	for i := range r.Steps {
		if r.Steps[i].Outcome == Failed {
			return &r.Steps[i]
		}
	}
	return nil
}

// Find is the last step of a name, nil for none.
func (r *Record) Find(name Name) *Step {
	for i := len(r.Steps) - 1; i >= 0; i-- {
		if r.Steps[i].Name == name {
			return &r.Steps[i]
		}
	}
	return nil
}
