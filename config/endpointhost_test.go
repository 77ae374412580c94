package config

import "testing"

// Only a template names a host by which handlers can call an API back from anywhere.
func TestEndpointHost(t *testing.T) {
	for form, want := range map[string]string{
		"": "", EndpointLocal: "", "aws": "",
		"{protocol}://{apiId}.execute-api.example.com":               "web1.execute-api.example.com",
		"https://{apiId}.{region}.example.com:{port}":                "web1.eu-west-1.example.com:8080",
		"{protocol}://gw.example.com/_aws/execute-api/{apiId}":       "", // it does not tell APIs apart
		"{protocol}://gw.example.com:{port}/{apiId}.execute-api.com": "",
	} {
		if got := EndpointHost(form, "web1", "eu-west-1", "8080"); got != want {
			t.Errorf("%q: got %q, want %q", form, got, want)
		}
	}
}
