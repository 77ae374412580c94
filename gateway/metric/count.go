package metric

import (
	"maps"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/plan"
)

// counters are those of one combination of labels.
type counters struct {
	count, clientErrors, serverErrors, data            prometheus.Counter // HTTP APIs
	latency                                            prometheus.Observer
	connects, messages, integration, client, execution prometheus.Counter // WebSocket APIs
	integrationLatency                                 prometheus.Observer
}

// counted is what a stage keeps: its own counters, and those of the routes that
// have some of their own.
type counted struct {
	stage  *counters
	routes atomic.Pointer[map[string]*counters] // by route key, replaced whole
}

// counters finds the counters of an exchange. Settings are those of its route,
// nil when it has none.
func (m *Metrics) counters(stage *plan.Stage, routeKey string, settings *plan.Settings) *counters {
	kept := stage.Metrics.Get()
	if kept == nil {
		kept = stage.Metrics.Keep(&counted{stage: m.make(stage, "")})
	}
	c := kept.(*counted)
	if settings == nil || !settings.DetailedMetrics {
		return c.stage
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
		next[routeKey] = m.make(stage, routeKey)
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

// Request counts a request of an HTTP API that has ended; settings are those of
// its route, nil when none was found.
func (m *Metrics) Request(x *exchange.Exchange, stage *plan.Stage, settings *plan.Settings) {
	c := m.counters(stage, x.RouteKey, settings)
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

// Message counts a handshake, a message or the end of a connection of a WebSocket
// API; route is nil when none was found.
func (m *Metrics) Message(x *exchange.Exchange, stage *plan.Stage, route *plan.Route) {
	var settings *plan.Settings
	if route != nil {
		settings = &route.Settings
	}
	c := m.counters(stage, x.RouteKey, settings)
	switch x.Event {
	case exchange.Connect:
		c.connects.Inc()
	case exchange.Message:
		c.messages.Inc()
		if x.Error.Message != "" || route != nil && route.TwoWay {
			c.messages.Inc() // the client was answered
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

// Sent counts a message that a backend sent through @connections.
func (m *Metrics) Sent(stage *plan.Stage) { m.counters(stage, "", nil).messages.Inc() }
