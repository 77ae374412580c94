package config

import (
	"strings"
	"testing"
)

func TestConfigRefuses(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*Config)
		says   string
	}{
		{"listen", func(c *Config) { c.Listen = "8080" }, "--listen"},
		{"management", func(c *Config) { c.Management = "x" }, "--management"},
		{"region", func(c *Config) { c.Region = "mars" }, "--region"},
		{"account", func(c *Config) { c.Account = "12" }, "--account"},
		{"auth", func(c *Config) { c.Auth = "basic" }, "--auth"},
		{"auth without keys", func(c *Config) { c.Auth = "sigv4" }, "--credentials"},
		{"open management", func(c *Config) { c.Management = "0.0.0.0:8081" }, "loopback"},
		{"rate", func(c *Config) { c.ManagementRate = -1 }, "--management-rate"},
		{"raw path", func(c *Config) { c.RawPath = "raw" }, "--raw-path"},
		{"connections", func(c *Config) { c.MaxConnections = -1 }, "--max-connections"},
		{"bodies", func(c *Config) { c.MaxBodies = -1 }, "--max-bodies"},
		{"template memory", func(c *Config) { c.MaxTemplateMemory = -1 }, "--max-template-memory"},
		{"hardly any template memory", func(c *Config) { c.MaxTemplateMemory = 1 << 10 }, "--max-template-memory"},
		{"hardly any bodies", func(c *Config) { c.MaxBodies = 1 }, "--max-bodies"},
		{"denied backends", func(c *Config) { c.DenyBackends = []string{"10.0.0.0/8", "here"} }, `--deny-backends "here"`},
		{"in flight", func(c *Config) { c.InFlight = 0 }, "--in-flight"},
		{"frame", func(c *Config) { c.WebSocket.Frame = 1 << 30 }, "frame"},
		{"endpoint", func(c *Config) { c.ApiEndpoint = "https://here" }, "--api-endpoint"},
	} {
		c := Default()
		row.change(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), row.says) {
			t.Errorf("%s: got %v, want an error about %s", row.name, err, row.says)
		}
	}
	c := Default()
	if err := c.Validate(); err != nil {
		t.Errorf("the defaults are refused: %v", err)
	}
}

func TestEndpointForms(t *testing.T) {
	for _, row := range []struct{ form, protocol, want string }{
		{"local", "WEBSOCKET", "ws://a1.execute-api.localhost:8080"},
		{"local", "HTTP", "http://a1.execute-api.localhost:8080"},
		{"aws", "WEBSOCKET", "wss://a1.execute-api.eu-west-1.amazonaws.com"},
		{"aws", "HTTP", "https://a1.execute-api.eu-west-1.amazonaws.com"},
		{"{protocol}s://{apiId}.{region}.example.org", "WEBSOCKET", "wss://a1.eu-west-1.example.org"},
	} {
		form := Endpoint(row.form, func() string { return "8080" })
		if got := form("eu-west-1", "a1", row.protocol); got != row.want {
			t.Errorf("%s %s: got %s, want %s", row.form, row.protocol, got, row.want)
		}
	}
}
