package peer

import (
	"crypto/tls"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
)

func mustTrust(t *testing.T, cidrs ...string) *Trust {
	t.Helper()
	trust, err := NewTrust(cidrs, false)
	if err != nil {
		t.Fatal(err)
	}
	return trust
}

func TestForwardedFor(t *testing.T) {
	trust := mustTrust(t, "10.0.0.0/8", "127.0.0.1", "2001:db8:aa::/48", "::ffff:192.168.0.0/112")
	const proxy = "10.0.0.1:4000"
	for _, row := range []struct {
		name, peer string
		lines      []string
		want       string
	}{
		{"one", proxy, []string{"203.0.113.9"}, "203.0.113.9"},
		{"the last", proxy, []string{"6.6.6.6, 203.0.113.9"}, "203.0.113.9"},
		{"behind trusted ones", proxy, []string{"6.6.6.6,203.0.113.9 ,\t10.0.0.3, 127.0.0.1"}, "203.0.113.9"},
		{"several lines", proxy, []string{"6.6.6.6", "203.0.113.9, 10.0.0.3", "10.0.0.2"}, "203.0.113.9"},
		{"empty elements", proxy, []string{",, 203.0.113.9,, ", "", ","}, "203.0.113.9"},
		{"with a port", proxy, []string{"203.0.113.9:5555"}, "203.0.113.9"},
		{"a proxy with a port", proxy, []string{"203.0.113.9, 10.0.0.4:5555"}, "203.0.113.9"},
		{"IPv6", proxy, []string{"2001:DB8:0::1"}, "2001:db8::1"},
		{"IPv6 in brackets", proxy, []string{"[2001:db8::1]"}, "2001:db8::1"},
		{"IPv6 with a port", proxy, []string{"[2001:db8::1]:443"}, "2001:db8::1"},
		{"IPv6 with a zone", proxy, []string{"fe80::1%eth0"}, "fe80::1"},
		{"IPv4 in IPv6", proxy, []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
		{"a proxy as IPv4 in IPv6", proxy, []string{"203.0.113.9, ::ffff:10.1.1.1"}, "203.0.113.9"},
		{"a network as IPv4 in IPv6", "192.168.3.4:1", []string{"203.0.113.9, 192.168.9.9"}, "203.0.113.9"},
		{"an IPv6 proxy", "[2001:db8:aa::7]:1", []string{"203.0.113.9, 2001:db8:aa:1::9"}, "203.0.113.9"},
		{"garbage further left", proxy, []string{"<script>, unknown, 203.0.113.9"}, "203.0.113.9"},

		{"nothing", proxy, nil, "10.0.0.1"},
		{"an empty line", proxy, []string{""}, "10.0.0.1"},
		{"trusted ones alone", proxy, []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.1"},
		{"garbage", proxy, []string{"unknown"}, "10.0.0.1"},
		{"garbage before a proxy", proxy, []string{"203.0.113.9, unknown, 10.0.0.2"}, "10.0.0.1"},
		{"a name", proxy, []string{"proxy.example"}, "10.0.0.1"},
		{"a word of RFC 7239", proxy, []string{"for=203.0.113.9"}, "10.0.0.1"},
		{"quoted", proxy, []string{`"203.0.113.9"`}, "10.0.0.1"},
		{"in short form", proxy, []string{"203.0.9"}, "10.0.0.1"},
		{"a number", proxy, []string{"3405803785"}, "10.0.0.1"},
		{"octal", proxy, []string{"0313.0.113.9"}, "10.0.0.1"},
		{"a bad port", proxy, []string{"203.0.113.9:99999"}, "10.0.0.1"},
		{"no port", proxy, []string{"203.0.113.9:"}, "10.0.0.1"},
		{"brackets left open", proxy, []string{"[2001:db8::1"}, "10.0.0.1"},
		{"more behind brackets", proxy, []string{"[2001:db8::1]x"}, "10.0.0.1"},
		{"a network", proxy, []string{"203.0.113.0/24"}, "10.0.0.1"},

		{"from anybody else", "198.51.100.7:1", []string{"203.0.113.9"}, "198.51.100.7"},
		{"from anybody else by IPv6", "[2001:db8:bb::7]:1", []string{"203.0.113.9"}, "2001:db8:bb::7"},
		{"from a neighbour of a proxy", "127.0.0.2:1", []string{"203.0.113.9"}, "127.0.0.2"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = row.peer
		r.Header["X-Forwarded-For"] = row.lines
		c := (&Policy{Trust: trust}).Client(r)
		if c.Address != row.want {
			t.Errorf("%s: got %s, want %s", row.name, c.Address, row.want)
		}
		if want := bare(row.peer); c.Peer != want {
			t.Errorf("%s: the hop is %s, want %s", row.name, c.Peer, want)
		}
	}
}

func TestForwardedSchemeAndPort(t *testing.T) {
	trust := mustTrust(t, "10.0.0.0/8")
	const one, two = "203.0.113.9", "203.0.113.9, 10.0.0.2"
	for _, row := range []struct {
		name, peer, host         string
		forwarded, protos, ports string // several lines with |
		want                     string
	}{
		{"https", "10.0.0.1:1", "api.example", one, "https", "", "https 443 true"},
		{"http", "10.0.0.1:1", "api.example", one, "http", "", "http 80 false"},
		{"in capitals", "10.0.0.1:1", "api.example", one, "HTTPS", "", "https 443 true"},
		{"of a socket", "10.0.0.1:1", "api.example", one, "wss", "", "https 443 true"},
		{"with a port", "10.0.0.1:1", "api.example", one, "https", "8443", "https 8443 true"},
		{"the port of the Host", "10.0.0.1:1", "api.example:9443", one, "https", "", "https 9443 true"},
		{"a port alone", "10.0.0.1:1", "api.example", one, "", "8443", "http 8443 false"},
		{"without an address", "10.0.0.1:1", "api.example", "", "https", "8443", "https 8443 true"},
		{"said by the first of two", "10.0.0.1:1", "api.example", two, "https", "443", "https 443 true"},
		{"said by both", "10.0.0.1:1", "api.example", two, "https, http", "443, 8080", "https 443 true"},
		{"said by both, in lines", "10.0.0.1:1", "api.example", two, "https|http", "443|8080", "https 443 true"},
		{"made up by the client", "10.0.0.1:1", "api.example", "6.6.6.6, " + one, "https, http", "443, 80", "http 80 false"},
		{"more made up than addresses", "10.0.0.1:1", "api.example", one, "https, http", "", "http 80 false"},
		{"no scheme", "10.0.0.1:1", "api.example", one, "gopher", "", "http 8080 false"},
		{"no port", "10.0.0.1:1", "api.example", one, "https", "a", "https 443 true"},
		{"port 0", "10.0.0.1:1", "api.example", one, "https", "0", "https 443 true"},
		{"from anybody else", "198.51.100.7:1", "api.example", one, "https", "8443", "http 8080 false"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr, r.Host = row.peer, row.host
		for name, lines := range map[string]string{"X-Forwarded-For": row.forwarded, "X-Forwarded-Proto": row.protos, "X-Forwarded-Port": row.ports} {
			if lines != "" {
				r.Header[name] = strings.Split(lines, "|")
			}
		}
		c := (&Policy{Trust: trust, Port: func() string { return "8080" }}).Client(r)
		if got := fmt.Sprint(c.Scheme, " ", c.Port(), " ", c.Secure); got != row.want {
			t.Errorf("%s: got %s, want %s", row.name, got, row.want)
		}
	}
}

func TestClientOfAConnection(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr, r.TLS = "[2001:db8::1%eth0]:1", &tls.ConnectionState{}
	r.Header.Set("X-Forwarded-For", "6.6.6.6")
	r.Header.Set("X-Forwarded-Proto", "http")
	c := (&Policy{Port: func() string { return "8443" }}).Client(r)
	if got := fmt.Sprint(c.Address, c.Peer, c.Scheme, c.Secure, c.Port()); got != "2001:db8::12001:db8::1httpstrue8443" {
		t.Errorf("got %s", got)
	}
	if c := (*Policy)(nil).Client(r); c.Port() != "443" || c.Address != "2001:db8::1" {
		t.Errorf("without a policy: got %+v", c)
	}
}

// What is far left in a long list is never looked at, and costs nothing to keep.
func TestLongLists(t *testing.T) {
	trust := mustTrust(t, "10.0.0.0/8")
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = "10.0.0.1:1"
	r.Header["X-Forwarded-For"] = []string{strings.Repeat("6.6.6.6, ", 7000), "203.0.113.9, " + strings.Repeat("10.0.0.2,", 7000)}
	policy := &Policy{Trust: trust}
	allocations := testing.AllocsPerRun(10, func() {
		if c := policy.Client(r); c.Address != "203.0.113.9" {
			t.Fatalf("got %s", c.Address)
		}
	})
	if allocations > 5 {
		t.Errorf("%v allocations", allocations)
	}
}

func TestBare(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.1:80": "192.0.2.1", "[2001:db8::1]:80": "2001:db8::1", "[::ffff:192.0.2.1]:80": "192.0.2.1", "pipe": "pipe", "": "",
	} {
		if got := bare(remote); got != want {
			t.Errorf("%s: got %s, want %s", remote, got, want)
		}
	}
}
