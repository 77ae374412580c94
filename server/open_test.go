package server

import (
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What keeps a server from starting is told with the flag that mends it.
func TestErrorsOfTheStart(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("no directory"), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := t.TempDir()
	if err := os.WriteFile(filepath.Join(broken, "dragoman.db"), []byte(strings.Repeat("no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name   string
		change func(*Config)
		says   []string
	}{
		{"taken", func(c *Config) { c.Listen = taken.Addr().String() }, []string{"--listen " + taken.Addr().String(), "another program listens there"}},
		{"taken for management", func(c *Config) { c.Management = taken.Addr().String() }, []string{"--management " + taken.Addr().String(), "another port"}},
		{"not ours", func(c *Config) { c.Listen = "192.0.2.1:8080" }, []string{"--listen 192.0.2.1:8080", "does not have that address"}},
		{"a file", func(c *Config) { c.DataDir = file }, []string{"--data-dir " + file}},
		{"no database", func(c *Config) { c.DataDir = broken }, []string{"--data-dir " + broken, "not a database"}},
		{"no keys", func(c *Config) { c.Credentials = file + ".none" }, []string{file + ".none"}},
		{"no function", func(c *Config) { c.Functions = map[string]string{"f": "here"} }, []string{"--function", "http or https URL"}},
	} {
		config := Default()
		config.DataDir, config.Listen, config.Management = "", "127.0.0.1:0", "127.0.0.1:0"
		config.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
		row.change(&config)
		s, err := New(config)
		if err == nil {
			s.close()
			t.Errorf("%s: it started", row.name)
			continue
		}
		for _, want := range row.says {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %q, want %q in it", row.name, err, want)
			}
		}
	}
}
