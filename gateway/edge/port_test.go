package edge

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestPort(t *testing.T) {
	plain := func() string { return "8080" }
	r := httptest.NewRequest("GET", "/", nil)
	r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, net.Addr(&net.TCPAddr{Port: 8443})))
	if got := Port(r, plain); got != "8080" {
		t.Errorf("without TLS: got %s, want 8080", got)
	}
	r.TLS = &tls.ConnectionState{}
	if got := Port(r, plain); got != "8443" {
		t.Errorf("with TLS: got %s, want that of the listener", got)
	}
}
