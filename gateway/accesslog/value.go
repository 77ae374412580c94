package accesslog

import (
	stdjson "encoding/json"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// clf is the time format of the Common Log Format.
const clf = "02/Jan/2006:15:04:05 -0700"

// renderer chooses how a variable of $context is rendered. Those of every line
// are read from the exchange directly, all others are looked up by name.
// Documented: API Gateway Developer Guide, Customize HTTP API access logs, and
// Configure logging for WebSocket APIs.
func renderer(path string) render {
	switch path {
	// Observed: one id under both names.
	case "requestId", "extendedRequestId":
		return text(func(x *exchange.Exchange) string { return x.RequestID })
	case "routeKey":
		return text(func(x *exchange.Exchange) string { return x.RouteKey })
	case "stage":
		return text(func(x *exchange.Exchange) string { return x.Stage })
	case "connectionId":
		return text(func(x *exchange.Exchange) string { return x.ConnectionID })
	case "identity.sourceIp":
		return text(func(x *exchange.Exchange) string { return x.Identity.SourceIP })
	case "identity.userAgent":
		return text(func(x *exchange.Exchange) string { return x.Identity.UserAgent })
	case "requestTime":
		return requestTime()
	case "requestTimeEpoch":
		return func(dst []byte, x *exchange.Exchange) ([]byte, bool) {
			return strconv.AppendInt(dst, x.RequestTime.UnixMilli(), 10), true
		}
	case "status":
		return status(func(x *exchange.Exchange) int { return x.Status })
	case "integration.status":
		return status(func(x *exchange.Exchange) int { return x.Integration.Status })
	// Documented: the same pages: this is what the service said that was called; what
	// a function said is integration.status.
	case "integrationStatus", "integration.integrationStatus":
		return status(func(x *exchange.Exchange) int { return x.Integration.ServiceStatus })
	case "integrationLatency", "integration.latency":
		return latency(func(x *exchange.Exchange) time.Duration { return x.Integration.Latency })
	case "error.messageString":
		return messageString
	}
	if render := renderHTTP(path); render != nil {
		return render
	}
	return lookup(path)
}

// renderHTTP is for the variables of HTTP requests; nil for any other.
func renderHTTP(path string) render {
	switch path {
	case "httpMethod":
		return http(func(h *exchange.HTTP) string { return h.Method })
	case "protocol":
		return http(func(h *exchange.HTTP) string { return h.Protocol })
	case "path":
		return text(func(x *exchange.Exchange) string {
			if x.HTTP == nil {
				return x.Path // of a handshake, where a stage takes any
			}
			return x.HTTP.Path
		})
	case "responseLength":
		return size(func(h *exchange.HTTP) int64 { return h.ResponseLength })
	case "dataProcessed":
		return size(func(h *exchange.HTTP) int64 { return h.DataProcessed })
	case "responseLatency":
		return size(func(h *exchange.HTTP) int64 { return h.ResponseLatency.Milliseconds() })
	}
	return nil
}

// requestTime is in the Common Log Format, to the second. The last second's text is kept: a
// busy stage writes it for thousands of lines.
func requestTime() render {
	type written struct {
		second int64
		text   string
	}
	var last atomic.Pointer[written]
	return func(dst []byte, x *exchange.Exchange) ([]byte, bool) {
		second := x.RequestTime.Unix()
		w := last.Load()
		if w == nil || w.second != second {
			w = &written{second, x.RequestTime.UTC().Format(clf)}
			last.Store(w)
		}
		return append(dst, w.text...), true
	}
}

func text(of func(*exchange.Exchange) string) render {
	return func(dst []byte, x *exchange.Exchange) ([]byte, bool) {
		s := of(x)
		return append(dst, s...), s != ""
	}
}

func http(of func(*exchange.HTTP) string) render {
	return func(dst []byte, x *exchange.Exchange) ([]byte, bool) {
		// A message of a WebSocket API has no method and no protocol: the line gets a dash.
		if x.HTTP == nil {
			return dst, false
		}
		return append(dst, of(x.HTTP)...), true
	}
}

func size(of func(*exchange.HTTP) int64) render {
	return func(dst []byte, x *exchange.Exchange) ([]byte, bool) {
		if x.HTTP == nil {
			return dst, false
		}
		return strconv.AppendInt(dst, of(x.HTTP), 10), true
	}
}

func status(of func(*exchange.Exchange) int) render {
	return func(dst []byte, x *exchange.Exchange) ([]byte, bool) {
		// Zero is no status: nobody was called, or nobody has answered.
		n := of(x)
		return strconv.AppendInt(dst, int64(n), 10), n != 0
	}
}

// latency is in milliseconds. Documented: API Gateway Developer Guide, Customize HTTP
// API access logs. A call that was not made took no time, and shows as a dash.
func latency(of func(*exchange.Exchange) time.Duration) render {
	return func(dst []byte, x *exchange.Exchange) ([]byte, bool) {
		d := of(x)
		return strconv.AppendInt(dst, d.Milliseconds(), 10), d != 0
	}
}

// messageString is the message of the error in its quotes, so that a format in
// JSON can name it outside of a string.
// Documented: API Gateway Developer Guide, Customize HTTP API access logs: it has its
// quotes.
func messageString(dst []byte, x *exchange.Exchange) ([]byte, bool) {
	if x.Error.Message == "" {
		return dst, false
	}
	return json.AppendString(dst, x.Error.Message, json.Compact), true
}

func lookup(path string) render {
	return func(dst []byte, x *exchange.Exchange) ([]byte, bool) {
		value, ok := x.Find(path)
		if !ok {
			return dst, false
		}
		if raw, tree := value.(stdjson.RawMessage); tree {
			return append(dst, raw...), true
		}
		s, ok := exchange.Text(value)
		return append(dst, s...), ok
	}
}
