package conformance

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// meaning is a backend that answers with the path that it means, resolved as it
// resolves the paths of its files.
type meaning struct {
	name string
	url  func(t *testing.T) string
}

// meanings are the backends of the path corpus.
var meanings = []meaning{{"nginx", nginxMeans}, {"go", goMeans}, {"node", nodeMeans}}

// required is a program that the path corpus needs. Without it the test is
// skipped, but on a machine of continuous integration it fails.
func required(t *testing.T, name string) string {
	t.Helper()
	for _, at := range []string{name, filepath.Join("/usr/sbin", name)} {
		if found, err := exec.LookPath(at); err == nil {
			return found
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is not on this machine, and continuous integration runs the path corpus against it", name)
	}
	t.Skipf("%s is not on this machine", name)
	return ""
}

// goMeans reads paths as http.FileServer does.
func goMeans(t *testing.T) string {
	return backend(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, path.Clean("/"+r.URL.Path))
	})
}

const nodeScript = `
const http = require("node:http"), path = require("node:path");
const server = http.createServer((request, response) => {
  const { pathname } = new URL(request.url, "http://backend");
  response.end(path.posix.normalize(decodeURIComponent(pathname)));
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
`

// nodeMeans reads paths as programs on Node do, by the parser of URLs.
func nodeMeans(t *testing.T) string {
	t.Helper()
	node := required(t, "node")
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, node, "-e", nodeScript)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() { cancel(); _ = cmd.Wait() })
	port, err := bufio.NewReader(out).ReadString('\n')
	must(t, err)
	return "http://127.0.0.1:" + strings.TrimSpace(port)
}

const nginxConfig = `
daemon off;
master_process off;
pid %[1]s/pid;
error_log stderr crit;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi;
  uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
  server {
    listen 127.0.0.1:%[2]d;
    location / { default_type text/plain; return 200 $uri; }
  }
}
`

// nginxMeans reads paths as nginx chooses locations and files by them.
func nginxMeans(t *testing.T) string {
	t.Helper()
	nginx, dir := required(t, "nginx"), t.TempDir()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	port := l.Addr().(*net.TCPAddr).Port
	must(t, l.Close()) // nginx takes no listener; its port is free for a moment
	config := filepath.Join(dir, "nginx.conf")
	must(t, os.WriteFile(config, fmt.Appendf(nil, nginxConfig, dir, port), 0o600))
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, nginx, "-p", dir, "-c", config, "-e", "stderr")
	cmd.Stderr = os.Stderr
	must(t, cmd.Start())
	t.Cleanup(func() { cancel(); _ = cmd.Wait() })
	at := fmt.Sprintf("127.0.0.1:%d", port)
	eventually(t, "nginx answers", func() bool {
		c, err := net.DialTimeout("tcp", at, time.Second)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return "http://" + at
}
