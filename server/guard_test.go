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

// Without keys, @connections is open where only this machine can call, and the
// first line says how things stand.
func TestConnectionsWithoutKeys(t *testing.T) {
	for _, row := range []struct {
		listen string
		open   bool
		says   string
	}{
		{"127.0.0.1:0", true, "signatures not verified (loopback)"},
		{"localhost:0", true, "signatures not verified (loopback)"},
		{"0.0.0.0:0", false, "@connections answers 403"},
		{":0", false, "@connections answers 403"},
	} {
		config := Default()
		config.DataDir, config.Listen, config.Management = "", row.listen, "127.0.0.1:0"
		config.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
		s, err := New(config)
		if err != nil {
			t.Fatalf("%s: %v", row.listen, err)
		}
		guard := s.manageGuard()
		r := httptest.NewRequest("POST", "/prod/@connections/x", nil)
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=anything") // nobody looks
		_, err = guard(r, &plan.Stage{})
		if open := err == nil; open != row.open || !open && fault.KindOf(err) != fault.Forbidden {
			t.Errorf("%s: got %v, want open = %v", row.listen, err, row.open)
		}
		if banner := s.Banner(); !strings.Contains(banner, row.says) {
			t.Errorf("%s: the start line is %q, want %q in it", row.listen, banner, row.says)
		}
		s.close()
	}
}
