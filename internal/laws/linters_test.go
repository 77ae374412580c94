package laws

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

// What linters hold the code to is a file that the tool itself reads, and `make check` runs it: no
// flag there says anything else, and no folder has rules of its own.
func TestLintersAreConfigured(t *testing.T) {
	var config struct{ Checks []string }
	if _, err := toml.DecodeFile(repository+"/staticcheck.conf", &config); err != nil {
		t.Fatal(err)
	}
	if len(config.Checks) == 0 || config.Checks[0] != "all" || len(config.Checks) > 3 {
		t.Errorf("checks are %q: want all, but for what the file gives a reason for", config.Checks)
	}
	text, err := os.ReadFile(repository + "/staticcheck.conf")
	if err != nil {
		t.Fatal(err)
	}
	for _, check := range config.Checks[1:] {
		if name := strings.TrimPrefix(check, "-"); !strings.Contains(string(text), "# "+name+", ") {
			t.Errorf("%s is left out without a reason", name)
		}
	}
	rules, err := os.ReadFile(repository + "/Makefile")
	if err != nil {
		t.Fatal(err)
	}
	runs := regexp.MustCompile(`(?m)^\tgo run honnef\.co/go/tools/cmd/staticcheck@v[0-9.]+ (.*)$`).FindAllStringSubmatch(string(rules), -1)
	if len(runs) != 1 || runs[0][1] != "./..." || !regexp.MustCompile(`(?m)^check: lint `).Match(rules) {
		t.Errorf("make check does not run staticcheck over everything by its file: %q", runs)
	}
	for _, s := range sources(t) {
		if _, err := os.Stat(repository + "/" + s.room + "/staticcheck.conf"); err == nil && s.room != "." && s.room != "" {
			t.Fatalf("%s has rules of its own", s.room)
		}
	}
}
