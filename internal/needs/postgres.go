package needs

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"
)

// Database is a PostgreSQL server of a test's own.
type Database struct {
	Port     string
	folder   string
	bin      string
	settings []string
	t        testing.TB
}

// Postgres makes a PostgreSQL server in a folder of its own and starts it on a loopback
// port. As root it is started as another user, for it refuses that one. Settings, name=value, come
// after its own: "fsync=on" for what is measured.
func Postgres(t testing.TB, settings ...string) *Database {
	t.Helper()
	d := &Database{bin: PostgresFolder(t), settings: settings, t: t}
	folder, err := os.MkdirTemp("", "dragoman-postgres")
	if err != nil {
		t.Fatal(err)
	}
	d.folder = folder
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	if owner := d.owner(); owner != nil {
		id, _ := strconv.Atoi(owner.Uid)
		group, _ := strconv.Atoi(owner.Gid)
		if err := os.Chown(folder, id, group); err != nil {
			t.Fatal(err)
		}
	}
	d.run("initdb", "-D", d.data(), "-U", "dragoman", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, d.Port, _ = net.SplitHostPort(l.Addr().String())
	_ = l.Close() // for the server, which cannot be handed a listener
	d.Start()
	t.Cleanup(func() { d.Stop("immediate") })
	d.watch()
	return d
}

// watch has the server end with this process, however that ends: one whose tests took too long is
// killed and cleans nothing up. A shell waits for the end of a pipe that only this process holds.
func (d *Database) watch() {
	d.t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		d.t.Fatal(err)
	}
	stop := fmt.Sprintf(`trap "" INT TERM HUP; read -r line; "%s" -D "%s" -m immediate -w -t 30 stop >/dev/null 2>&1; rm -rf "%s"`, filepath.Join(d.bin, "pg_ctl"), d.data(), d.folder)
	cmd := d.as("sh", "-c", stop)
	cmd.Stdin = r
	err = cmd.Start()
	_ = r.Close()
	if err != nil {
		_ = w.Close()
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = w.Close(); _ = cmd.Wait() }) // of a server that was stopped it says so
}

func (d *Database) data() string { return filepath.Join(d.folder, "data") }

// URL is the address of a schema, which is made: each is as good as a database.
func (d *Database) URL(schema string) string {
	d.t.Helper()
	d.SQL(`CREATE SCHEMA IF NOT EXISTS "` + schema + `"`)
	return fmt.Sprintf("postgres://dragoman@127.0.0.1:%s/postgres?sslmode=disable&search_path=%s", d.Port, schema)
}

// SQL runs statements and answers what they print, without decoration.
func (d *Database) SQL(text string) string {
	d.t.Helper()
	out, err := d.command("psql", "-h", "127.0.0.1", "-p", d.Port, "-U", "dragoman", "-d", "postgres", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-c", text).CombinedOutput()
	if err != nil {
		d.t.Fatalf("psql: %v: %s", err, out)
	}
	return string(out)
}

// Start starts the server, and waits for it. It does not wait for its disk: no test cuts
// the power.
func (d *Database) Start() {
	d.t.Helper()
	options := "-c listen_addresses=127.0.0.1 -c unix_socket_directories=" + d.folder + " -c max_connections=200 -c shared_buffers=16MB -c fsync=off -p " + d.Port
	for _, s := range d.settings {
		options += " -c " + s
	}
	d.run("pg_ctl", "-D", d.data(), "-l", filepath.Join(d.folder, "log"), "-o", options, "-w", "-t", "60", "start")
}

// Stop stops the server: "fast", or "immediate" as a power cut does.
func (d *Database) Stop(mode string) {
	_ = d.command("pg_ctl", "-D", d.data(), "-m", mode, "-w", "-t", "30", "stop").Run()
}

func (d *Database) run(program string, args ...string) {
	d.t.Helper()
	// What is started would keep a pipe open: its output goes to a file.
	out, err := os.CreateTemp("", "dragoman-postgres-out")
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = out.Close(); _ = os.Remove(out.Name()) }()
	cmd := d.command(program, args...)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(out.Name())
		d.t.Fatalf("%s: %v: %s", program, err, said)
	}
}

// command is a program of PostgreSQL, run as the user who owns the server.
func (d *Database) command(program string, args ...string) *exec.Cmd {
	return d.as(filepath.Join(d.bin, program), args...)
}

// as is a program that is run as the user who owns the server.
func (d *Database) as(program string, args ...string) *exec.Cmd {
	if owner := d.owner(); owner != nil {
		program, args = "setpriv", slices.Concat([]string{"--reuid=" + owner.Uid, "--regid=" + owner.Gid, "--clear-groups", program}, args)
	}
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.WaitDelay = d.folder, time.Second
	return cmd
}

// owner is who owns the server where the test is run as root; nil elsewhere.
func (d *Database) owner() *user.User {
	if os.Getuid() != 0 {
		return nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			return u
		}
	}
	return nil
}

// PostgresFolder is where the newest server that is installed has its programs. Debian keeps
// them off the path. Without one the test ends.
func PostgresFolder(t testing.TB) string {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) > 0 {
		slices.SortFunc(found, func(a, b string) int { return len(a) - len(b) })
		return filepath.Dir(found[len(found)-1])
	}
	return filepath.Dir(Program(t, "initdb", "--version"))
}
