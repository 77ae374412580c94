package refusal

import "net/http"

// Protocol is whose words a refusal has.
type Protocol uint8

// The protocols.
const (
	HTTP Protocol = iota
	WebSocket
	protocols
)

// Kind is why an exchange is refused.
type Kind uint8

// The kinds. The zero Kind is a failure of the gateway's own.
const (
	Configuration     Kind = iota // what is deployed does not work
	NotFound                      // there is no such stage or route
	Throttled                     // the throttle of the route or the account
	TooLarge                      // the body
	LongHeader                    // the request line and header
	BadParameters                 // what would be made of the client's parameters cannot be sent
	MissingParameters             // a parameter that the route requires
	BadBody                       // it does not fit the route's model
	UnsupportedMedia              // no template takes the body, and it may not be passed on
	Busy                          // there is no memory for it
	Unauthorized                  // who the client is was not told
	Denied                        // the client may not
	MessageDenied                 // the client may not send a message on its route
	AuthorizerFailed              // the authorizer could not decide
	KeyUnknown                    // no such API key for the stage, or it is disabled
	KeyThrottled                  // too fast for the usage plan
	KeyExhausted                  // the quota of the usage plan is used up
	Integration                   // the backend's answer is none
	Unreachable                   // the backend did not answer
	TimedOut                      // the backend took too long
	Uncallable                    // the backend cannot be called as it is configured
	ClientGone                    // nobody is there to be told
	Injected                      // a rule has the exchange fail, for tests of clients
	Cut                           // a rule ends the connection: nobody is told
	kinds
)

// StatusClientGone is the status of a request whose client went away: nobody is told,
// only the log. Assumed: the number, which is no status of HTTP.
const StatusClientGone = 499

// words are what one protocol has for one kind.
type words struct {
	status       int
	message      string
	responseType string
}

// The words that rows have in common.
const (
	notFound    = "Not Found"
	badRequest  = "Bad Request"
	forbidden   = "Forbidden"
	tooMany     = "Too Many Requests"
	unavailable = "Service Unavailable"
	internal    = "Internal Server Error"
	internalWS  = "Internal server error"
)

// table words each kind, for HTTP APIs and for WebSocket APIs.
//
// Observed for HTTP APIs: timeouts, unreachable backends and throttled functions are
// 503. Assumed for them: the texts of 400 and 431, and the response type of Busy.
// Assumed for WebSocket APIs: the texts and statuses of REST APIs where no frame was
// observed (Throttled, Busy, UnsupportedMedia, BadParameters), and that what
// authorizers and keys refuse has no response type; the texts of keys are those of
// REST APIs. A kind that a protocol does not have is worded as the nearest that it has.
var table = [kinds][protocols]words{
	Configuration:     {{http.StatusInternalServerError, internal, "API_CONFIGURATION_ERROR"}, {http.StatusInternalServerError, internalWS, "API_CONFIGURATION_ERROR"}},
	NotFound:          {{http.StatusNotFound, notFound, "NOT_FOUND"}, {http.StatusForbidden, forbidden, "ACCESS_DENIED"}},
	Throttled:         {{http.StatusTooManyRequests, tooMany, "THROTTLED"}, {http.StatusTooManyRequests, tooMany, "THROTTLED"}},
	TooLarge:          {{http.StatusRequestEntityTooLarge, "Request Entity Too Large", "REQUEST_TOO_LARGE"}, {http.StatusBadRequest, badRequest, "REQUEST_TOO_LARGE"}},
	LongHeader:        {{http.StatusRequestHeaderFieldsTooLarge, "Request Header Fields Too Large", "REQUEST_TOO_LARGE"}, {http.StatusBadRequest, badRequest, "REQUEST_TOO_LARGE"}},
	BadParameters:     {{http.StatusBadRequest, badRequest, "BAD_REQUEST_PARAMETERS"}, {http.StatusBadRequest, badRequest, "BAD_REQUEST_PARAMETERS"}},
	MissingParameters: {{http.StatusBadRequest, badRequest, "BAD_REQUEST_PARAMETERS"}, {http.StatusBadRequest, "Missing required request parameters", "BAD_REQUEST_PARAMETERS"}},
	BadBody:           {{http.StatusBadRequest, badRequest, "BAD_REQUEST_BODY"}, {http.StatusBadRequest, "Invalid request body", "BAD_REQUEST_BODY"}},
	UnsupportedMedia:  {{http.StatusUnsupportedMediaType, "Unsupported Media Type", "UNSUPPORTED_MEDIA_TYPE"}, {http.StatusUnsupportedMediaType, "Unsupported Media Type", "UNSUPPORTED_MEDIA_TYPE"}},
	Busy:              {{http.StatusServiceUnavailable, unavailable, "SERVICE_UNAVAILABLE"}, {http.StatusServiceUnavailable, unavailable, "SERVICE_UNAVAILABLE"}},
	Unauthorized:      {{http.StatusUnauthorized, "Unauthorized", "UNAUTHORIZED"}, {http.StatusUnauthorized, "Unauthorized", ""}},
	Denied:            {{http.StatusForbidden, forbidden, "ACCESS_DENIED"}, {http.StatusForbidden, "User is not authorized to access this resource", ""}},
	MessageDenied:     {{http.StatusForbidden, forbidden, "ACCESS_DENIED"}, {http.StatusForbidden, forbidden, "ACCESS_DENIED"}},
	AuthorizerFailed:  {{http.StatusInternalServerError, internal, "AUTHORIZER_FAILURE"}, {http.StatusInternalServerError, internalWS, ""}},
	KeyUnknown:        {{http.StatusForbidden, forbidden, "INVALID_API_KEY"}, {http.StatusForbidden, forbidden, ""}},
	KeyThrottled:      {{http.StatusTooManyRequests, tooMany, "THROTTLED"}, {http.StatusTooManyRequests, tooMany, ""}},
	KeyExhausted:      {{http.StatusTooManyRequests, "Limit Exceeded", "QUOTA_EXCEEDED"}, {http.StatusTooManyRequests, "Limit Exceeded", ""}},
	Integration:       {{http.StatusInternalServerError, internal, "INTEGRATION_FAILURE"}, {http.StatusBadGateway, internalWS, "INTEGRATION_FAILURE"}},
	Unreachable:       {{http.StatusServiceUnavailable, unavailable, "INTEGRATION_FAILURE"}, {http.StatusBadGateway, internalWS, "INTEGRATION_FAILURE"}},
	TimedOut:          {{http.StatusServiceUnavailable, unavailable, "INTEGRATION_TIMEOUT"}, {http.StatusGatewayTimeout, "Endpoint request timed out", "INTEGRATION_TIMEOUT"}},
	Uncallable:        {{http.StatusInternalServerError, internal, "INTEGRATION_FAILURE"}, {http.StatusInternalServerError, internalWS, "API_CONFIGURATION_ERROR"}},
	Injected:          {{http.StatusInternalServerError, internal, "INTEGRATION_FAILURE"}, {http.StatusBadGateway, internalWS, "INTEGRATION_FAILURE"}},
	Cut:               {{StatusClientGone, "the connection was cut", ""}, {StatusClientGone, "the connection was cut", ""}},
	ClientGone:        {{StatusClientGone, "the client went away", ""}, {http.StatusBadGateway, internalWS, "INTEGRATION_FAILURE"}},
}
