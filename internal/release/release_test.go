package main

import (
	"bytes"
	"testing"
	"time"
)

// What is packed twice is the same, in whatever order it comes.
func TestArchivesAreReproducible(t *testing.T) {
	at := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	files := []file{{"b/x", []byte("x"), 0o755}, {"a/", nil, 0o755}, {"a/y", []byte("y"), 0o644}}
	turned := []file{files[2], files[0], files[1]}
	for name, pack := range map[string]func([]file, time.Time) ([]byte, error){"tar": tarred, "zip": zipped} {
		one, err := pack(files, at)
		if err != nil {
			t.Fatal(err)
		}
		two, err := pack(turned, at)
		if err != nil || !bytes.Equal(one, two) {
			t.Errorf("%s: two runs differ (%v)", name, err)
		}
		if later, _ := pack(files, at.Add(time.Hour)); bytes.Equal(one, later) {
			t.Errorf("%s: the time of the commit is not in it", name)
		}
	}
}

func TestVersions(t *testing.T) {
	for version, ok := range map[string]bool{"1.2.3": true, "0.1.0-rc.1": true, "1.2": false, "v1.2.3": false, "1.02.3": false, "": false, "1.2.3 ": false} {
		if versionForm.MatchString(version) != ok {
			t.Errorf("%q: want it taken: %v", version, ok)
		}
	}
}

// Every module of a binary has a licence text, and the certificates are many.
func TestWhatIsTold(t *testing.T) {
	if _, err := thirdParty([]dependency{{Path: "example.org/none", Version: "v1.0.0"}}); err == nil {
		t.Error("a module without a licence was taken")
	}
	if n := bytes.Count(authorities(), []byte("BEGIN CERTIFICATE")); n < 50 {
		t.Errorf("%d certificates", n)
	}
	if got := escaped("github.com/BurntSushi/toml"); got != "github.com/!burnt!sushi/toml" {
		t.Errorf("got %s", got)
	}
}
