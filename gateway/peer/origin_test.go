package peer

import "testing"

func TestParseOrigin(t *testing.T) {
	for text, want := range map[string]string{
		"http://localhost:8081": "http://localhost:8081", "HTTP://LocalHost:8081": "http://localhost:8081", "http://localhost": "http://localhost", "http://localhost:80": "http://localhost",
		"https://a.example:443": "https://a.example", "https://a.example:80": "https://a.example:80", "http://a.example.": "http://a.example",
		"http://[::1]:8081": "http://[::1]:8081", "http://[0:0::1]": "http://[::1]", "http://127.0.0.1:8081": "http://127.0.0.1:8081",
		"chrome-extension://abcdef": "chrome-extension://abcdef",
		"null":                      "", "": "", "://x": "", "localhost:8081": "", "http://": "", "http://a/": "", "http://a b": "", "http://user@a": "", "http://a:x": "",
		"http://a, http://b": "", "ht tp://a": "", "1http://a": "", "file://": "", "http:///a": "",
	} {
		if got, ok := ParseOrigin(text); got != want || ok != (want != "") {
			t.Errorf("%q: got %q %v, want %q", text, got, ok, want)
		}
	}
}
