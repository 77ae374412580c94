package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/dragomantest"
)

func TestPagesAreWhatIsMade(t *testing.T) {
	for name, made := range pages {
		want, err := made()
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(root(), folder, name))
		if err != nil || string(got) != want {
			t.Errorf("docs/reference/%s is not what is made of the program: make reference writes it (%v)", name, err)
		}
		if strings.Count(want, "\n") < 30 {
			t.Errorf("%s has %d lines", name, strings.Count(want, "\n"))
		}
	}
	entries, err := os.ReadDir(filepath.Join(root(), folder))
	if err != nil || len(entries) != len(pages) {
		t.Errorf("docs/reference has %d files, and %d are made: %v", len(entries), len(pages), err)
	}
}

// What a gateway tells at /metrics is on the page.
func TestEveryMetricIsTold(t *testing.T) {
	g := dragomantest.Start(t)
	response, err := http.Get(g.Management + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	told, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	page, err := metrics()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for line := range strings.Lines(string(told)) {
		rest, ok := strings.CutPrefix(line, "# TYPE ")
		name, kind, _ := strings.Cut(strings.TrimSpace(rest), " ")
		if !ok || !strings.HasPrefix(name, "dragoman_") && !strings.HasPrefix(name, "aws_apigateway_") {
			continue
		}
		seen++
		if !strings.Contains(page, "| `"+name+"` | "+kind+" |") {
			t.Errorf("%s, a %s, is not on the page", name, kind)
		}
	}
	if seen < 10 {
		t.Errorf("only %d metrics were looked at", seen)
	}
}
