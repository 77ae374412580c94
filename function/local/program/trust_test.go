package program

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/authority"
	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// Whom Java believes is read back from both forms of its files, and nothing is made of what is
// broken off, is locked by a password, or is something else.
func TestBelieved(t *testing.T) {
	want := [][]byte{[]byte("one"), {}, make([]byte, 70000)}
	store := keyStore(want)
	if got := believed(store); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %d certificates, want %d", len(got), len(want))
	}
	for n := range len(store) - 20 { // the sum is not looked at
		if got := believed(store[:n]); got != nil {
			t.Fatalf("of the first %d bytes: got %d certificates", n, len(got))
		}
	}
	path := needs.Program(t, "keytool", "-help")
	file := filepath.Join(t.TempDir(), "archive")
	own, err := authority.Open(t.TempDir()) // whose name Java wants
	if err != nil {
		t.Fatal(err)
	}
	made := func(flags ...string) []byte {
		t.Helper()
		_ = os.Remove(file)
		if err := os.WriteFile(file+".pem", own.PEM(), 0o600); err != nil {
			t.Fatal(err)
		}
		args := append(flags, "-importcert", "-noprompt", "-alias", "a", "-file", file+".pem", "-keystore", file, "-storetype", "PKCS12", "-storepass", "changeit")
		if text, err := exec.Command(path, args...).CombinedOutput(); err != nil {
			t.Fatalf("keytool makes no archive: %v: %s", err, text)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	open := made("-J-Dkeystore.pkcs12.certProtectionAlgorithm=NONE", "-J-Dkeystore.pkcs12.macAlgorithm=NONE")
	if got := believed(open); len(got) != 1 {
		t.Errorf("of an archive: got %d certificates, want 1", len(got))
	}
	for n := range open {
		if got := believed(open[:n]); got != nil {
			t.Fatalf("of the first %d bytes of an archive: got %d certificates", n, len(got))
		}
	}
	if got := believed(made()); got != nil {
		t.Errorf("of an archive with a password: got %d certificates", len(got))
	}
}
