package conformance

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// SIGHUP reads the settings anew: what can be taken over counts at once, the rest is named,
// and a file that is wrong changes nothing.
func TestSettingsAreReloaded(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "dragoman.yaml")
	settle := func(text string) { must(t, os.WriteFile(file, []byte(text), 0o600)) }
	settle("data-dir: ''\nin-flight: 4\n")
	g, p := started(t, "--settings", file)
	web := g.webApi()
	web.route("GET /", web.integrate(proxyTo(backend(t, echo))))
	web.deploy("$default")
	say := func(want ...string) {
		t.Helper()
		must(t, p.Process.Signal(syscall.SIGHUP))
		eventually(t, "the log says "+strings.Join(want, ", "), func() bool {
			for _, w := range want {
				if !strings.Contains(p.log.String(), w) {
					return false
				}
			}
			return true
		})
	}
	tapped := func() string { return g.managed("GET", "/_dragoman/tap", "127.0.0.1", "", nil).body }
	if got := tapped(); strings.Contains(got, `"all"`) {
		t.Fatalf("before: got %s", got)
	}
	settle("data-dir: ''\nin-flight: 5\ntap: [all]\n")
	say(`msg="setting reloaded" setting=tap origin=`+file+":3", `msg="setting changed: it counts after a restart" setting=in-flight`)
	if got := tapped(); !strings.Contains(got, `"all"`) {
		t.Errorf("after: got %s", got)
	}
	settle("in-flight: 5\ntap: [none]\nnonsense: 1\n")
	say(`msg="settings were not reloaded; those before go on"`, "line 3: nonsense")
	if got := tapped(); !strings.Contains(got, `"all"`) {
		t.Errorf("after nonsense: got %s", got)
	}
	settle("data-dir: ''\nin-flight: 4\ndefault-api: [" + web.id + "]\n")
	say("setting=default-api")
	eventually(t, "the bare address answers", func() bool {
		return raw(t, g.DataAddr(), "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n") == 200
	})
}
