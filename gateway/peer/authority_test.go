package peer

import (
	"net/http/httptest"
	"strings"
	"testing"
)

func TestParseAuthority(t *testing.T) {
	for _, row := range []struct{ host, name, port, is string }{
		{"localhost", "localhost", "", "loopback label private"},
		{"LOCALHOST:8080", "localhost", "8080", "loopback label private"},
		{"localhost.:8080", "localhost", "8080", "loopback label private"},
		{"localhost:", "localhost", "", "loopback label private"},
		{"a1.execute-api.localhost:80", "a1.execute-api.localhost", "80", "loopback private"},
		{"evil.example.localhost", "evil.example.localhost", "", "loopback private"},
		{"127.0.0.1:1", "127.0.0.1", "1", "loopback private"},
		{"127.255.3.2", "127.255.3.2", "", "loopback private"},
		{"[::1]", "::1", "", "loopback private"},
		{"[::1]:8081", "::1", "8081", "loopback private"},
		{"[0:0:0:0:0:0:0:1]:8081", "0:0:0:0:0:0:0:1", "8081", "loopback private"},
		{"[::ffff:127.0.0.1]:8081", "::ffff:127.0.0.1", "8081", "loopback private"},
		{"gateway:9000", "gateway", "9000", "label private"},
		{"gate_way-1", "gate_way-1", "", "label private"},
		{"10.1.2.3:9000", "10.1.2.3", "9000", "private"},
		{"[fd00::1]:9000", "fd00::1", "9000", "private"},
		{"host.docker.internal:8080", "host.docker.internal", "8080", "private"},
		{"203.0.113.9", "203.0.113.9", "", ""},
		{"0.0.0.0:8081", "0.0.0.0", "8081", ""},
		{"[::]:8081", "::", "8081", ""},
		{"localhost.evil.example", "localhost.evil.example", "", ""},
		{"127.0.0.1.nip.io", "127.0.0.1.nip.io", "", ""},
		{"notlocalhost", "notlocalhost", "", "label private"},
		{"2130706433", "2130706433", "", "label private"}, // a name to whom Go asks
		{"0x7f000001", "0x7f000001", "", "label private"},
		{"127.1", "127.1", "", ""},
		{"0177.0.0.1", "0177.0.0.1", "", ""},
	} {
		a, ok := ParseAuthority(row.host)
		var is []string
		for _, q := range []struct {
			what string
			yes  bool
		}{{"loopback", a.Loopback()}, {"label", a.Label()}, {"private", a.Private()}} {
			if q.yes {
				is = append(is, q.what)
			}
		}
		if got := strings.Join(is, " "); !ok || a.Name != row.name || a.Port != row.port || got != row.is {
			t.Errorf("%s: got %v %q %q %q, want %q %q %q", row.host, ok, a.Name, a.Port, got, row.name, row.port, row.is)
		}
	}
	for _, host := range []string{
		"", ".", "..", ".localhost", "a..localhost", "localhost..", "user@localhost", "localhost@evil.example", "localhost:80:80", "::1", "[::1", "::1]", "[::1]8081",
		"[::1%25lo]:80", "[::1%lo]", "[127.0.0.1]", "[localhost]", "localhost:port", "localhost:-1", "localhost:0", "localhost:65536", "localhost:080808", "local host",
		"localhost%2eevil", "evil%00.localhost", "evil.example/.localhost", "localhost\t", "ｌocalhost", "*.localhost", strings.Repeat("a.", 127) + "a",
	} {
		if a, ok := ParseAuthority(host); ok {
			t.Errorf("%q: got %+v, want nothing", host, a)
		}
	}
}

func FuzzParseAuthority(f *testing.F) {
	for _, seed := range []string{"localhost:80", "[::1]:80", "a.b.localhost.", "127.0.0.1", "[::ffff:1.2.3.4]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, host string) {
		a, ok := ParseAuthority(host)
		if ok && (a.Name == "" || strings.ContainsAny(a.Name, "@/%?# \\[]") || strings.HasSuffix(a.Name, ".")) {
			t.Errorf("%q: got %+v", host, a)
		}
	})
}

func TestDoubt(t *testing.T) {
	own := &Policy{Loopback: true, Own: []string{"gateway.test"}}
	for _, row := range []struct {
		name   string
		policy *Policy
		host   string
		peer   string
		proto  int // minor version
		lines  []string
		why    string // begins so; "" believes
	}{
		{"a program of this machine", own, "127.0.0.1:8080", "127.0.0.1:9", 1, nil, ""},
		{"by IPv6", own, "[::1]:8080", "[::1]:9", 1, nil, ""},
		{"by IPv4 in IPv6", own, "[::ffff:127.0.0.1]:8080", "[::ffff:127.0.0.1]:9", 1, nil, ""},
		{"by its local name", own, "a1.execute-api.localhost:8080", "127.0.0.1:9", 1, nil, ""},
		{"by its own name", own, "GATEWAY.test:1", "127.0.0.1:9", 1, nil, ""},
		{"other headers", own, "localhost", "127.0.0.1:9", 1, []string{"X-Forward", "X-Real-Name", "Viable", "Forward"}, ""},
		{"no policy", nil, "localhost", "127.0.0.1:9", 1, nil, "this gateway believes"},
		{"proofs are asked for", &Policy{Loopback: true, Proven: true}, "localhost", "127.0.0.1:9", 1, nil, "this gateway believes"},
		{"everybody can come", &Policy{}, "localhost", "127.0.0.1:9", 1, nil, "the listener"},
		{"from afar", own, "localhost", "192.0.2.1:9", 1, nil, "the client"},
		{"from afar by IPv6", own, "localhost", "[2001:db8::1]:9", 1, nil, "the client"},
		{"from nowhere", own, "localhost", "@", 1, nil, "the client"},
		{"HTTP/1.0", own, "localhost", "127.0.0.1:9", 0, nil, "it came by HTTP/1.0"},
		{"Forwarded", own, "localhost", "127.0.0.1:9", 1, []string{"Forwarded"}, "it came through a proxy: Forwarded"},
		{"X-Forwarded-For", own, "localhost", "127.0.0.1:9", 1, []string{"X-Forwarded-For"}, "it came through a proxy: X-Forwarded-*"},
		{"spelled otherwise", own, "localhost", "127.0.0.1:9", 1, []string{"x-FORWARDED-for"}, "it came through a proxy: X-Forwarded-*"},
		{"X-Forwarded-Host", own, "localhost", "127.0.0.1:9", 1, []string{"X-Forwarded-Host"}, "it came through a proxy: X-Forwarded-*"},
		{"X-Forwarded-Server", own, "localhost", "127.0.0.1:9", 1, []string{"X-Forwarded-Server"}, "it came through a proxy: X-Forwarded-*"},
		{"X-Real-IP", own, "localhost", "127.0.0.1:9", 1, []string{"X-Real-IP"}, "it came through a proxy: X-Real-Ip"},
		{"Via", own, "localhost", "127.0.0.1:9", 1, []string{"via"}, "it came through a proxy: Via"},
		{"another Host", own, "api.example.com", "127.0.0.1:9", 1, nil, "the Host"},
		{"an API of AWS", own, "a1.execute-api.us-east-1.amazonaws.com", "127.0.0.1:9", 1, nil, "the Host"},
		{"a rebound name", own, "a1.execute-api.evil.example", "127.0.0.1:9", 1, nil, "the Host"},
		{"one label", own, "gateway:8080", "127.0.0.1:9", 1, nil, "the Host"},
		{"all addresses", own, "0.0.0.0:8080", "127.0.0.1:9", 1, nil, "the Host"},
		{"no Host", own, "", "127.0.0.1:9", 1, nil, "the Host"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Host, r.RemoteAddr, r.ProtoMinor = row.host, row.peer, row.proto
		for _, name := range row.lines {
			r.Header.Add(name, "") // that it is there counts, not what it says
		}
		c := row.policy.Client(r)
		if got := c.Doubt(r); (got == "") != (row.why == "") || !strings.HasPrefix(got, row.why) {
			t.Errorf("%s: got %q, want %q", row.name, got, row.why)
		}
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.Host, r.RemoteAddr, r.ProtoMajor, r.ProtoMinor = "localhost", "127.0.0.1:9", 2, 0
	if c := own.Client(r); c.Doubt(r) != "" {
		t.Errorf("HTTP/2: got %q", c.Doubt(r))
	}
}
