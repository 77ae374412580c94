package httpapi

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/resource"
)

// corsLines are the lines of an answer that concern other origins.
func corsLines(h map[string][]string) string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(h)) {
		if strings.HasPrefix(name, "Access-Control-") || name == "Vary" {
			lines = append(lines, strings.TrimPrefix(name, "Access-Control-")+": "+strings.Join(h[name], ","))
		}
	}
	return strings.Join(lines, "; ")
}

func TestCors(t *testing.T) {
	yes, age := true, int32(0)
	list := &resource.Cors{
		AllowOrigins: []string{"https://a.example", "http://*"}, AllowMethods: []string{"GET", "POST"},
		AllowHeaders: []string{"Content-Type", "X-Own"}, ExposeHeaders: []string{"X-Out", "Date"}, AllowCredentials: &yes, MaxAge: &age,
	}
	every := &resource.Cors{AllowOrigins: []string{"*"}, AllowMethods: []string{"*"}, AllowHeaders: []string{"*"}}
	const asks = "Access-Control-Request-Method"
	const listed = "Allow-Credentials: true; Allow-Headers: content-type,x-own; Allow-Methods: GET,POST; Allow-Origin: https://a.example; Max-Age: 0; Vary: origin"
	for _, row := range []struct {
		name         string
		cors         *resource.Cors
		method, path string
		header       []string
		status       int
		want         string
	}{
		{"preflight", list, "OPTIONS", "/x", []string{"Origin", "https://a.example", asks, "GET"}, 204, listed},
		{"preflight for no route", list, "OPTIONS", "/none", []string{"Origin", "https://a.example", asks, "GET"}, 204, listed},
		{"preflight of another origin", list, "OPTIONS", "/x", []string{"Origin", "https://b.example", asks, "GET"}, 204, ""},
		{"preflight by scheme", list, "OPTIONS", "/x", []string{"Origin", "http://b.example", asks, "GET"}, 204, strings.Replace(listed, "https://a.example", "http://b.example", 1)},
		{"preflight of any origin", every, "OPTIONS", "/x", []string{"Origin", "https://b.example", asks, "GET"}, 204, "Allow-Headers: *; Allow-Methods: *; Allow-Origin: *"},
		{"options without a method", list, "OPTIONS", "/x", []string{"Origin", "https://a.example"}, 404, "Allow-Credentials: true; Allow-Origin: https://a.example; Expose-Headers: x-out,date; Vary: origin"},
		{"options without an origin", list, "OPTIONS", "/x", []string{asks, "GET"}, 404, ""},
		{"options route", list, "OPTIONS", "/own", []string{"Origin", "https://a.example", asks, "GET"}, 200, listed},
		{"request", list, "GET", "/x", []string{"Origin", "https://a.example"}, 200, "Allow-Credentials: true; Allow-Origin: https://a.example; Expose-Headers: x-out,date; Vary: accept,origin"},
		{"request of another origin", list, "GET", "/x", []string{"Origin", "https://b.example"}, 200, "Vary: accept"},
		{"request without an origin", list, "GET", "/x", nil, 200, "Vary: accept"},
		{"request of any origin", every, "GET", "/x", []string{"Origin", "https://b.example"}, 200, "Allow-Origin: *; Vary: accept"},
		{"gateway's error", list, "GET", "/none", []string{"Origin", "https://a.example"}, 404, "Allow-Credentials: true; Allow-Origin: https://a.example; Expose-Headers: x-out,date; Vary: origin"},
		{"no configuration", nil, "GET", "/x", []string{"Origin", "https://a.example"}, 200, "Allow-Methods: PUT; Allow-Origin: theirs; Vary: accept"},
		{"no configuration, preflight", nil, "OPTIONS", "/x", []string{"Origin", "https://a.example", asks, "GET"}, 404, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := &backend{reply: func(*integration.Outgoing) (*integration.Incoming, error) {
				return said(200, "", "Access-Control-Allow-Origin", "theirs", "access-control-allow-methods", "PUT", "Vary", "accept"), nil
			}}
			s := proxied("http://b", "GET /x", "OPTIONS /own")
			s.Api.CorsConfiguration = row.cors
			g := newGateway(Config{Forwarder: b}, s)
			w := g.ask(row.method, row.path, "", row.header...)
			if w.Code != row.status {
				t.Errorf("status: got %d, want %d", w.Code, row.status)
			}
			want := row.want
			if row.name == "options route" {
				want = strings.Replace(want, "Vary: origin", "Vary: accept,origin", 1)
			}
			if got := corsLines(w.Header()); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if row.status == 204 && (w.Body.Len() != 0 || w.Header().Get("Content-Type") != "" || len(b.sent) != 0) {
				t.Errorf("preflight: got body %q, header %v, %d calls", w.Body, w.Header(), len(b.sent))
			}
			if w.Header().Get("apigw-requestid") != g.last(t).RequestID || g.last(t).Status != row.status {
				t.Errorf("exchange: got %+v", g.last(t))
			}
		})
	}
}

// A route that catches OPTIONS and has an authorizer gets the preflight too.
func TestCatchingRoutesGetPreflights(t *testing.T) {
	for _, key := range []string{"$default", "ANY /x"} {
		s := proxied("http://b", key)
		s.Api.CorsConfiguration = &resource.Cors{AllowOrigins: []string{"https://a.example"}}
		s.Routes[0].AuthorizationType, s.Routes[0].AuthorizerId = "JWT", "none"
		g := newGateway(Config{Forwarder: &backend{}}, s)
		if w := g.ask("OPTIONS", "/x", "", "Origin", "https://a.example", "Access-Control-Request-Method", "GET"); w.Code != 500 {
			t.Errorf("%s: got %d, want the authorizer's refusal", key, w.Code)
		}
	}
}
