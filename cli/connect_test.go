package cli

import (
	"context"
	"io"
	"log/slog"
	"net"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/dragoman-gateway/dragoman/server"
)

// chat serves testdata/connect/chat.yaml, and says where; what else the configuration
// shall be is changed by those who want it so.
func chat(t testing.TB, change ...func(*server.Config)) *server.Server {
	t.Helper()
	c := server.Default()
	c.File, c.Listen, c.Management, c.DevTLS = "testdata/connect/chat.yaml", "127.0.0.1:0", "127.0.0.1:0", true
	c.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	for _, f := range change {
		f(&c)
	}
	s, err := server.New(c)
	if err != nil {
		t.Fatal(err)
	}
	serving, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(serving) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return s
}

// What is typed to a gateway that runs: each file in testdata/connect is a session.
func TestConnectScripts(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir()) // where the authority of local TLS is
	s := chat(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/connect",
		Setup: func(e *testscript.Env) error {
			e.Setenv("DRAGOMAN_ENDPOINT", "http://"+s.ManagementAddr())
			_, port, err := net.SplitHostPort(s.DataAddr())
			if err != nil {
				return err
			}
			e.Setenv("DATA", s.DataAddr())
			e.Setenv("PORT", port)
			e.Setenv("XDG_CONFIG_HOME", os.Getenv("XDG_CONFIG_HOME"))
			return nil
		},
	})
}
