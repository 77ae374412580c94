package config

import (
	"fmt"
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
		{"open management, one way out", func(c *Config) { c.Management = ":8081" }, "--auth sigv4 with --credentials FILE or DRAGOMAN_KEY=ID:SECRET"},
		{"open management, the other", func(c *Config) { c.Management = "gateway:8081" }, "--auth none"},
		{"none in another spelling", func(c *Config) { c.Auth = "None" }, "want sigv4 or none"},
		{"none with a file of keys", func(c *Config) { c.Auth, c.Credentials = "none", "keys" }, "exclude each other"},
		{"none with a key", func(c *Config) { c.Auth, c.Key = "none", "a:b" }, "exclude each other"},
		{"none behind proxies", func(c *Config) { c.Auth, c.Peers.TrustedProxies = "none", []string{"10.0.0.0/8"} }, "exclude each other"},
		{"half a key", func(c *Config) { c.Key = "sesame" }, "DRAGOMAN_KEY: want ID:SECRET"},
		{"a key without a secret", func(c *Config) { c.Key = "id:" }, "DRAGOMAN_KEY: want ID:SECRET"},
		{"a key with a slash", func(c *Config) { c.Key = "i/d:sesame" }, "DRAGOMAN_KEY: want ID:SECRET"},
		{"rate", func(c *Config) { c.ManagementRate = -1 }, "--management-rate"},
		{"raw path", func(c *Config) { c.RawPath = "raw" }, "--raw-path"},
		{"connections", func(c *Config) { c.MaxConnections = -1 }, "--max-connections"},
		{"bodies", func(c *Config) { c.MaxBodies = -1 }, "--max-bodies"},
		{"template memory", func(c *Config) { c.MaxTemplateMemory = -1 }, "--max-template-memory"},
		{"hardly any template memory", func(c *Config) { c.MaxTemplateMemory = 1 << 10 }, "--max-template-memory"},
		{"hardly any bodies", func(c *Config) { c.MaxBodies = 1 }, "--max-bodies"},
		{"denied backends", func(c *Config) { c.DenyBackends = []string{"10.0.0.0/8", "here"} }, `--deny-backends "here"`},
		{"a seed beside a file", func(c *Config) { c.File, c.Seed = "a.yaml", "b.yaml" }, "--seed"},
		{"a file that is emptied", func(c *Config) { c.File, c.AllowReset = "a.yaml", true }, "--allow-reset"},
		{"in flight", func(c *Config) { c.InFlight = 0 }, "--in-flight"},
		{"frame", func(c *Config) { c.WebSocket.Frame = 1 << 30 }, "frame"},
		{"endpoint", func(c *Config) { c.ApiEndpoint = "https://here" }, "--api-endpoint"},
		{"endpoint with an unknown word", func(c *Config) { c.ApiEndpoint = "{protocol}://localhost/{apiId}/{stage}" }, "--api-endpoint"},
		{"endpoint without a scheme", func(c *Config) { c.ApiEndpoint = "localhost:18080/{apiId}" }, "--api-endpoint"},
		{"endpoint without a host", func(c *Config) { c.ApiEndpoint = "{protocol}:///{apiId}" }, "--api-endpoint"},
		{"endpoint of another scheme", func(c *Config) { c.ApiEndpoint = "ftp://here/{apiId}" }, "--api-endpoint"},
	} {
		c := Default()
		row.change(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), row.says) {
			t.Errorf("%s: got %v, want an error about %s", row.name, err, row.says)
		}
		if err := c.Validate(); strings.Contains(fmt.Sprintf("%v %+v", err, c), "sesame") {
			t.Errorf("%s: a secret is told: %v", row.name, err)
		}
	}
	c := Default()
	c.ApiEndpoint = "{protocol}s://{apiId}.apis.example.org:{port}/x"
	if err := c.Validate(); err != nil {
		t.Errorf("an endpoint by name is refused: %v", err)
	}
	c = Default()
	if err := c.Validate(); err != nil {
		t.Errorf("the defaults are refused: %v", err)
	}
}

// Whoever is asked for a signature is so by what was said, and, on a listener for others,
// wherever there are keys. Nothing but --auth none believes anyone.
func TestWhoIsAsked(t *testing.T) {
	for _, row := range []struct {
		name             string
		change           func(*Config)
		verifies, anyone bool
	}{
		{"nothing said", func(*Config) {}, false, false},
		{"keys on loopback", func(c *Config) { c.Credentials = "keys" }, false, false},
		{"a key on loopback", func(c *Config) { c.Key = "a:b" }, false, false},
		{"sigv4", func(c *Config) { c.Auth, c.Credentials = "sigv4", "keys" }, true, false},
		{"sigv4 with a key", func(c *Config) { c.Auth, c.Key = "sigv4", "a:b" }, true, false},
		{"keys for others", func(c *Config) { c.Management, c.Credentials = "0.0.0.0:8081", "keys" }, true, false},
		{"a key for others", func(c *Config) { c.Management, c.Key = "[::]:8081", "a:b" }, true, false},
		{"none on loopback", func(c *Config) { c.Auth = "none" }, false, true},
		{"none for others", func(c *Config) { c.Auth, c.Management = "none", "0.0.0.0:8081" }, false, true},
	} {
		c := Default()
		row.change(&c)
		if err := c.Validate(); err != nil {
			t.Errorf("%s: %v", row.name, err)
		}
		if c.Verifies() != row.verifies || c.Anyone() != row.anyone {
			t.Errorf("%s: verifies %v, anyone %v", row.name, c.Verifies(), c.Anyone())
		}
	}
}

func TestEndpointForms(t *testing.T) {
	for _, row := range []struct{ form, protocol, want string }{
		{"local", "WEBSOCKET", "ws://a1.execute-api.localhost:8080"},
		{"local", "HTTP", "http://a1.execute-api.localhost:8080"},
		{"aws", "WEBSOCKET", "wss://a1.execute-api.eu-west-1.amazonaws.com"},
		{"aws", "HTTP", "https://a1.execute-api.eu-west-1.amazonaws.com"},
		{"{protocol}s://{apiId}.{region}.example.org", "WEBSOCKET", "wss://a1.eu-west-1.example.org"},
		{"{protocol}://localhost:18080/_aws/execute-api/{apiId}", "WEBSOCKET", "ws://localhost:18080/_aws/execute-api/a1"},
		{"{protocol}://localhost:18080/_aws/execute-api/{apiId}", "HTTP", "http://localhost:18080/_aws/execute-api/a1"},
	} {
		form := Endpoint(row.form, func() string { return "8080" })
		if got := form("eu-west-1", "a1", row.protocol); got != row.want {
			t.Errorf("%s %s: got %s, want %s", row.form, row.protocol, got, row.want)
		}
	}
}
