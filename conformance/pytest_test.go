package conformance

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// The fixture for pytest, by its own tests, with this binary.
func TestPytestFixture(t *testing.T) {
	t.Parallel()
	python := needs.Pytest(t)
	cmd := exec.CommandContext(t.Context(), python, "-m", "pytest", "-q", "-p", "pytest_dragoman", "-p", "no:cacheprovider", "tests")
	cmd.Dir = "../python"
	cmd.Env = append(os.Environ(), asMain+"=1", "DRAGOMAN_BINARY="+os.Args[0], "PYTHONPATH=.", "PYTHONDONTWRITEBYTECODE=1")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "6 passed") {
		t.Errorf("%v\n%s", err, out)
	}
}
