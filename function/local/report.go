package local

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Lambda's own lines of a log. Documented: AWS Lambda Developer Guide, Viewing
// CloudWatch logs, and for functions whose lines are JSON: Telemetry API, Event schema
// reference, and Log-level filtering: at WARN only what failed is told.

// logStart tells that an invocation begins.
func (p *process) logStart(in *invocation) {
	if p.pool.function.Logging.JSON {
		p.platform("start", "", map[string]any{"requestId": in.id, "version": in.version})
		return
	}
	p.log("START RequestId: " + in.id + " Version: " + in.version)
}

// logEnd tells that it is over and what it has used. kind says how it failed, "" for
// not.
func (p *process) logEnd(in *invocation, took time.Duration, kind string) {
	// Documented: AWS Lambda Pricing: duration is rounded up to the next millisecond, and
	// the init phase counts.
	billed := (took + p.initTook + time.Millisecond - 1) / time.Millisecond
	began := p.initTook
	p.initTook = 0
	memory, most := p.pool.function.Memory, p.memory.most()>>20
	if p.pool.function.Logging.JSON {
		metrics := map[string]any{"durationMs": inMilliseconds(took), "billedDurationMs": billed, "memorySizeMB": memory, "maxMemoryUsedMB": most}
		if began > 0 {
			metrics["initDurationMs"] = inMilliseconds(began)
		}
		p.platform("report", kind, map[string]any{"requestId": in.id, "metrics": metrics})
		return
	}
	p.log("END RequestId: " + in.id)
	var b strings.Builder
	// Tools split the line at its tabs, and it has one at the end: both are as Lambda has
	// them.
	fmt.Fprintf(&b, "REPORT RequestId: %s\tDuration: %s ms\tBilled Duration: %d ms\tMemory Size: %d MB\tMax Memory Used: %d MB\t",
		in.id, milliseconds(took), billed, memory, most)
	if began > 0 {
		fmt.Fprintf(&b, "Init Duration: %s ms\t", milliseconds(began))
	}
	if kind != "" {
		b.WriteString("Status: " + status(kind))
	}
	p.log(b.String())
}

// logInit tells of an init phase that failed.
func (p *process) logInit(took time.Duration, phase, kind string) {
	if p.pool.function.Logging.JSON {
		p.platform("initReport", kind, map[string]any{"initializationType": "on-demand", "phase": phase, "metrics": map[string]any{"durationMs": inMilliseconds(took)}})
		return
	}
	p.log(fmt.Sprintf("INIT_REPORT Init Duration: %s ms\tPhase: %s\tStatus: %s", milliseconds(took), phase, status(kind)))
}

// platform logs an event of the platform as JSON.
func (p *process) platform(what, kind string, record map[string]any) {
	switch {
	case kind == "timeout":
		record["status"] = "timeout"
	case kind != "":
		record["status"], record["errorType"] = "error", kind
	// Documented there: what went well is INFO, and it has been asked for less.
	case p.pool.function.Logging.System == "WARN":
		return
	case what == "report":
		record["status"] = "success"
	}
	line, err := json.Marshal(struct {
		Time   string         `json:"time"`
		Type   string         `json:"type"`
		Record map[string]any `json:"record"`
	}{time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), "platform." + what, record})
	if err == nil {
		p.log(string(line))
	}
}

// milliseconds is how reports write a duration.
func milliseconds(d time.Duration) string { return fmt.Sprintf("%.2f", inMilliseconds(d)) }

func inMilliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func status(kind string) string {
	if kind == "timeout" {
		return "timeout"
	}
	return "error\tError Type: " + kind
}
