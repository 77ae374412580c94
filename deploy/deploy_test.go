package deploy

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/cli"
	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// read reads a file of the folder.
func read(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// run runs a program and answers what it prints; want is whether it succeeds.
func run(t *testing.T, want bool, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	text, err := cmd.CombinedOutput()
	if (err == nil) != want {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, text)
	}
	return string(text)
}

var (
	variable = regexp.MustCompile(`DRAGOMAN_[A-Z_]+`)
	setting  = regexp.MustCompile(`(?m)^([a-z-]+):`) // of fleet.yaml
)

// notFlags are variables that stand for no flag, but are the compose file's own.
var notFlags = []string{"--image"}

// Each variable that a file sets is that of a flag which there is.
func TestVariablesAreFlags(t *testing.T) {
	var help bytes.Buffer
	if status := cli.Main([]string{"serve", "--help"}, strings.NewReader(""), &help, &help); status != 0 {
		t.Fatalf("serve --help: %d %s", status, &help)
	}
	seen := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && path == "ci" {
			return fs.SkipDir // its recipes are told by variables of their own
		}
		if err != nil || d.IsDir() || strings.HasSuffix(path, ".go") {
			return err
		}
		var flags []string
		for _, name := range variable.FindAllString(read(t, path), -1) {
			flags = append(flags, "--"+strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(name, "DRAGOMAN_")), "_", "-"))
		}
		if strings.HasSuffix(path, "fleet.yaml") {
			for _, found := range setting.FindAllStringSubmatch(read(t, path), -1) {
				flags = append(flags, "--"+found[1])
			}
		}
		for _, flag := range flags {
			if seen++; !slices.Contains(notFlags, flag) && !strings.Contains(help.String(), flag+" ") {
				t.Errorf("%s: dragoman serve knows no %s", path, flag)
			}
		}
		return nil
	})
	if err != nil || seen < 30 {
		t.Errorf("%d variables, %v", seen, err)
	}
}

// compose finds Docker's compose, of either kind.
func compose(t *testing.T) []string {
	if docker, err := exec.LookPath("docker"); err == nil && exec.CommandContext(t.Context(), docker, "compose", "version").Run() == nil {
		return []string{docker, "compose"}
	}
	return []string{needs.Program(t, "docker-compose", "version")}
}

func TestComposeFile(t *testing.T) {
	c := compose(t)
	text := run(t, true, "compose", c[0], append(c[1:], "-f", "compose.yaml", "config")...)
	for _, want := range []string{"node1:", "node2:", "node3:", "postgres:", "nats:", "front:"} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %s in %s", want, text)
		}
	}
}

// Secrets are made once, and stay: those of a fleet that runs must not change.
func TestComposeSecrets(t *testing.T) {
	dir := t.TempDir()
	script := filepath.Join(dir, "secrets.sh")
	if err := os.WriteFile(script, []byte(read(t, "compose", "secrets.sh")), 0o700); err != nil {
		t.Fatal(err)
	}
	run(t, true, dir, "sh", "secrets.sh")
	made := map[string]string{}
	for _, name := range []string{"store", "bus", "credentials", "postgres", "nats"} {
		made[name] = read(t, dir, "secrets", name)
		if !strings.Contains(read(t, "compose", "compose.yaml"), "./secrets/"+name) {
			t.Errorf("nobody uses the secret %s", name)
		}
	}
	if !strings.Contains(made["store"], made["postgres"]+"@postgres:5432") || !strings.Contains(made["nats"], strings.TrimPrefix(made["bus"], "dragoman:")) || len(made["postgres"]) < 40 {
		t.Errorf("the parts do not fit: %v", made)
	}
	if info, err := os.Stat(filepath.Join(dir, "secrets")); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder of secrets: %v %v, want it for its owner alone", info.Mode(), err)
	}
	run(t, true, dir, "sh", "secrets.sh")
	for name, before := range made {
		if read(t, dir, "secrets", name) != before {
			t.Errorf("the secret %s was made anew", name)
		}
	}
}

// What the packages' unit becomes with what is added to it here.
func TestUnit(t *testing.T) {
	verify := needs.Program(t, "systemd-analyze", "--version")
	// The program is not on this machine under the name that it has there.
	unit := strings.ReplaceAll(read(t, "..", "packaging", "dragoman.service"), "/usr/bin/dragoman", "/bin/true")
	more := read(t, "systemd", "dragoman.service.d", "fleet.conf")
	check := func(more string) string {
		dir := t.TempDir()
		path := filepath.Join(dir, "dragoman.service")
		if err := errors.Join(os.WriteFile(path, []byte(unit), 0o600), os.Mkdir(path+".d", 0o700), os.WriteFile(filepath.Join(path+".d", "fleet.conf"), []byte(more), 0o600)); err != nil {
			t.Fatal(err)
		}
		out, _ := exec.CommandContext(t.Context(), verify, "verify", path).CombinedOutput()
		return string(out)
	}
	if out := check(more); out != "" {
		t.Errorf("systemd says: %s", out)
	}
	if out := check(strings.ReplaceAll(more, "TimeoutStopSec=90s", "TimeoutStopSec=ninety")); !strings.Contains(out, "ninety") {
		t.Errorf("systemd finds nothing wrong with what is broken: %q", out)
	}
}

// rendered is the chart with some values.
func rendered(t *testing.T, helm string, args ...string) string {
	t.Helper()
	return run(t, true, "helm", helm, append([]string{"template", "fleet", "dragoman", "--kube-version", "1.31.0"}, args...)...)
}

func TestChart(t *testing.T) {
	helm := needs.Program(t, "helm", "version")
	run(t, true, "helm", helm, "lint", "--strict", "dragoman")
	for _, row := range []struct {
		name       string
		args       []string
		has, lacks []string
	}{
		{"as it is", nil, []string{
			"replicas: 3", "kind: PodDisruptionBudget", "path: /readyz", "sleep: {seconds: 5}", "terminationGracePeriodSeconds: 85",
			"name: fleet-postgres", "name: fleet-nats", `value: "nats://fleet-nats:4222"`, "runAsNonRoot: true",
		}, []string{"HorizontalPodAutoscaler"}},
		{"with engines of its own", []string{"--set", "store.existingSecret=db,store.key=uri,bus.url=nats://a:4222\\,nats://b:4222,bus.existingSecret=broker,credentials.existingSecret=keys"},
			[]string{"secretName: db", "key: uri, path: url", "secretName: broker", "secretName: keys", `value: "nats://a:4222,nats://b:4222"`},
			[]string{"fleet-postgres", "fleet-nats", "aws_secret_access_key", "postgres://"}},
		{"a broker without users", []string{"--set", "bus.url=nats://a:4222"}, []string{"DRAGOMAN_BUS,"}, []string{"DRAGOMAN_BUS_USER_FILE", "name: bus"}},
		{"autoscaled", []string{"--set", "autoscaling.enabled=true,autoscaling.connections=500"},
			[]string{"kind: HorizontalPodAutoscaler", "metric: {name: dragoman_connections_open}", `averageValue: "500"`}, []string{"replicas: 3"}},
		{"slower", []string{"--set", "drain=600,shutdownDelay=20,preStop=0"}, []string{"terminationGracePeriodSeconds: 635", `value: "600s"`, `value: "20s"`}, []string{"lifecycle:"}},
		{"more flags", []string{"--set-string", "env.DRAGOMAN_ACCOUNT_RATE=500", "--set", "trustedProxies={10.0.0.0/8}"}, []string{`{name: DRAGOMAN_ACCOUNT_RATE, value: "500"}`, `value: "10.0.0.0/8"`}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			text := rendered(t, helm, row.args...)
			for _, want := range row.has {
				if !strings.Contains(text, want) {
					t.Errorf("there is no %q in %s", want, text)
				}
			}
			for _, unwanted := range row.lacks {
				if strings.Contains(text, unwanted) {
					t.Errorf("there is %q in %s", unwanted, text)
				}
			}
		})
	}
	old := run(t, true, "helm", helm, "template", "fleet", "dragoman", "--kube-version", "1.28.0")
	if strings.Contains(old, "sleep:") {
		t.Error("a cluster that knows no sleep is asked for one")
	}
	for _, wrong := range []string{"replicas=0", "account=12", "apiEndpoint=http://example.com", "drain=0"} {
		run(t, false, "helm", helm, "template", "fleet", "dragoman", "--set", wrong)
	}
}
