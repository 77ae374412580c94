package cli

import (
	"bufio"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The command line as its users type it: each file in testdata is a session.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata"})
}

// asMain makes this test binary behave as dragoman itself.
const asMain = "DRAGOMAN_TEST_AS_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asMain) != "" {
		os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	testscript.Main(m, map[string]func(){
		"dragoman": func() { os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// serve says where it listens, is healthy, and ends with 0 on SIGTERM.
func TestServe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ready")
	cmd := exec.Command(os.Args[0], "serve", "--data-dir", t.TempDir(), "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0", "--ready-file", file)
	cmd.Env = append(os.Environ(), asMain+"=1")
	var told strings.Builder
	cmd.Stderr = &told
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill() }()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`^{"event":"ready","data":"http://127\.0\.0\.1:\d+","management":"(http://127\.0\.0\.1:\d+)","process":\d+}\n$`).FindStringSubmatch(line)
	if found == nil {
		t.Fatalf("the first line is %q", line)
	}
	if text, err := os.ReadFile(file); string(text) != line {
		t.Errorf("the file of those who wait has %q (%v), want %q", text, err, line)
	}
	response, err := http.Get(found[1] + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("/healthz: got %d, want 200", response.StatusCode)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("SIGTERM ended it with %v, want exit status 0", err)
	}
	if want := "dragoman: management on " + found[1] + ", APIs on http://"; !strings.HasPrefix(told.String(), want) || !strings.Contains(told.String(), "signatures not verified (loopback): a proxy in front needs --auth sigv4\n") {
		t.Errorf("a person is told %q, want %q first", told.String(), want)
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("the file of those who wait is left: %v", err)
	}
}
