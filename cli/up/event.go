package up

import (
	"time"

	"github.com/dragoman-gateway/dragoman/template/source"
)

// The events of --json, one object a line. Times are RFC 3339 in UTC, durations
// milliseconds.
type (
	readyEvent struct {
		Event      string            `json:"event"` // ready; checked without addresses; changed
		Data       string            `json:"data,omitempty"`
		Management string            `json:"management,omitempty"`
		Apis       []apiEvent        `json:"apis"`
		Functions  []functionEvent   `json:"functions"`
		Outputs    map[string]string `json:"outputs"`
		Foreign    []foreignEvent    `json:"foreign,omitempty"` // what other services hold, or would
		Notes      []string          `json:"notes,omitempty"`
		Made       map[string]int    `json:"made,omitempty"`
		Changed    map[string]int    `json:"changed,omitempty"`
		Removed    map[string]int    `json:"removed,omitempty"`
	}
	apiEvent struct {
		LogicalID string   `json:"logicalId"`
		Name      string   `json:"name"`
		ID        string   `json:"id"`
		Stages    []string `json:"stages"`
		URLs      []string `json:"urls"`
	}
	functionEvent struct {
		LogicalID string `json:"logicalId"`
		Name      string `json:"name"`
		Runtime   string `json:"runtime"`
	}
	foreignEvent struct {
		LogicalID string   `json:"logicalId"`
		Type      string   `json:"type"`
		Name      string   `json:"name"` // what Ref answers
		Functions []string `json:"functions"`
	}
	faultEvent struct {
		Event string `json:"event"`
		source.Fault
	}
	logEvent struct {
		Event    string         `json:"event"`
		Time     time.Time      `json:"time"`
		Level    string         `json:"level,omitempty"`    // of the gateway's own
		Function string         `json:"function,omitempty"` // logical id of the one that printed it
		Message  string         `json:"message"`
		With     map[string]any `json:"with,omitempty"`
	}
	requestEvent struct {
		Event        string    `json:"event"`
		Time         time.Time `json:"time"`
		Api          string    `json:"api"` // logical id
		Stage        string    `json:"stage"`
		Route        string    `json:"route"`
		Method       string    `json:"method,omitempty"`
		Path         string    `json:"path,omitempty"`
		ConnectionID string    `json:"connectionId,omitempty"`
		Function     string    `json:"function,omitempty"` // logical id
		Status       int       `json:"status"`
		Duration     float64   `json:"duration"`
		Error        string    `json:"error,omitempty"`
	}
)
