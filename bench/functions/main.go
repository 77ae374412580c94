// Command functions measures how long an empty Node handler takes behind an HTTP API: its
// first invocation and warm ones, under dragoman up and under serverless-offline, beside
// what node itself takes to start and end; and warm answers of an HTTP server in Node behind
// HTTP_PROXY, which a function's are compared with.
//
//	npm install --prefix DIR serverless@3 serverless-offline@13
//	go run ./bench/functions -serverless DIR   # five rounds, about two minutes
//	go run ./bench/functions                   # without the peer
//	go run ./bench/functions -hot              # how long what is saved takes until it is served, a minute
//
// Each server is a process of its own on 127.0.0.1, started anew in each round; they take
// turns. One client asks, one call after the other, over one connection. A row tells the
// median and the range of the rounds, whose figures are medians of their calls.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

var (
	rounds     = flag.Int("rounds", 5, "rounds")
	calls      = flag.Int("calls", 2000, "warm invocations in a round")
	saved      = flag.Bool("hot", false, "measure how long what is saved takes until it is served")
	serverless = flag.String("serverless", "", "`DIR` with the npm packages serverless and serverless-offline; none: no peer")
)

// The same handler and route, as each of them reads it.
const (
	handler = "exports.handler = async () => ({ statusCode: 200 });\n"

	template = `Resources:
  Empty:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs20.x
      Handler: empty.handler
      CodeUri: .
      Events:
        Get: {Type: HttpApi, Properties: {Path: /empty, Method: get}}
`
	plain = `Resources:
  Plain:
    Type: AWS::ApiGatewayV2::Api
    Properties: {Name: plain, ProtocolType: HTTP, RouteKey: GET /empty, Target: "http://127.0.0.1:%s/empty"}
`
	service = `service: bench
frameworkVersion: "3"
provider: {name: aws, runtime: nodejs20.x, region: us-east-1}
plugins: [serverless-offline]
functions:
  empty: {handler: empty.handler, events: [{httpApi: GET /empty}]}
`
)

// startWithin bounds how long a server may take until it listens.
const startWithin = time.Minute

func main() {
	flag.Parse()
	log.SetFlags(0)
	dir, err := os.MkdirTemp("", "dragoman-bench-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := run(dir); err != nil {
		log.Print(err)
		defer os.Exit(1)
	}
}

// subject is a server under measurement.
type subject struct {
	name              string
	start             func(ctx context.Context) (url string, stop func(), err error)
	ready, first, p50 []time.Duration
	p99               []time.Duration
}

func run(dir string) error {
	for name, text := range map[string]string{"up/empty.js": handler, "up/template.yaml": template, "sls/empty.js": handler, "sls/serverless.yml": service} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	binary := filepath.Join(dir, "dragoman")
	if out, err := exec.Command("go", "build", "-o", binary, "./cmd/dragoman").CombinedOutput(); err != nil {
		return fmt.Errorf("building: %w\n%s", err, out)
	}
	if *saved {
		return hot(dir, binary)
	}
	subjects := []*subject{{name: "dragoman up", start: func(ctx context.Context) (string, func(), error) {
		return up(ctx, binary, filepath.Join(dir, "up"))
	}}, {name: "a server in Node behind HTTP_PROXY", start: func(ctx context.Context) (string, func(), error) {
		return behind(ctx, binary, filepath.Join(dir, "behind"))
	}}}
	if *serverless != "" {
		modules, err := filepath.Abs(filepath.Join(*serverless, "node_modules"))
		if err != nil {
			return err
		}
		if err := os.Symlink(modules, filepath.Join(dir, "sls", "node_modules")); err != nil {
			return err
		}
		subjects = append(subjects, &subject{name: "serverless-offline", start: func(ctx context.Context) (string, func(), error) {
			return offline(ctx, filepath.Join(dir, "sls"))
		}})
	}
	var node []time.Duration
	for range *rounds {
		took, err := nodeItself()
		if err != nil {
			return err
		}
		node = append(node, took)
		for _, s := range subjects {
			if err := s.round(); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
	}
	fmt.Printf("node itself, from its start to its end: %s ms\n\n", figures(node))
	fmt.Println("| | until it listens ms | first invocation ms | ÷ node | warm p50 ms | warm p99 ms |")
	fmt.Println("|---|---|---|---|---|---|")
	for _, s := range subjects {
		fmt.Printf("| %s | %s | %s | %.2f | %s | %s |\n", s.name, figures(s.ready), figures(s.first), median(s.first)/median(node), figures(s.p50), figures(s.p99))
	}
	function, server := subjects[0].p50, subjects[1].p50
	adds := make([]time.Duration, len(function))
	for i := range adds {
		adds[i] = function[i] - server[i]
	}
	fmt.Printf("\nA local function adds %s ms to what a server behind HTTP_PROXY takes, warm p50 of the same round.\n", figures(adds))
	return nil
}

// nodeItself times a program that does nothing, the median of nine.
func nodeItself() (time.Duration, error) {
	took := make([]time.Duration, 9)
	for i := range took {
		began := time.Now()
		if err := exec.Command("node", "-e", "0").Run(); err != nil {
			return 0, err
		}
		took[i] = time.Since(began)
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}

// round starts a server, measures, and ends it.
func (s *subject) round() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	began := time.Now()
	url, stop, err := s.start(ctx)
	if err != nil {
		return err
	}
	defer stop()
	s.ready = append(s.ready, time.Since(began))
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1}}
	defer client.CloseIdleConnections()
	first, err := ask(client, url)
	if err != nil {
		return err
	}
	s.first = append(s.first, first)
	took := make([]time.Duration, *calls)
	for i := range took {
		if took[i], err = ask(client, url); err != nil {
			return err
		}
	}
	slices.Sort(took)
	s.p50 = append(s.p50, took[len(took)/2])
	s.p99 = append(s.p99, took[len(took)*99/100])
	return nil
}

func ask(client *http.Client, url string) (time.Duration, error) {
	began := time.Now()
	response, err := client.Get(url)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return 0, err
	}
	if response.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("answered %s", response.Status)
	}
	return time.Since(began), nil
}

// up starts dragoman on free ports.
func up(ctx context.Context, binary, dir string) (url string, stop func(), err error) {
	cmd := exec.CommandContext(ctx, binary, "up", "--json", "--once", "--port", "0")
	cmd.Dir = dir
	in, err := cmd.StdinPipe()
	if err != nil {
		return "", nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() { _ = in.Close(); _ = cmd.Wait() }
	lines := bufio.NewReader(out)
	line, err := lines.ReadBytes('\n')
	var ready struct{ Event, Data string }
	if err == nil {
		err = json.Unmarshal(line, &ready)
	}
	if err != nil || ready.Event != "ready" {
		stop()
		return "", nil, fmt.Errorf("it is not ready: %q (%v)", line, err)
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	return ready.Data + "/empty", stop, nil
}

// behind starts an HTTP server in Node, and dragoman in front of it.
func behind(ctx context.Context, binary, dir string) (url string, stop func(), err error) {
	const program = `require("http").createServer((q, s) => s.end()).listen(0, "127.0.0.1", function () { console.log(this.address().port) }); process.stdin.on("end", () => process.exit()).resume()`
	node := exec.CommandContext(ctx, "node", "-e", program)
	in, err := node.StdinPipe()
	if err != nil {
		return "", nil, err
	}
	out, err := node.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := node.Start(); err != nil {
		return "", nil, err
	}
	end := func() { _ = in.Close(); _ = node.Wait() }
	port, err := bufio.NewReader(out).ReadString('\n')
	if err == nil {
		text := fmt.Sprintf(plain, strings.TrimSpace(port))
		if err = os.MkdirAll(dir, 0o700); err == nil {
			err = os.WriteFile(filepath.Join(dir, "template.yaml"), []byte(text), 0o600)
		}
	}
	front := func() {}
	if err == nil {
		url, front, err = up(ctx, binary, dir)
	}
	if err != nil {
		end()
		return "", nil, err
	}
	return url, func() { front(); end() }, nil
}

// offline starts serverless-offline on a port that was free.
func offline(ctx context.Context, dir string) (url string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	address := l.Addr().String()
	_, port, _ := net.SplitHostPort(address)
	_ = l.Close()
	cmd := exec.CommandContext(ctx, "node", "node_modules/.bin/serverless", "offline", "start", "--host", "127.0.0.1", "--httpPort", port, "--lambdaPort", "0", "--albPort", "0", "--websocketPort", "0")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "SLS_TELEMETRY_DISABLED=1", "SLS_NOTIFICATIONS_MODE=off", "AWS_ACCESS_KEY_ID=bench", "AWS_SECRET_ACCESS_KEY=bench")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	said := new(strings.Builder)
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); _ = cmd.Wait() }
	for deadline := time.Now().Add(startWithin); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if c, err := net.Dial("tcp", address); err == nil {
			_ = c.Close()
			return "http://" + address + "/empty", stop, nil
		}
	}
	stop()
	return "", nil, fmt.Errorf("it does not listen: %s", said)
}

// figures is the median of the rounds with their range, in milliseconds.
func figures(d []time.Duration) string {
	d = slices.Sorted(slices.Values(d))
	ms := func(d time.Duration) string { return fmt.Sprintf("%.2f", float64(d)/float64(time.Millisecond)) }
	return ms(d[len(d)/2]) + " (" + ms(d[0]) + "–" + ms(d[len(d)-1]) + ")"
}

// median is that of the rounds, in nanoseconds.
func median(d []time.Duration) float64 {
	return float64(slices.Sorted(slices.Values(d))[len(d)/2])
}
