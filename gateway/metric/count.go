package metric

import (
	"maps"
	"net/http"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/measure"
	"github.com/dragoman-gateway/dragoman/plan"
)

// counters are those of one combination of labels.
type counters struct {
	count, clientErrors, serverErrors, data            prometheus.Counter // HTTP APIs
	latency                                            prometheus.Observer
	connects, messages, integration, client, execution prometheus.Counter // WebSocket APIs
	integrationLatency                                 prometheus.Observer
}

// counted counts the exchanges of one stage: in counters of its own, and of the routes
// that have some of their own.
type counted struct {
	*Metrics
	stage  *plan.Stage
	own    *counters
	routes atomic.Pointer[map[string]*counters] // by route key, replaced whole
	hours  atomic.Pointer[map[string]*measure.Series]
}

var _ tap.Subscriber = (*counted)(nil)

// Stage is a tap.Source: every stage is counted.
func (m *Metrics) Stage(stage *plan.Stage) tap.Subscriber {
	if stage == nil {
		return nil
	}
	return &counted{Metrics: m, stage: stage, own: m.make(stage, "")}
}

// Wants implements tap.Subscriber.
func (c *counted) Wants(*plan.Settings) tap.Kinds { return tap.Of(tap.Ended, tap.Posted) }

// Step implements tap.Subscriber.
func (c *counted) Step(x *exchange.Exchange, route *plan.Settings, s tap.Step) {
	switch {
	case s.Kind == tap.Posted:
		c.own.messages.Inc()
		c.hour("").Add(measure.Event{Posted: true, Messages: 1})
	case x.Event == exchange.Request:
		c.counters(x.RouteKey, route).request(x)
		c.hour(routeOf(x, route)).Add(event(x, false))
	default:
		c.counters(x.RouteKey, route).message(x, s.Replied)
		c.hour(routeOf(x, route)).Add(event(x, s.Replied))
	}
}

// routeOf is the route under which an exchange is kept; "" where none was found, so that
// what clients send names no series.
func routeOf(x *exchange.Exchange, route *plan.Settings) string {
	if route == nil {
		return ""
	}
	return x.RouteKey
}

// event is an exchange as the last hour has it.
func event(x *exchange.Exchange, replied bool) measure.Event {
	e := measure.Event{Status: x.Status, Connect: x.Event == exchange.Connect, IntegrationLatency: x.Integration.Latency}
	called := x.Integration.Status != 0 || x.Integration.Error != ""
	// A backend that answers 429 throttles by itself: that is an error of its own, and none
	// of the limits that the API's owner has set.
	e.Throttled = x.Status == http.StatusTooManyRequests && !called
	switch {
	case x.Event == exchange.Disconnect: // its status is a close code
		e.Status = 0
	// Documented: API Gateway Developer Guide, Monitor WebSocket APIs with CloudWatch
	// metrics, MessageCount: those to the client count as those from it do.
	case x.Event == exchange.Message:
		if e.Messages = 1; replied {
			e.Messages = 2
		}
	case x.HTTP != nil:
		e.Latency = x.HTTP.ResponseLatency
	}
	return e
}

// hour finds the last hour of a route.
func (c *counted) hour(route string) *measure.Series {
	for {
		hours := c.hours.Load()
		if hours != nil {
			if found := (*hours)[route]; found != nil {
				return found
			}
		}
		next := map[string]*measure.Series{}
		if hours != nil {
			maps.Copy(next, *hours)
		}
		next[route] = c.Hour.Series(measure.Key{API: c.stage.ApiID, Stage: c.stage.Name, Route: route})
		c.hours.CompareAndSwap(hours, &next)
	}
}

// counters finds the counters of an exchange. Settings are those of its route,
// nil when it has none.
func (c *counted) counters(routeKey string, settings *plan.Settings) *counters {
	if settings == nil || !settings.DetailedMetrics {
		return c.own
	}
	for {
		routes := c.routes.Load()
		if routes != nil {
			if found := (*routes)[routeKey]; found != nil {
				return found
			}
		}
		next := map[string]*counters{}
		if routes != nil {
			next = maps.Clone(*routes)
		}
		next[routeKey] = c.make(c.stage, routeKey)
		c.routes.CompareAndSwap(routes, &next)
	}
}

func (m *Metrics) make(stage *plan.Stage, route string) *counters {
	l := m.admit(labels{stage.ApiID, stage.Name, route})
	c := &counters{integrationLatency: m.integrationLatency.WithLabelValues(l[:]...)}
	if stage.Protocol != "WEBSOCKET" {
		c.count = m.count.WithLabelValues(l[:]...)
		c.clientErrors = m.clientErrors.WithLabelValues(l[:]...)
		c.serverErrors = m.serverErrors.WithLabelValues(l[:]...)
		c.data = m.data.WithLabelValues(l[:]...)
		c.latency = m.latency.WithLabelValues(l[:]...)
		return c
	}
	c.connects = m.connects.WithLabelValues(l[:]...)
	c.messages = m.messages.WithLabelValues(l[:]...)
	c.integration = m.integration.WithLabelValues(l[:]...)
	c.client = m.client.WithLabelValues(l[:]...)
	c.execution = m.execution.WithLabelValues(l[:]...)
	return c
}

// request counts a request of an HTTP API that has ended.
func (c *counters) request(x *exchange.Exchange) {
	c.count.Inc()
	switch {
	case x.Status >= 400 && x.Status < 500:
		c.clientErrors.Inc()
	case x.Status >= 500:
		c.serverErrors.Inc()
	}
	if x.HTTP != nil {
		c.data.Add(float64(x.HTTP.DataProcessed))
		c.latency.Observe(x.HTTP.ResponseLatency.Seconds())
	}
	if x.Integration.Latency > 0 {
		c.integrationLatency.Observe(x.Integration.Latency.Seconds())
	}
}

// message counts a handshake, a message or the end of a connection of a WebSocket
// API; replied says that the client of a message was answered.
func (c *counters) message(x *exchange.Exchange, replied bool) {
	switch x.Event {
	case exchange.Connect:
		c.connects.Inc()
	case exchange.Message:
		c.messages.Inc()
		if replied {
			c.messages.Inc()
		}
	}
	switch called := x.Integration.Status != 0 || x.Integration.Error != ""; {
	case !called && x.Status >= 400 && x.Status < 500:
		c.client.Inc()
	case x.Integration.Status >= 400:
		c.integration.Inc()
	case x.Integration.Error != "", x.Status >= 500:
		c.execution.Inc()
	}
	if x.Integration.Latency > 0 { // a mock has none
		c.integrationLatency.Observe(x.Integration.Latency.Seconds())
	}
}
