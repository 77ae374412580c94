package metric

import (
	"math"
	"net/http"
	"strings"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/measure"
)

// Metrics counts for all stages. It is safe for concurrent use.
type Metrics struct {
	Hour measure.Hour // the last one of each route

	registry *prometheus.Registry
	limit    int
	reports  *tasks.Reporter

	count, clientErrors, serverErrors, data            *prometheus.CounterVec // HTTP APIs
	connects, messages, integration, client, execution *prometheus.CounterVec // WebSocket APIs
	latency /* HTTP APIs */, integrationLatency/* both */ *prometheus.HistogramVec
	vectors []vector

	mu    sync.Mutex // Protects fields below.
	known map[labels]bool
}

// labels are the values of ApiId, Stage and Route.
type labels [3]string

var names = []string{"ApiId", "Stage", "Route"}

// elsewhere are the labels for all beyond the bound.
var elsewhere = labels{"other", "other", ""}

type vector interface {
	prometheus.Collector
	DeletePartialMatch(prometheus.Labels) int
}

// DefaultSeries is how many combinations of API, stage and route are told apart
// when nothing else is said: 600 APIs with a few stages, and some detail.
const DefaultSeries = 10_000

// seconds are the bounds of latencies, from a mock to the longest timeout.
var seconds = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}

// New makes the metrics of a process; at most series combinations of API, stage
// and route are told apart, DefaultSeries when it is zero.
func New(series int) *Metrics {
	if series == 0 {
		series = DefaultSeries
	}
	m := &Metrics{registry: prometheus.NewRegistry(), limit: series, known: map[labels]bool{}}
	m.count = m.counter("count_total", "Requests of HTTP APIs (Count).")
	m.clientErrors = m.counter("4xx_total", "Requests of HTTP APIs answered with a status from 400 to 499 (4xx).")
	m.serverErrors = m.counter("5xx_total", "Requests of HTTP APIs answered with a status from 500 to 599 (5xx).")
	m.data = m.counter("data_processed_bytes_total", "Bytes of the bodies of requests and answers of HTTP APIs (DataProcessed).")
	m.latency = m.histogram("latency_seconds", "Time from a request of an HTTP API to the end of its answer (Latency).")
	m.integrationLatency = m.histogram("integration_latency_seconds", "Time from the call of a backend to its answer (IntegrationLatency).")
	m.connects = m.counter("connect_count_total", "Handshakes of WebSocket APIs (ConnectCount).")
	m.messages = m.counter("message_count_total", "Messages of WebSocket APIs, from and to clients (MessageCount).")
	m.integration = m.counter("integration_error_total", "Answers of backends of WebSocket APIs with a status from 400 (IntegrationError).")
	m.client = m.counter("client_error_total", "Refusals with a status from 400 to 499 before a backend was called (ClientError).")
	m.execution = m.counter("execution_error_total", "Calls of backends of WebSocket APIs that failed (ExecutionError).")
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

const namespace = "aws_apigateway_"

func (m *Metrics) counter(name, help string) *prometheus.CounterVec {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: namespace + name, Help: help}, names)
	m.add(v)
	return v
}

func (m *Metrics) histogram(name, help string) *prometheus.HistogramVec {
	v := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: namespace + name, Help: help, Buckets: seconds}, names)
	m.add(v)
	return v
}

func (m *Metrics) add(v vector) {
	m.registry.MustRegister(v)
	m.vectors = append(m.vectors, v)
}

// Report says who is told of panics of those who are asked for their numbers, which
// happens in goroutines of the library's own. It must be called first.
func (m *Metrics) Report(to *tasks.Reporter) { m.reports = to }

// guarded is value, or no number where that panics.
func (m *Metrics) guarded(value func() float64) func() float64 {
	return func() float64 {
		number := math.NaN()
		_ = m.reports.Do("a metric", func() { number = value() })
		return number
	}
}

// Gauge adds a number of the gateway itself, asked for at every reading. The name
// gets the prefix "dragoman_".
func (m *Metrics) Gauge(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "dragoman_" + name, Help: help}, m.guarded(value)))
}

// Counter is Gauge for a number that only rises; the constant labels tell those
// of one name apart and may be nil.
func (m *Metrics) Counter(name, help string, labels map[string]string, value func() float64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "dragoman_" + name, Help: help, ConstLabels: labels}, m.guarded(value)))
}

// Handler answers Prometheus in the format that it asks for.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
}

// Totals are what Prometheus would read of APIs at this moment, by name and labels; of
// what is measured in time, how often and how long together.
func (m *Metrics) Totals() []measure.Total {
	families, err := m.registry.Gather()
	if err != nil {
		return nil
	}
	totals := []measure.Total{}
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), namespace) {
			continue
		}
		for _, s := range f.GetMetric() {
			t := measure.Total{Name: f.GetName()}
			for _, l := range s.GetLabel() {
				switch l.GetName() {
				case names[0]:
					t.API = l.GetValue()
				case names[1]:
					t.Stage = l.GetValue()
				case names[2]:
					t.Route = l.GetValue()
				}
			}
			// A reader sums what it is told; buckets are Prometheus's own affair.
			if h := s.GetHistogram(); h != nil {
				count, sum := t, t
				count.Name, count.Value = t.Name+"_count", float64(h.GetSampleCount())
				sum.Name, sum.Value = t.Name+"_sum", h.GetSampleSum()
				totals = append(totals, count, sum)
				continue
			}
			t.Value = s.GetCounter().GetValue()
			totals = append(totals, t)
		}
	}
	return totals
}

// admit answers the labels to count under: those given, or elsewhere when there
// are too many already.
func (m *Metrics) admit(l labels) labels {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.known[l] {
		if len(m.known) >= m.limit {
			return elsewhere
		}
		m.known[l] = true
	}
	return l
}

// Forget drops the metrics of a stage that is served no more, or of all stages of
// an API when stage is "".
func (m *Metrics) Forget(apiID, stage string) {
	match := prometheus.Labels{names[0]: apiID}
	if stage != "" {
		match[names[1]] = stage
	}
	for _, v := range m.vectors {
		v.DeletePartialMatch(match)
	}
	m.Hour.Forget(apiID, stage)
	m.mu.Lock()
	defer m.mu.Unlock()
	for l := range m.known {
		if l[0] == apiID && (stage == "" || l[1] == stage) {
			delete(m.known, l)
		}
	}
}
