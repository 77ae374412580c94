package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/bench/measured"
)

// proxy is a running proxy and how it is asked.
type proxy struct {
	name  string
	url   string
	host  string // Host header, "" for the URL's
	token string
	pid   int
	stop  func()
}

type process struct {
	address string
	stop    func()
}

// proxies starts each of them before a backend; one that is not installed is nil.
func proxies() []func(backend string) (*proxy, error) {
	if *function {
		return []func(string) (*proxy, error){startPlain, startFunction}
	}
	if *growth {
		all := []func(string) (*proxy, error){startPlain}
		for _, kind := range []string{"routes 1000", "routes 10000", "APIs 1000"} {
			all = append(all, func(backend string) (*proxy, error) { return startDragoman("dragoman, "+kind, kind+" "+backend) })
		}
		return all
	}
	return []func(string) (*proxy, error){startNginx, startHAProxy, startCaddy, startPlain, startLoaded}
}

func freePort() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "0"
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// launch starts a proxy whose configuration is in a directory of its own, and
// waits until it answers at a port, before which there may be a scheme.
func launch(name, program, file, config, port string, args ...string) (*proxy, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		fmt.Printf("%s is not installed\n", program)
		return nil, nil
	}
	dir, err := os.MkdirTemp("", "bench-"+name+"-")
	if err != nil {
		return nil, err
	}
	at := filepath.Join(dir, file)
	if err := os.WriteFile(at, []byte(strings.ReplaceAll(config, "DIR", dir)), 0o600); err != nil {
		return nil, err
	}
	for i, arg := range args {
		args[i] = strings.NewReplacer("FILE", at, "DIR", dir).Replace(arg)
	}
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	scheme := "http"
	if s, rest, ok := strings.Cut(port, ":"); ok {
		scheme, port = s, rest
	}
	p := &proxy{name: name, url: scheme + "://127.0.0.1:" + port + "/", pid: cmd.Process.Pid, stop: func() {
		_ = cmd.Process.Signal(os.Interrupt)
		ended := make(chan struct{})
		go func() { _ = cmd.Wait(); close(ended) }()
		select {
		case <-ended:
		case <-time.After(3 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
		_ = os.RemoveAll(dir)
	}}
	return p, p.ready()
}

func (p *proxy) ready() error {
	for range 100 {
		r, _ := http.NewRequest("GET", p.url, nil)
		r.Host = p.host
		if response, err := trusting.Do(r); err == nil {
			response.Body.Close()
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	p.stop()
	return fmt.Errorf("%s did not answer within 5 s", p.name)
}

func startNginx(backend string) (*proxy, error) {
	port := freePort()
	return launch("nginx", "nginx", "nginx.conf", `worker_processes 2; daemon off; pid DIR/pid; error_log DIR/error.log crit;
events { worker_connections 4096; }
http { access_log off; client_body_temp_path DIR/1; proxy_temp_path DIR/2; fastcgi_temp_path DIR/3; uwsgi_temp_path DIR/4; scgi_temp_path DIR/5;
keepalive_requests 1000000; upstream back { server `+backend+`; keepalive 128; keepalive_requests 1000000; }
server { listen 127.0.0.1:`+port+`; location / { proxy_pass http://back; proxy_http_version 1.1; proxy_set_header Connection ""; } } }
`, port, "-c", "FILE", "-p", "DIR", "-e", "DIR/error.log")
}

func startHAProxy(backend string) (*proxy, error) { return startHAProxyOn(backend, "", "http") }

// startHAProxyOn starts HAProxy with more words about its socket.
func startHAProxyOn(backend, words, scheme string) (*proxy, error) {
	port := freePort()
	return launch("haproxy", "haproxy", "haproxy.cfg", `global
  nbthread 2
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  option http-keep-alive
  http-reuse always
frontend f
  bind 127.0.0.1:`+port+words+`
  default_backend b
backend b
  server s `+backend+`
`, scheme+":"+port, "-f", "FILE", "-db")
}

func startCaddy(backend string) (*proxy, error) {
	port := freePort()
	return launch("caddy", "caddy", "Caddyfile", `{
	admin off
	auto_https off
}
http://127.0.0.1:`+port+` {
	reverse_proxy `+backend+` {
		transport http {
			keepalive_idle_conns_per_host 128
		}
	}
}
`, port, "run", "--config", "FILE", "--adapter", "caddyfile")
}

// startBackend is a small answer from nginx where it is installed, so that the
// backend costs little beside the proxies, else from this program.
func startBackend() (*process, error) {
	if *size > 0 { // more than a line of nginx's configuration may have
		address, _, stop, err := self("backend", strconv.Itoa(*size))
		return &process{address, stop}, err
	}
	port := freePort()
	p, err := launch("backend", "nginx", "nginx.conf", `worker_processes 1; daemon off; pid DIR/pid; error_log DIR/error.log crit;
events { worker_connections 4096; }
http { access_log off; default_type application/json; keepalive_requests 1000000;
client_body_temp_path DIR/1; proxy_temp_path DIR/2; fastcgi_temp_path DIR/3; uwsgi_temp_path DIR/4; scgi_temp_path DIR/5;
server { listen 127.0.0.1:`+port+`; location / { return 200 '`+answer+`'; } } }
`, port, "-c", "FILE", "-p", "DIR", "-e", "DIR/error.log")
	if err != nil {
		return nil, err
	}
	if p != nil {
		return &process{"127.0.0.1:" + port, p.stop}, nil
	}
	address, _, stop, err := self("backend", "")
	return &process{address, stop}, err
}

// answer is what the backend says, 128 bytes.
const answer = `{"id":"42","name":"a small answer of the size that services give each other","tags":["one","two","three"],"total":19.9,"n":12345}`

// self starts this program in a role; it prints where it listens and ends with
// its standard input.
func self(role, detail string) (line string, pid int, stop func(), err error) {
	return measured.Self("-role", role, "-detail", detail, "-profile", *profile)
}

func serveBackend() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return
	}
	body := answer
	if n, err := strconv.Atoi(*detail); err == nil {
		body = strings.Repeat(answer, n/len(answer)+1)[:n]
	}
	go func() {
		_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
			_, _ = io.WriteString(w, body)
		}))
	}()
	fmt.Println(l.Addr())
	_, _ = io.Copy(io.Discard, os.Stdin)
}
