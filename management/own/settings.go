package own

import (
	"context"

	"github.com/dragoman-gateway/dragoman/wire"
)

// SettingsPath is where a gateway tells how it was started.
const SettingsPath = "/_dragoman/settings"

// Settings are what a gateway tells of how it was started. Nothing of it is secret.
type Settings struct {
	Version    string `json:"version"`
	Auth       string `json:"auth"` // sigv4, or none
	ReadOnly   bool   `json:"readOnly"`
	File       string `json:"file,omitempty"` // that is served, read-only
	Data       string `json:"data"`           // host:port where the APIs are served
	Management string `json:"management"`     // host:port of the management API
	Region     string `json:"region"`         // of calls that are not signed
	Account    string `json:"account"`
}

// Table is the one operation that tells them.
func (s Settings) Table() []wire.Row {
	return []wire.Row{{
		Operation: &wire.Operation{Name: "GetSettings", Method: "GET", Path: SettingsPath, Status: 200, Shared: true},
		Handle:    func(context.Context, *wire.Request) (any, error) { return s, nil },
	}}
}
