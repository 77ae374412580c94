package gateway

import (
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

func TestInlineName(t *testing.T) {
	for _, c := range []struct{ runtime, code, want string }{
		{"nodejs18.x", "export const handler = 1", "index.js"},
		{"nodejs22.x", "const a = 1\nexport default a", "index.mjs"},
		{"nodejs24.x", "import fs from 'fs'\n", "index.mjs"},
		{"nodejs24.x", "import('fs').then(f)\n", "index.js"},
		{"nodejs24.x", "exports.handler = async () => 'import x'", "index.js"},
		{"python3.13", "import json", "index.py"},
	} {
		if got := inlineName(c.runtime, c.code); got != c.want {
			t.Errorf("%s, %q: got %s, want %s", c.runtime, c.code, got, c.want)
		}
	}
}

// A message of the management plane names a property in its own words.
func TestNamedProperty(t *testing.T) {
	n, err := tree.Parse([]byte("{Name: a, RouteKey: b, Target: c, DeploymentId: d, AutoDeploy: e, TimeoutInMillis: 1, RequestModels: {}}"))
	if err != nil {
		t.Fatal(err)
	}
	for message, want := range map[string]string{
		"The provided route key is not formatted properly":                    "RouteKey",
		"Deployment ID cannot be set on this stage because AutoDeploy is on":  "DeploymentId",
		"Invalid Integration identifier specified":                            "Target",
		"Timeout should be between 50 ms and 29000 ms":                        "TimeoutInMillis",
		"Invalid value specified for Name: it must have between 1 and 128":    "Name",
		"Invalid value specified for RequestModels: there is no model called": "RequestModels",
		"Something else": "",
	} {
		if got := named(n, message); got != want {
			t.Errorf("%s: got %q, want %q", message, got, want)
		}
	}
}

// The way to the operation of a route, whatever base path is before it.
func TestOperation(t *testing.T) {
	body, err := tree.Parse([]byte(`{"paths": {"/a": {"get": {}, "x-amazon-apigateway-any-method": {}}, "/b/a": {"get": {}}, "$default": {"x-amazon-apigateway-any-method": {}}, "/": {"post": {}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"GET /a": "paths /a get", "ANY /v1/a": "paths /a x-amazon-apigateway-any-method", "GET /b/a": "paths /b/a get", "$default": "paths $default x-amazon-apigateway-any-method", "POST /": "paths / post",
	} {
		if got := strings.Join(operation(body, key), " "); got != want {
			t.Errorf("%s: got %s, want %s", key, got, want)
		}
	}
}
