package exchange

import (
	"strconv"
	"strings"
	"time"
)

// Object is a part of $context whose members are looked up by name, in the form
// that mapping templates take it.
type Object interface {
	// Get is the member of that name: a text, number, boolean or another Object.
	Get(name string) (value any, ok bool)
	// Names are those of all members, in the order in which they are shown.
	Names() []string
}

// clf is the form of requestTime. Documented: API Gateway Developer Guide, Customize
// HTTP API access logs.
const clf = "02/Jan/2006:15:04:05 -0700"

// Get is $context.{name}. Values are string, int64, or an Object.
// Documented: API Gateway Developer Guide, WebSocket API mapping template reference,
// and Customize HTTP API access logs.
func (x *Exchange) Get(name string) (any, bool) {
	switch name {
	case "connectionId":
		return text(x.ConnectionID)
	// Observed: one id under both names.
	case "requestId", "extendedRequestId":
		return text(x.RequestID)
	case "messageId":
		return text(x.Message())
	case "routeKey":
		return text(x.RouteKey)
	case "stage":
		return text(x.Stage)
	case "apiId":
		return text(x.ApiID)
	case "accountId":
		return text(x.AccountID)
	case "domainName":
		return text(x.DomainName)
	case "domainPrefix":
		// Assumed: the API's id, whatever its host begins with.
		return text(x.ApiID)
	case "eventType":
		if x.Event == Request {
			return nil, false
		}
		return string(x.Event), true
	case "messageDirection":
		if x.Event == Request {
			return nil, false
		}
		// Observed: always, since replies have no events of their own.
		return "IN", true
	// Documented: the same page: in milliseconds since 1970.
	case "connectedAt":
		if x.ConnectedAt.IsZero() {
			return nil, false
		}
		return x.ConnectedAt.UnixMilli(), true
	case "requestTime":
		return x.RequestTime.UTC().Format(clf), true
	// Observed: templates calculate with it, so it is a number.
	case "requestTimeEpoch":
		return x.RequestTime.UnixMilli(), true
	case "status":
		return number(x.Status)
	case "identity":
		return identityView{&x.Identity}, true
	case "authorizer":
		return authorizerView{x}, true
	case "error":
		return errorView{&x.Error}, true
	case "integration":
		return stepView{&x.Integration}, true
	case "integrationLatency":
		return latency(x.Integration.Latency)
	// Documented: API Gateway Developer Guide, Customize HTTP API access logs: the
	// status of the service that was called, and not the function's.
	case "integrationStatus":
		return number(x.Integration.ServiceStatus)
	case "integrationErrorMessage":
		return text(x.Integration.Error)
	case "disconnectStatusCode":
		return number(x.DisconnectCode)
	case "disconnectReason":
		return text(x.DisconnectReason)
	}
	// No page of AWS has it for WebSocket APIs: there a path ends with the stage.
	if x.Path != "" && name == "path" {
		return x.Path, true
	}
	if x.HTTP != nil {
		return x.HTTP.get(name)
	}
	return nil, false
}

// Names are the members of $context that this exchange has, in the order that
// AWS's events show them.
func (x *Exchange) Names() []string {
	names := make([]string, 0, 20)
	for _, name := range order {
		if _, ok := x.Get(name); ok {
			names = append(names, name)
		}
	}
	return names
}

var order = []string{
	"routeKey", "disconnectStatusCode", "authorizer", "messageId", "eventType", "extendedRequestId", "requestTime",
	"messageDirection", "disconnectReason", "stage", "connectedAt", "requestTimeEpoch", "identity", "requestId",
	"domainName", "connectionId", "apiId", "error", "status",
}

// get is what HTTP APIs alone have. Documented: API Gateway Developer Guide,
// Customize HTTP API access logs.
func (h *HTTP) get(name string) (any, bool) {
	switch name {
	case "httpMethod":
		return text(h.Method)
	case "path":
		return text(h.Path)
	case "protocol":
		return text(h.Protocol)
	case "responseLength":
		return h.ResponseLength, true
	case "responseLatency":
		return latency(h.ResponseLatency)
	case "dataProcessed":
		return h.DataProcessed, true
	case "awsEndpointRequestId":
		return text(h.EndpointRequest[0])
	case "awsEndpointRequestId2":
		return text(h.EndpointRequest[1])
	case "customDomain":
		return customDomainView{h}, true
	}
	return nil, false
}

// Lookup walks a dotted path, as in "identity.sourceIp", and answers the text of
// what it finds. An absent value is "", false.
func (x *Exchange) Lookup(path string) (string, bool) {
	value, ok := x.Find(path)
	if !ok {
		return "", false
	}
	return Text(value)
}

// Find walks a dotted path, as in "identity.sourceIp", and answers what is there:
// a string, int64, float64, bool, json.RawMessage or an Object.
func (x *Exchange) Find(path string) (any, bool) {
	var at Object = x
	for {
		name, rest, more := strings.Cut(path, ".")
		value, ok := at.Get(name)
		// The longest name first would be a walk over all: claims with dots are rare, and come last.
		if !ok && more { // names with dots in them, such as authorizer claims
			value, ok = at.Get(path)
			more = false
		}
		if !ok || !more {
			return value, ok
		}
		if at, ok = value.(Object); !ok {
			return nil, false
		}
		path = rest
	}
}

// Text is the text of a value of $context; objects have none.
func Text(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case int64:
		return strconv.FormatInt(v, 10), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

// text is a value, or none for an empty one. Observed: a template shows nothing for a
// variable that has none.
func text(s string) (any, bool) {
	if s == "" {
		return nil, false
	}
	return s, true
}

func number(n int) (any, bool) {
	if n == 0 {
		return nil, false
	}
	return strconv.Itoa(n), true
}

func latency(d time.Duration) (any, bool) {
	if d == 0 {
		return nil, false
	}
	return strconv.FormatInt(d.Milliseconds(), 10), true
}
