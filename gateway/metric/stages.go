package metric

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/dragoman-gateway/dragoman/measure"
)

// Stages adds a number of each stage, asked for at every reading. The name gets the prefix
// "dragoman_". Stages beyond the bound of series are one together: whoever deploys many must
// not fill the memory of those who scrape.
func (m *Metrics) Stages(name, help string, value func() map[measure.Stage]float64) {
	m.registry.MustRegister(&ofStages{m, prometheus.NewDesc("dragoman_"+name, help, names[:2], nil), value})
}

// ofStages reads the numbers of stages.
type ofStages struct {
	metrics *Metrics
	desc    *prometheus.Desc
	value   func() map[measure.Stage]float64
}

// Describe implements prometheus.Collector.
func (c *ofStages) Describe(to chan<- *prometheus.Desc) { to <- c.desc }

// Collect implements prometheus.Collector.
func (c *ofStages) Collect(to chan<- prometheus.Metric) {
	var all map[measure.Stage]float64
	// A panic leaves the reading without this family, and is told.
	_ = c.metrics.reports.Do("a metric of stages", func() { all = c.value() })
	told, others := 0, 0.0
	// Which stages are beyond the bound may change with each reading; their sum does not.
	for stage, n := range all {
		if told++; told > c.metrics.limit {
			others += n
			continue
		}
		to <- prometheus.MustNewConstMetric(c.desc, prometheus.GaugeValue, n, stage.API, stage.Name)
	}
	if told > c.metrics.limit {
		to <- prometheus.MustNewConstMetric(c.desc, prometheus.GaugeValue, others, elsewhere[0], elsewhere[1])
	}
}
