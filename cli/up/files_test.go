package up

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// A template that names a pipe is not waited for.
func TestPipesAreNotWaitedFor(t *testing.T) {
	needs.Program(t, "mkfifo")
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := exec.Command("mkfifo", pipe).Run(); err != nil {
		t.Fatal(err)
	}
	if text, err := (&files{stamps{}}).ReadFile(pipe); err != nil || len(text) != 0 {
		t.Errorf("got %q, %v", text, err)
	}
}
