package console

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/internal/guardian"
	"github.com/dragoman-gateway/dragoman/server"
)

// childRole names the folder, the data listener and the management listener of a gateway that
// this program is to be, in a process of its own that a journey kills.
const childRole = "DRAGOMAN_CONSOLE_CHILD"

func TestMain(m *testing.M) {
	if guardian.Main() { // what ends the processes of functions is this program again
		return
	}
	if role := os.Getenv(childRole); role != "" {
		serveAsChild(strings.Split(role, "|"))
		return
	}
	os.Exit(m.Run())
}

func serveAsChild(role []string) {
	config := server.Default()
	config.DataDir, config.Listen, config.Management = role[0], role[1], role[2]
	config.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	s, err := server.New(config)
	if err != nil {
		fmt.Println("error", err)
		return
	}
	fmt.Println("serving")
	_ = s.Run(context.Background())
}

// mortal is a gateway in a process of its own, always in the same folder and on the same
// ports.
type mortal struct {
	*gateway
	role string
	data string // address of the data listener
	cmd  *exec.Cmd
}

// startMortal starts one.
func startMortal(t *testing.T) *mortal {
	t.Helper()
	data, management := freePort(t), freePort(t)
	m := &mortal{gateway: &gateway{t: t, sdk: sdk("http://" + management), url: "http://" + management}, role: t.TempDir() + "|" + data + "|" + management, data: data}
	m.rise()
	t.Cleanup(m.kill)
	return m
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().String()
}

// rise starts the process and waits until it serves.
func (m *mortal) rise() {
	m.t.Helper()
	m.cmd = exec.Command(os.Args[0])
	m.cmd.Env = append(os.Environ(), childRole+"="+m.role)
	m.cmd.Stderr = os.Stderr
	out, err := m.cmd.StdoutPipe()
	must(m.t, err)
	must(m.t, m.cmd.Start())
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "serving\n" {
		m.t.Fatalf("the gateway did not start: %s %v", line, err)
	}
}

// kill ends the process without a word.
func (m *mortal) kill() {
	_ = m.cmd.Process.Kill()
	_ = m.cmd.Wait()
}

// When the gateway is killed a status says so, and within five seconds of its return the
// list goes on by itself.
func TestKilledAndBack(t *testing.T) {
	g := startMortal(t)
	make := func(name string) {
		_, err := g.sdk.CreateApi(t.Context(), &apigatewayv2.CreateApiInput{Name: aws.String(name), ProtocolType: types.ProtocolTypeHttp})
		must(t, err)
	}
	make("before")
	b := open(t, g.gateway, "/console/apis")
	b.find("link", "before")
	b.find("status", "Connected")
	b.failing(g.url)
	g.kill()
	b.find("status", "Disconnected")
	if !b.has("link", "before") {
		t.Error("what was shown is gone with the gateway")
	}
	b.pictures("disconnected")
	g.rise()
	make("after")
	back := time.Now()
	if !b.within(5*time.Second, func() bool { return b.has("link", "after") && b.has("status", "Connected") }) {
		t.Errorf("the list does not go on %v after the gateway is back", time.Since(back))
	}
}

// Live goes on by itself too, within five seconds of the gateway's return: with what happens
// then, and with what it has shown before.
func TestLiveGoesOn(t *testing.T) {
	g := startMortal(t)
	on := func() { g.call("PUT", "/_dragoman/tap", `{"apis":"all","sample":1}`) }
	on()
	api := chat(g.gateway, "chat", "hello")
	b := open(t, g.gateway, "/console/live")
	say := func() {
		c, _, err := websocket.Dial(t.Context(), "ws://"+g.data+"/_aws/execute-api/"+api+"/dev", nil)
		must(t, err)
		defer c.CloseNow()
		if got := ask(t, c, `{"action":"ask"}`); got != "hello" {
			t.Errorf("got %s", got)
		}
	}
	say()
	shown := func() int { return strings.Count(b.find("log", "Traces").text(), "route ask") }
	b.until("the message before", func() bool { return shown() == 1 })
	b.failing(g.url)
	g.kill()
	b.find("status", "Disconnected")
	if shown() != 1 {
		t.Error("what was shown is gone with the gateway")
	}
	g.rise()
	on() // the tap is kept in memory
	say()
	if back := time.Now(); !b.within(5*time.Second, func() bool { return shown() == 2 && b.has("status", "Connected") }) {
		t.Errorf("Live does not go on %v after the gateway is back: %s", time.Since(back), b.find("log", "Traces").text())
	}
	say()
	b.until("what happens from then on", func() bool { return shown() == 3 })
	b.forgive("WebSocket connection to") // the browser's own line, where one was being opened
}

// What others make and delete comes to the list and leaves it within two seconds.
func TestListFollowsTheSDK(t *testing.T) {
	g := start(t)
	b := open(t, g, "/console/apis")
	table := b.find("table", "APIs")
	for _, name := range []string{"one", "two", "three"} {
		api, err := g.sdk.CreateApi(t.Context(), &apigatewayv2.CreateApiInput{Name: aws.String(name), ProtocolType: types.ProtocolTypeHttp})
		must(t, err)
		if !b.within(2*time.Second, func() bool { return b.has("link", name, table) }) {
			t.Errorf("%s is not in the list after two seconds", name)
		}
		if name == "two" {
			_, err = g.sdk.UpdateApi(t.Context(), &apigatewayv2.UpdateApiInput{ApiId: api.ApiId, Name: aws.String("renamed")})
			must(t, err)
			if !b.within(2*time.Second, func() bool { return b.has("link", "renamed", table) && !b.has("link", "two", table) }) {
				t.Error("a new name is not in the list after two seconds")
			}
			_, err = g.sdk.DeleteApi(t.Context(), &apigatewayv2.DeleteApiInput{ApiId: api.ApiId})
			must(t, err)
			if !b.within(2*time.Second, func() bool { return !b.has("link", "renamed", table) }) {
				t.Error("what was deleted is in the list after two seconds")
			}
		}
	}
	b.pictures("apis")
}
