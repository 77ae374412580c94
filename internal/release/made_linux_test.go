package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// made is the folder of a release of linux/amd64, which `make release-check` leaves.
func made(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("DRAGOMAN_RELEASE")
	if dir == "" {
		needs.Missing(t, "release", "DRAGOMAN_RELEASE names no folder that `make release-check` has made")
	}
	return dir
}

// the is the one file of a release that a pattern names.
func the(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(made(t), pattern))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: got %v (%v), want one file", pattern, found, err)
	}
	return found[0]
}

// unpack unpacks an archive below dir; links and devices are no part of any.
func unpack(t *testing.T, packed io.Reader, dir string) {
	t.Helper()
	z, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, filepath.FromSlash(h.Name))
		mode := os.FileMode(h.Mode).Perm()
		if h.Typeflag == tar.TypeDir {
			err = os.MkdirAll(to, mode)
		} else {
			var data []byte
			if err = os.MkdirAll(filepath.Dir(to), 0o755); err == nil {
				if data, err = io.ReadAll(r); err == nil {
					err = os.WriteFile(to, data, mode)
				}
			}
		}
		if err == nil && os.Getuid() == 0 {
			err = os.Chown(to, h.Uid, h.Gid)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestArchiveIsWhole(t *testing.T) {
	f, err := os.Open(the(t, "dragoman_*_linux_amd64.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	dir := t.TempDir()
	unpack(t, f, dir)
	top := filepath.Join(dir, strings.TrimSuffix(filepath.Base(f.Name()), ".tar.gz"))
	for _, name := range []string{"LICENSE", "README.md", "CHANGELOG.md", "THIRD_PARTY.md", "completions/dragoman.bash", "completions/_dragoman", "completions/dragoman.fish", "man/dragoman.1", "man/dragoman-serve.1"} {
		if info, err := os.Stat(filepath.Join(top, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s is missing (%v)", name, err)
		}
	}
	out, err := exec.CommandContext(t.Context(), filepath.Join(top, "dragoman"), "version", "--json").Output()
	var said struct{ Version, Commit, Date, Go string }
	if err != nil || json.Unmarshal(out, &said) != nil || !strings.Contains(f.Name(), "_"+said.Version+"_") || len(said.Commit) != 40 || said.Go == "" {
		t.Errorf("version: got %s (%v)", out, err)
	}
	if _, err := time.Parse(time.RFC3339, said.Date); err != nil {
		t.Errorf("the date of the commit: %v", err)
	}
	if out, err := exec.CommandContext(t.Context(), "sh", "-c", "cd "+made(t)+" && sha256sum -c checksums.txt").CombinedOutput(); err != nil {
		t.Errorf("checksums: %v\n%s", err, out)
	}
}

// layers answers the configuration of the image and its one layer, as `docker load` finds them.
func layers(t *testing.T) (config map[string]any, layer []byte) {
	t.Helper()
	f, err := os.Open(the(t, "dragoman_*_image_amd64.tar"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if err == io.EOF {
			return config, layer
		}
		data, _ := io.ReadAll(r)
		switch {
		case strings.HasPrefix(h.Name, "sha256:"):
			var whole struct{ Config map[string]any }
			if err := json.Unmarshal(data, &whole); err != nil {
				t.Fatal(err)
			}
			config = whole.Config
		case strings.HasSuffix(h.Name, ".tar.gz"):
			layer = data
		}
	}
}

// inside is a command in the image: below its root, as its own user, with its own variables.
func inside(t *testing.T, root string, config map[string]any, variables []string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "/bin/true")
	cmd.Path = config["Entrypoint"].([]any)[0].(string) // below the root, where nobody looks for it before
	cmd.Err = nil
	cmd.Args = append([]string{cmd.Path}, args...)
	cmd.Dir = config["WorkingDir"].(string)
	for _, v := range config["Env"].([]any) {
		cmd.Env = append(cmd.Env, v.(string))
	}
	cmd.Env = append(cmd.Env, variables...)
	var uid, gid uint32
	if _, err := fmt.Sscanf(config["User"].(string), "%d:%d", &uid, &gid); err != nil || uid == 0 {
		t.Fatalf("the user is %v", config["User"])
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: uid, Gid: gid}}
	return cmd
}

// The image without an engine: its root, its user, its command, its health check.
func TestImageServes(t *testing.T) {
	config, layer := layers(t)
	if os.Getuid() != 0 {
		t.Skip("only root may change the root of a process")
	}
	root := t.TempDir()
	if err := os.Chmod(filepath.Dir(root), 0o755); err != nil {
		t.Fatal(err)
	}
	unpack(t, bytes.NewReader(layer), root)
	// Nobody of the image may write anywhere but where it keeps things: a read-only root is
	// enough for it.
	out, err := inside(t, root, config, nil, "serve").CombinedOutput()
	for _, want := range []string{"--auth none", "--credentials FILE", "DRAGOMAN_KEY=ID:SECRET"} {
		if err == nil || !strings.Contains(string(out), want) {
			t.Errorf("without a word: got %v %s, want %q", err, out, want)
		}
	}
	port := freePort(t)
	variables := []string{"DRAGOMAN_LISTEN=0.0.0.0:0", "DRAGOMAN_MANAGEMENT=0.0.0.0:" + port}
	if out, err := inside(t, root, config, variables, "health").CombinedOutput(); err == nil {
		t.Errorf("health of nobody: %s", out)
	}
	cmd := inside(t, root, config, variables, "serve", "--auth", "none")
	var log bytes.Buffer
	cmd.Stderr = &log
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	var ready struct{ Management string }
	if err := json.NewDecoder(stdout).Decode(&ready); err != nil {
		_ = cmd.Wait()
		t.Fatalf("%v\n%s", err, &log)
	}
	test := config["Healthcheck"].(map[string]any)["Test"].([]any)
	if test[0] != "CMD" || test[1] != config["Entrypoint"].([]any)[0] {
		t.Errorf("the health check is %v", test)
	}
	if out, err := inside(t, root, config, variables, test[2].(string)).CombinedOutput(); err != nil {
		t.Errorf("health: %v %s", err, out)
	}
	response, err := http.Post(ready.Management+"/v2/apis", "application/json", strings.NewReader(`{"name":"image","protocolType":"HTTP"}`))
	if err != nil || response.StatusCode != http.StatusCreated {
		t.Fatalf("got %v, %v", response, err)
	}
	response.Body.Close()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the end: %v\n%s", err, &log)
	}
	if !strings.Contains(log.String(), "NO SIGNATURES ASKED FOR") {
		t.Errorf("it does not say aloud whom it believes:\n%s", &log)
	}
	if kept, _ := os.ReadDir(filepath.Join(root, "data")); len(kept) == 0 {
		t.Error("nothing is kept in /data")
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// The image by the judgement of others.
func TestImageIsValid(t *testing.T) {
	archive := the(t, "dragoman_*_image_amd64.tar")
	cmd := exec.CommandContext(t.Context(), "go", "-C", "../../release", "tool", "crane", "validate", "--tarball", archive)
	cmd.Env = append(os.Environ(), "GOFLAGS=-buildvcs=false")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.HasPrefix(string(out), "PASS") && !strings.Contains(string(out), "\nPASS") {
		t.Errorf("%v\n%s", err, out)
	}
}

// The package of Debian in a root of its own: installed, started by its unit's command, asked,
// upgraded, removed.
func TestDebianPackage(t *testing.T) {
	archive := the(t, "dragoman_*_linux_amd64.deb")
	if os.Getuid() != 0 {
		t.Skip("only root may install a package")
	}
	if _, err := exec.LookPath("dpkg"); err != nil {
		t.Skip("there is no dpkg: this is no Debian")
	}
	root := t.TempDir()
	for _, dir := range []string{"var/lib/dpkg/updates", "var/lib/dpkg/info", "var/log"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"status", "available"} {
		if err := os.WriteFile(filepath.Join(root, "var/lib/dpkg", name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	dpkg := func(args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "dpkg", append([]string{"--root=" + root}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("dpkg %v: %v\n%s", args, err, out)
		}
	}
	dpkg("--install", archive)
	settings := filepath.Join(root, "etc/dragoman/dragoman.yaml")
	text, err := os.ReadFile(settings)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(settings, append(text, "account: \"123456789012\"\n"...), 0o644); err != nil {
		t.Fatal(err)
	}
	serveByUnit(t, root)
	dpkg("--force-confold", "--install", later(t, archive))
	if kept, err := os.ReadFile(settings); err != nil || !strings.HasSuffix(string(kept), "account: \"123456789012\"\n") {
		t.Errorf("an upgrade does not keep the settings: %v\n%s", err, kept)
	}
	serveByUnit(t, root)
	dpkg("--remove", "dragoman")
	if _, err := os.Stat(filepath.Join(root, "usr/bin/dragoman")); !os.IsNotExist(err) {
		t.Errorf("the program is left: %v", err)
	}
	if _, err := os.Stat(settings); err != nil {
		t.Errorf("settings are gone before a purge: %v", err)
	}
	dpkg("--purge", "dragoman")
	if _, err := os.Stat(settings); !os.IsNotExist(err) {
		t.Errorf("settings are left after a purge: %v", err)
	}
}

// The package of Red Hat in a root of its own, by rpm itself: its digests are right, its settings are
// kept by an upgrade, it has what the one of Debian has, and what it installed is served and removed.
func TestRedHatPackage(t *testing.T) {
	archive := the(t, "dragoman_*_linux_amd64.rpm")
	if os.Getuid() != 0 {
		t.Skip("only root may install a package")
	}
	needs.Program(t, "rpm", "--version")
	needs.Program(t, "dpkg-deb", "--version")
	root := t.TempDir()
	rpm := func(args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "rpm", args...)
		var said bytes.Buffer
		cmd.Stderr = &said // Debian's warns there that it is not Debian's own
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("rpm %v: %v\n%s%s", args, err, out, said.Bytes())
		}
		return string(out)
	}
	if said := rpm("-K", "--nosignature", archive); !strings.Contains(said, "digests OK") {
		t.Errorf("got %s", said)
	}
	version := strings.Split(filepath.Base(archive), "_")[1]
	if said := rpm("-qp", "--qf", "%{NAME} %{VERSION} %{ARCH} %{LICENSE}", archive); said != "dragoman "+version+" x86_64 Apache-2.0" {
		t.Errorf("got %s", said)
	}
	// c is a file of settings, and n what is not replaced.
	if said := rpm("-qp", "--qf", "[%{FILENAMES} %{FILEFLAGS:fflags}\n]", archive); !strings.Contains(said, "/etc/dragoman/dragoman.yaml cn\n") {
		t.Errorf("the settings are not kept by an upgrade:\n%s", said)
	}
	rpm("--root", root, "--install", "--nodeps", archive)
	rpm("--root", root, "--verify", "--nodeps", "dragoman")
	other := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "dpkg-deb", "--extract", the(t, "dragoman_*_linux_amd64.deb"), other).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	files := 0
	for _, name := range strings.Fields(rpm("-qlp", archive)) {
		got, err := os.ReadFile(filepath.Join(root, name))
		want, missing := os.ReadFile(filepath.Join(other, name))
		if err != nil || missing != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not that of Debian's package: %v, %v", name, err, missing)
		}
		files++
	}
	if files < 100 {
		t.Errorf("it has %d files", files)
	}
	settings := filepath.Join(root, "etc/dragoman/dragoman.yaml")
	text, err := os.ReadFile(settings)
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, "account: \"123456789012\"\n"...)
	if err := os.WriteFile(settings, text, 0o644); err != nil {
		t.Fatal(err)
	}
	serveByUnit(t, root)
	rpm("--root", root, "--upgrade", "--force", "--nodeps", archive)
	if kept, err := os.ReadFile(settings); err != nil || !bytes.Equal(kept, text) {
		t.Errorf("an upgrade does not keep the settings: %v\n%s", err, kept)
	}
	rpm("--root", root, "--erase", "--nodeps", "dragoman")
	if _, err := os.Stat(filepath.Join(root, "usr/bin/dragoman")); !os.IsNotExist(err) {
		t.Errorf("the program is left: %v", err)
	}
}

// later is a package of the next version, with the same in it.
func later(t *testing.T, archive string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "next")
	next := dir + ".deb"
	script := `set -e; dpkg-deb -R "$1" "$2"; sed -i "s/^Version: .*/Version: 99.0.0/" "$2/DEBIAN/control"; dpkg-deb -b "$2" "$3"`
	if out, err := exec.CommandContext(t.Context(), "sh", "-c", script, "sh", archive, dir, next).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return next
}

// serveByUnit runs what the unit runs, tells it as systemd does where to say that it is ready,
// and asks it.
func serveByUnit(t *testing.T, root string) {
	t.Helper()
	unit, err := os.ReadFile(filepath.Join(root, "usr/lib/systemd/system/dragoman.service"))
	if err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(string(unit), "\nExecStart=")
	line, _, _ = strings.Cut(line, "\n")
	args := strings.Fields(line)
	for i, arg := range args {
		if strings.HasPrefix(arg, "/") {
			args[i] = filepath.Join(root, arg)
		}
	}
	if !strings.Contains(string(unit), "\nType=notify\n") || len(args) < 2 {
		t.Fatalf("the unit is\n%s", unit)
	}
	socket := filepath.Join(t.TempDir(), "n")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := freePort(t)
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Env = append(os.Environ(), "NOTIFY_SOCKET="+socket, "DRAGOMAN_DATA_DIR="+t.TempDir(), "DRAGOMAN_LISTEN=127.0.0.1:0", "DRAGOMAN_MANAGEMENT=127.0.0.1:"+port)
	var log bytes.Buffer
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill() }()
	told := func(want string) {
		t.Helper()
		buffer := make([]byte, 256)
		_ = l.SetReadDeadline(time.Now().Add(30 * time.Second))
		if n, err := l.Read(buffer); err != nil || string(buffer[:n]) != want {
			t.Fatalf("the service manager hears %q (%v), want %q\n%s", buffer[:n], err, want, &log)
		}
	}
	told("READY=1")
	response, err := http.Get("http://127.0.0.1:" + port + "/_dragoman/settings")
	if err != nil {
		t.Fatal(err)
	}
	said, _ := io.ReadAll(response.Body)
	response.Body.Close()
	if !strings.Contains(string(said), `"account":"123456789012"`) {
		t.Errorf("the settings of the package do not hold: %s", said)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	told("STOPPING=1")
	if err := cmd.Wait(); err != nil {
		t.Errorf("the end: %v\n%s", err, &log)
	}
}
