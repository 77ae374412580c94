package awsconfig

import "net/http"

// split is the pool of a client, and who makes its requests by plain HTTP.
type split struct {
	*http.Transport
	plain http.RoundTripper
}

// RoundTrip implements http.RoundTripper. AWS itself speaks TLS, and a proxy of the
// environment is the pool's affair.
func (s *split) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme == "http" {
		if proxy, err := http.ProxyFromEnvironment(req); err == nil && proxy == nil {
			return s.plain.RoundTrip(req)
		}
	}
	return s.Transport.RoundTrip(req)
}
