package httpapi

import (
	"net/http/httptest"
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/gateway/routing"
	"github.com/dragoman-gateway/dragoman/internal/uripath"
	"github.com/dragoman-gateway/dragoman/resource"
)

// pathWords are what paths that mean two things are made of.
var pathWords = []string{
	"/", "//", ".", "..", "%2e", "%2E", "%252e", "%25252e", "%2f", "%2F", "%252f", `\`, "%5c", "%255c", ";", ";a=b", "%3b", "%3f", "%253f", "%23", "%00", "%09", "%0a",
	"%20", "%c0%ae", "%c0%af", "%c1%9c", "%25", "p", "x", "admin", "%61dmin", "%2561dmin", "admin.txt", "private", "s.txt", "dev", "é",
}

// FuzzPathsReachNothingGuarded makes paths of those words, which a client asks for
// or has a mapping make. Whatever a backend then makes of what it is handed, it is
// nothing that a route guards, unless that route was chosen.
func FuzzPathsReachNothingGuarded(f *testing.F) {
	f.Add([]byte{0, 28, 0, 3, 0, 34, 0, 35})
	f.Add([]byte{0, 28, 0, 32})
	f.Add([]byte{0, 28, 1, 33, 14})
	s := proxied("http://b/{proxy}", "GET /{proxy+}")
	s.Integrations = append(s.Integrations, resource.Integration{
		IntegrationId: "guarded", IntegrationType: "HTTP_PROXY", IntegrationMethod: "GET", IntegrationUri: "http://guarded/{proxy}",
	})
	s.Integrations = append(s.Integrations, resource.Integration{
		IntegrationId: "mapped", IntegrationType: "HTTP_PROXY", IntegrationMethod: "GET", IntegrationUri: "http://b",
		RequestParameters: map[string]string{"overwrite:path": "$request.header.x-path"},
	})
	s.Routes = append(s.Routes, resource.Route{RouteId: "mapped", RouteKey: "GET /mapped", Target: "integrations/mapped"})
	for _, key := range []string{"GET /p/admin.txt", "ANY /private/{proxy+}"} {
		s.Routes = append(s.Routes, resource.Route{RouteId: key, RouteKey: key, Target: "integrations/guarded", AuthorizationType: resource.AuthIAM})
	}
	f.Fuzz(func(t *testing.T, words []byte) {
		var b strings.Builder
		b.WriteByte('/')
		for _, w := range words[:min(len(words), 24)] {
			b.WriteString(pathWords[int(w)%len(pathWords)])
		}
		sent := uripath.Spell(b.String())
		if uripath.Dotted(sent) {
			return // refused before anything is chosen
		}
		forwarder := &backend{}
		g := newGateway(Config{Forwarder: forwarder}, s)
		g.Serve(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil), &routing.Match{Api: g.api, Path: sent, Domain: "api"})
		g.ask("GET", "/mapped", "", "X-Path", b.String())
		for _, o := range forwarder.sent {
			for _, meant := range meanings(o.Target) {
				if meant == "/p/admin.txt" || strings.HasPrefix(meant, "/private/") {
					t.Fatalf("%s was handed on as %s, which may mean %s", sent, o.Target, meant)
				}
			}
		}
	})
}

// meanings are what backends make of a target: resolved after each of three times
// of decoding, ended where a query or fragment then begins, backslashes as slashes
// or not, parsed as an address or not.
func meanings(target string) (list []string) {
	for range 3 {
		for _, end := range []string{"", "?#\x00"} {
			read := target
			if at := strings.IndexAny(read, end); end != "" && at >= 0 {
				read = read[:at]
			}
			list = append(list, path.Clean("/"+read), path.Clean("/"+strings.ReplaceAll(read, `\`, "/")))
		}
		if u, err := url.Parse("http://b" + target); err == nil {
			list = append(list, path.Clean("/"+u.Path))
		}
		next, err := url.PathUnescape(target)
		if err != nil {
			return list
		}
		target = next
	}
	return list
}
