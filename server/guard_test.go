package server

import (
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/plan"
)

// Without keys, @connections is open to this machine alone, and the first line says
// how things stand.
func TestConnectionsWithoutKeys(t *testing.T) {
	const proxied = "signatures not verified (loopback): a proxy in front needs --auth sigv4"
	const aloud = "NO SIGNATURES ASKED FOR (--auth none): whoever reaches these addresses may manage and call"
	for _, row := range []struct {
		listen, trusted string
		open            bool
		says            string
		auth, host      string
		from            string
	}{
		{"127.0.0.1:0", "", true, proxied, "", "localhost", "127.0.0.1:1234"},
		{"localhost:0", "", true, proxied, "", "localhost", "127.0.0.1:1234"},
		{"127.0.0.1:0", "10.0.0.0/8", false, "@connections answers 403", "", "localhost", "127.0.0.1:1234"},
		{"0.0.0.0:0", "", false, "@connections answers 403", "", "localhost", "127.0.0.1:1234"},
		{":0", "", false, "@connections answers 403", "", "localhost", "127.0.0.1:1234"},
		{"127.0.0.1:0", "", false, proxied, "", "gateway", "127.0.0.1:1234"},
		{"127.0.0.1:0", "", false, proxied, "", "localhost", "172.17.0.1:1234"},
		{"0.0.0.0:0", "", true, aloud, "none", "localhost:18080", "172.17.0.1:1234"},
		{"0.0.0.0:0", "", true, aloud, "none", "gateway:8080", "172.17.0.3:1234"},
		{"0.0.0.0:0", "", true, aloud, "none", "10.1.2.3", "[fd00::2]:1234"},
		{"0.0.0.0:0", "", true, aloud, "none", "gw.example.com", "203.0.113.9:1234"},
		{"0.0.0.0:0", "", false, aloud, "none", "evil.example.com", "172.17.0.1:1234"},
		{"127.0.0.1:0", "", true, aloud, "none", "gateway", "127.0.0.1:1234"},
	} {
		config := Default()
		config.DataDir, config.Listen, config.Management = "", row.listen, "127.0.0.1:0"
		config.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
		config.Auth, config.Peers.ManagementNames = row.auth, []string{"gw.example.com:81"}
		if row.trusted != "" {
			config.Peers.TrustedProxies = []string{row.trusted}
		}
		s, err := New(config)
		if err != nil {
			t.Fatalf("%s: %v", row.listen, err)
		}
		guard := s.rules.Guard(s.keys.Verifier(), s.backends.Callers)
		r := httptest.NewRequest("POST", "/prod/@connections/x", nil)
		r.Host, r.RemoteAddr = row.host, row.from
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=anything") // nobody looks
		client := s.listeners.Policy().Client(r)
		_, err = guard.Head(r, &client, &plan.Stage{})
		if open := err == nil; open != row.open || !open && fault.KindOf(err) != fault.Forbidden {
			t.Errorf("%s %s by %s from %s: got %v, want open = %v", row.auth, row.listen, row.host, row.from, err, row.open)
		}
		if banner := s.Banner(); !strings.Contains(banner, row.says) {
			t.Errorf("%s: the start line is %q, want %q in it", row.listen, banner, row.says)
		}
		s.close()
	}
}

func TestPeersConfig(t *testing.T) {
	for _, row := range []struct {
		config PeersConfig
		wrong  string
	}{
		{PeersConfig{}, ""},
		{PeersConfig{TrustedProxies: []string{"10.0.0.0/8", "::1/128", "192.0.2.1"}, ProxyProtocol: true}, ""},
		{PeersConfig{TrustedProxies: []string{"10.0.0.0/33"}}, `--trusted-proxies "10.0.0.0/33": want a CIDR`},
		{PeersConfig{TrustedProxies: []string{"proxy.test"}}, "want a CIDR"},
		{PeersConfig{TrustedProxies: []string{""}}, "want a CIDR"},
		{PeersConfig{ProxyProtocol: true}, "--proxy-protocol needs --trusted-proxies"},
	} {
		config := Default()
		config.Peers = row.config
		err := config.Validate()
		if row.wrong == "" && err != nil || row.wrong != "" && (err == nil || !strings.Contains(err.Error(), row.wrong)) {
			t.Errorf("%+v: got %v, want %q", row.config, err, row.wrong)
		}
	}
}
