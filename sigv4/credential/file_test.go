package credential

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	// A new file each time, so that two versions within one clock tick differ.
	next := path + ".next"
	if err := os.WriteFile(next, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, path); err != nil {
		t.Fatal(err)
	}
}

func profileOf(id string) string {
	return "[p]\naws_access_key_id = " + id + "\naws_secret_access_key = s\n"
}

func TestOpenFailsClosed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "credentials")
	if _, err := Open(path); err == nil {
		t.Error("a missing file was taken")
	}
	write(t, path, "[p\n")
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got error %v, want one that names %s", err, path)
	}
}

func TestReloadKeepsTheLastGoodKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "credentials")
	write(t, path, profileOf("ONE"))
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	steps := []struct {
		name    string
		text    string // "" removes the file
		changed bool
		wantErr bool
		holds   string
	}{
		{"another key", profileOf("TWO"), true, false, "TWO"},
		{"broken", "[p]\nwhat\n", false, true, "TWO"},
		{"gone", "", false, true, "TWO"},
		{"back", profileOf("SIX"), true, false, "SIX"},
	}
	for _, step := range steps {
		if step.text == "" {
			os.Remove(path)
		} else {
			write(t, path, step.text)
		}
		changed, err := f.Reload()
		if changed != step.changed || (err != nil) != step.wantErr {
			t.Errorf("%s: got changed %v, error %v; want %v, %v", step.name, changed, err, step.changed, step.wantErr)
		}
		if _, ok := f.Lookup(step.holds); !ok || f.Len() != 1 {
			t.Errorf("%s: %s is not the one key", step.name, step.holds)
		}
		if again, _ := f.Reload(); again {
			t.Errorf("%s: a second reload without a change took keys again", step.name)
		}
	}
}

func TestWatchReportsOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "credentials")
	write(t, path, profileOf("ONE"))
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var reports []error
		done := make(chan struct{})
		go func() {
			defer close(done)
			f.Watch(ctx, time.Second, func(err error) { reports = append(reports, err) })
		}()
		turn := func() { time.Sleep(3 * time.Second); synctest.Wait() }
		turn()
		write(t, path, profileOf("TWO"))
		turn()
		write(t, path, "[")
		turn()
		os.Remove(path)
		turn()
		write(t, path, profileOf("TEN"))
		turn()
		cancel()
		<-done
		if len(reports) != 4 || reports[0] != nil || reports[1] == nil || reports[2] == nil || reports[3] != nil {
			t.Errorf("got reports %v, want taken, broken, gone, taken", reports)
		}
		if _, ok := f.Lookup("TEN"); !ok {
			t.Error("the last version was not taken")
		}
	})
}
