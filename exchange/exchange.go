package exchange

import (
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/mapping/payload"
)

// Event is what happened: the connection of a client, a message, its end, or an
// HTTP request.
type Event string

// The events, worded as $context.eventType.
const (
	Connect    Event = "CONNECT"
	Message    Event = "MESSAGE"
	Disconnect Event = "DISCONNECT"
	Request    Event = "REQUEST"
)

// Exchange is one request or message.
type Exchange struct {
	Event        Event
	AccountID    string
	ApiID        string
	Stage        string
	DomainName   string // the host that the client used, with its port if unusual
	RouteKey     string
	Path         string // what followed the stage in the path of a handshake, as sent, where that is taken
	RequestID    string
	MessageID    string // messages only; drawn when it is asked for, see Message
	ConnectionID string // WebSocket only
	ConnectedAt  time.Time
	RequestTime  time.Time
	Identity     Identity
	Authorizer   Values // what the authorizer handed on, in its order
	AuthorizerAt Step   // what asking the authorizer cost
	UsageKey     string // the API key that the authorizer named (usageIdentifierKey), "" for none
	Error        Failure
	Integration  Step
	Status       int // what the client was answered; 0 while unknown

	DisconnectCode   int // $disconnect only
	DisconnectReason string

	HTTP *HTTP // HTTP APIs only
	Span Span  // nil: nobody traces it
}

// Span is what a tracer keeps of an exchange.
type Span interface {
	// Carry sets the header lines that have a backend continue the trace, once
	// whoever traces was told of its call.
	Carry(set func(name, value string))
}

// HTTP holds what only HTTP requests have.
type HTTP struct {
	Method          string
	Path            string // with the stage, as sent
	Protocol        string
	ResponseLength  int64
	ResponseLatency time.Duration
	DataProcessed   int64
	BasePathMatched string // custom domains
	RoutingRule     string
	EndpointRequest [2]string // x-amzn-requestid and x-amz-id-2 of the backend
}

// Identity is who sent the exchange, as far as it is known; events for functions
// carry it as it is.
type Identity = payload.Identity

// ClientCert is the certificate of a client under mutual TLS.
type ClientCert = payload.ClientCert

// Step is what became of a call to an authorizer or an integration.
type Step struct {
	Status        int // what the backend or function said
	ServiceStatus int // what the service that was called said
	Latency       time.Duration
	RequestID     string
	Error         string
}

// Failure is the error that a client was told of.
type Failure struct {
	Message      string
	ResponseType string
	Validation   string // why a body does not fit its model
}

// Begin makes an exchange with a request id of its own, at the present time.
func Begin(event Event) *Exchange {
	x := &Exchange{}
	x.Begin(event)
	return x
}

// Begin begins an exchange that is part of something larger.
func (x *Exchange) Begin(event Event) {
	x.Event, x.RequestID, x.RequestTime = event, NewRequestID(), time.Now()
}

// FirstLine is what of a message may be shown: the lines behind it repeat to who
// signed badly what was signed, session tokens too.
func FirstLine(message string) string {
	first, _, _ := strings.Cut(message, "\n")
	return first
}
