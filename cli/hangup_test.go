//go:build unix

package cli

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/server"
)

func TestHangupReopensLogs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.log")
	c := server.Default()
	c.DataDir, c.Listen, c.Management = "", "127.0.0.1:0", "127.0.0.1:0"
	c.Observe.AccessLogs = map[string]string{"*": path}
	c.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	s, err := server.New(c)
	if err != nil {
		t.Fatal(err)
	}
	serving, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(serving) }()
	wait := onHangup(serving, s.Reopen)
	defer func() {
		stop()
		wait()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		if _, err := os.Stat(path); err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the log was not opened anew")
		}
	}
}

func TestDoorFlags(t *testing.T) {
	c := server.Default()
	d := planeFlags{
		accessLogs:   []string{"arn:aws:logs:us-east-1:1:log-group:a:*=-", "*=all.log"},
		certificates: []string{"arn:aws:acm:us-east-1:1:certificate/c=cert.pem,key.pem"},
		truststores:  []string{"s3://bucket/key=trust.pem"},
	}
	if err := d.apply(&c); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ got, want string }{
		{c.Observe.AccessLogs["arn:aws:logs:us-east-1:1:log-group:a:*"], "-"},
		{c.Observe.AccessLogs["*"], "all.log"},
		{c.Domains.Certificates["arn:aws:acm:us-east-1:1:certificate/c"], "cert.pem,key.pem"},
		{c.Domains.Truststores["s3://bucket/key"], "trust.pem"},
	} {
		if row.got != row.want {
			t.Errorf("got %q, want %q", row.got, row.want)
		}
	}
	for _, wrong := range []planeFlags{{accessLogs: []string{"-"}}, {certificates: []string{"a=b,c", "a=d,e"}}, {truststores: []string{"=x"}}} {
		if err := wrong.apply(&c); err == nil {
			t.Errorf("%+v: got no error", wrong)
		}
	}
}
