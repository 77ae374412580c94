package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/management/tree"
)

// releases serves a release as it is published, under its tag.
func releases(t *testing.T) (url, version string) {
	t.Helper()
	archive := filepath.Base(the(t, "dragoman_*_linux_amd64.tar.gz"))
	version = strings.Split(archive, "_")[1]
	s := httptest.NewServer(http.StripPrefix("/v"+version+"/", http.FileServer(http.Dir(made(t)))))
	t.Cleanup(s.Close)
	return s.URL, version
}

// script runs a step of a recipe with the variables of a runner.
func script(t *testing.T, line string, variables ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", line)
	cmd.Env = append(os.Environ(), variables...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// stop ends the gateway that a step has left.
func stop(t *testing.T, ready string) {
	t.Helper()
	text, err := os.ReadFile(ready)
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`"process":(\d+)`).FindSubmatch(text)
	if found == nil {
		t.Fatalf("%s", text)
	}
	process, err := strconv.Atoi(string(found[1]))
	if err == nil {
		err = syscall.Kill(process, syscall.SIGTERM)
	}
	if err != nil {
		t.Error(err)
	}
}

// The action's own commands, in their order, as a runner runs them.
func TestAction(t *testing.T) {
	needs.Program(t, "curl", "--version")
	text, err := os.ReadFile("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	action, err := tree.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	url, version := releases(t)
	dir := t.TempDir()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	seed := filepath.Join(dir, "seed.yaml")
	if err := os.WriteFile(seed, []byte("dragoman: 1\nregions: {us-east-1: {apis: {web: {name: seeded, protocolType: HTTP}}}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	path, output, environment := filepath.Join(dir, "path"), filepath.Join(dir, "output"), filepath.Join(dir, "env")
	inputs := map[string]string{"version": version, "seed": seed, "flags": "--account 123456789012"}
	expand := func(text string) string {
		text = strings.ReplaceAll(text, "${{ github.action_path }}", root)
		for name, value := range inputs {
			text = strings.ReplaceAll(text, "${{ inputs."+name+" }}", value)
		}
		return text
	}
	for _, step := range action.Get("runs", "steps").Items() {
		variables := []string{"RUNNER_TEMP=" + dir, "GITHUB_PATH=" + path, "GITHUB_OUTPUT=" + output, "GITHUB_ENV=" + environment, "DRAGOMAN_RELEASES=" + url}
		if added, err := os.ReadFile(path); err == nil {
			variables = append(variables, "PATH="+strings.TrimSpace(string(added))+":"+os.Getenv("PATH"))
		}
		for name, value := range step.Get("env").Members() {
			variables = append(variables, name+"="+expand(value.Text()))
		}
		if out, err := script(t, expand(step.Get("run").Text()), variables...); err != nil {
			t.Fatalf("%s: %v\n%s", step.Get("name").Text(), err, out)
		}
	}
	found, _ := filepath.Glob(filepath.Join(dir, "dragoman-*", "ready.json"))
	if len(found) != 1 {
		t.Fatalf("got %v", found)
	}
	defer stop(t, found[0])
	told, err := os.ReadFile(output)
	if err != nil {
		t.Fatal(err)
	}
	management := regexp.MustCompile(`(?m)^management=(http://127\.0\.0\.1:\d+)$`).FindSubmatch(told)
	if management == nil || !regexp.MustCompile(`(?m)^data=http://127\.0\.0\.1:\d+$`).Match(told) {
		t.Fatalf("outputs: %s", told)
	}
	for name := range action.Get("outputs").Members() {
		if !bytes.Contains(told, []byte(name+"=")) {
			t.Errorf("the output %s is not told", name)
		}
	}
	variables, _ := os.ReadFile(environment)
	if !bytes.Contains(variables, []byte("AWS_ENDPOINT_URL_APIGATEWAYV2="+string(management[1])+"\n")) {
		t.Errorf("variables: %s", variables)
	}
	out, err := script(t, "curl -fsS "+string(management[1])+"/v2/apis/web; curl -fsS "+string(management[1])+"/_dragoman/settings")
	if err != nil || !strings.Contains(out, `"seeded"`) || !strings.Contains(out, "123456789012") {
		t.Errorf("got %v %s", err, out)
	}
}

// The recipe of GitLab, with the scripts of this tree in the place of those that it fetches.
func TestGitLab(t *testing.T) {
	needs.Program(t, "curl", "--version")
	text, err := os.ReadFile("../../deploy/ci/gitlab.yml")
	if err != nil {
		t.Fatal(err)
	}
	recipe, err := tree.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	url, version := releases(t)
	scripts := httptest.NewServer(http.FileServer(http.Dir("../../deploy/ci")))
	t.Cleanup(scripts.Close)
	dir := t.TempDir()
	var lines []string
	for _, line := range recipe.Get(".dragoman", "before_script").Items() {
		lines = append(lines, line.Text())
	}
	lines = append(lines, `curl -fsS "$AWS_ENDPOINT_URL_APIGATEWAYV2/v2/apis"; echo; ls -d "$TMPDIR"/dragoman-*/ready.json`)
	out, err := script(t, "cd '"+dir+"'\n"+strings.Join(lines, "\n"), "TMPDIR="+dir, "DRAGOMAN_VERSION="+version, "DRAGOMAN_CI="+scripts.URL, "DRAGOMAN_RELEASES="+url)
	if err != nil || !strings.Contains(out, `{"items":[]}`) {
		t.Fatalf("%v\n%s", err, out)
	}
	all := strings.Fields(out)
	stop(t, all[len(all)-1])
}

// What is not the release's is not unpacked, and a gateway that does not start says why.
func TestRecipesFailClosed(t *testing.T) {
	needs.Program(t, "curl", "--version")
	archive := filepath.Base(the(t, "dragoman_*_linux_amd64.tar.gz"))
	version := strings.Split(archive, "_")[1]
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "checksums.txt") {
			_, _ = w.Write([]byte(strings.Repeat("0", 64) + "  " + archive + "\n"))
			return
		}
		http.ServeFile(w, r, filepath.Join(made(t), archive))
	}))
	defer s.Close()
	dir := t.TempDir()
	if out, err := script(t, "../../deploy/ci/install.sh", "RUNNER_TEMP="+dir, "VERSION="+version, "DRAGOMAN_RELEASES="+s.URL); err == nil {
		t.Errorf("an archive with another checksum was installed:\n%s", out)
	}
	if found, _ := filepath.Glob(filepath.Join(dir, "*", "*", "dragoman")); len(found) > 0 {
		t.Errorf("it was unpacked: %v", found)
	}
	if out, err := script(t, "../../deploy/ci/install.sh", "RUNNER_TEMP="+dir, "VERSION=../x"); err == nil || !strings.Contains(out, "is no version") {
		t.Errorf("got %v %s", err, out)
	}
	unpacked := t.TempDir()
	f, err := os.Open(the(t, "dragoman_*_linux_amd64.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unpack(t, f, unpacked)
	binary := filepath.Join(unpacked, strings.TrimSuffix(archive, ".tar.gz"), "dragoman")
	if out, err := script(t, "../../deploy/ci/start.sh", "RUNNER_TEMP="+dir, "DRAGOMAN_BINARY="+binary, "FLAGS=--account 1"); err == nil || !strings.Contains(out, "want 12 digits") {
		t.Errorf("got %v %s", err, out)
	}
}
