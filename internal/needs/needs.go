package needs

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// installed is what .ci/run puts on a machine; all else may be missing in CI too.
var installed = []string{"aws", "boto3", "chromium", "curl", "debugpy", "docker-compose", "helm", "hugo", "initdb", "node", "npm packages", "pytest", "python3", "release", "rpm", "systemd-analyze"}

// Program finds a program and runs it once with the words of probe, if there are
// any, which shows that it is usable. Without it the test ends.
func Program(t testing.TB, name string, probe ...string) (path string) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Missing(t, name, "it is not on this machine")
	}
	if len(probe) == 0 {
		return path
	}
	if out, err := exec.CommandContext(t.Context(), path, probe...).CombinedOutput(); err != nil {
		Missing(t, name, name+" "+strings.Join(probe, " ")+" does not work here: "+err.Error()+" "+string(out))
	}
	return path
}

// Python finds an interpreter that has the module.
func Python(t testing.TB, module string) (path string) {
	t.Helper()
	path = Program(t, "python3")
	if out, err := exec.CommandContext(t.Context(), path, "-c", "import "+module).CombinedOutput(); err != nil {
		Missing(t, "boto3", "python3 cannot import "+module+": "+string(out))
	}
	return path
}

// Debugpy finds an interpreter with Python's debugger.
func Debugpy(t testing.TB) (path string) {
	t.Helper()
	return anyPython(t, "debugpy")
}

// Pytest finds an interpreter that can run tests.
func Pytest(t testing.TB) (path string) {
	t.Helper()
	return anyPython(t, "pytest")
}

// anyPython finds an interpreter that has the module: that of the PATH, else Debian's, for
// which .ci/run installs it.
func anyPython(t testing.TB, module string) (path string) {
	t.Helper()
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if path, err := exec.LookPath(name); err == nil && exec.CommandContext(t.Context(), path, "-c", "import "+module).Run() == nil {
			return path
		}
	}
	Missing(t, module, "no python3 can import it")
	return ""
}

// Missing ends a test that cannot run without what: skipped with the reason, or
// failed in CI if .ci/run is meant to have installed it.
func Missing(t testing.TB, what, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" && slices.Contains(installed, what) {
		t.Fatalf("%s: %s; .ci/run is meant to install it", what, why)
	}
	t.Skipf("needs %s: %s", what, strings.TrimSpace(why))
}
