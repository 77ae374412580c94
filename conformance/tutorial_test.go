package conformance

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// tutorial is a page whose blocks are run in their order, as they stand there but for addresses and
// folders, which are a test's own.
type tutorial struct {
	*testing.T
	page, dir string
	swaps     []string // texts of the page, and what stands for them here
}

func follow(t *testing.T, page string) *tutorial {
	t.Helper()
	tool(t, "aws", "apigatewayv2", "help")
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "bin"), 0o700))
	must(t, os.WriteFile(filepath.Join(dir, "bin", "dragoman"), fmt.Appendf(nil, "#!/bin/sh\n%s=1 exec %q \"$@\"\n", asMain, os.Args[0]), 0o700)) //nolint:gosec // it is run
	return &tutorial{t, page, dir, nil}
}

// swap has another text stand for one of the page from here on.
func (u *tutorial) swap(text, by string) {
	// Those of later count first: an address is free before it is known.
	u.swaps = append([]string{text, by}, u.swaps...)
}

func (u *tutorial) block(marker string) string {
	u.Helper()
	return strings.NewReplacer(u.swaps...).Replace(blockOf(u.T, u.page, marker))
}

// file saves a block.
func (u *tutorial) file(marker, name string) {
	u.Helper()
	at := filepath.Join(u.dir, name)
	must(u.T, os.MkdirAll(filepath.Dir(at), 0o700))
	must(u.T, os.WriteFile(at, []byte(u.block(marker)), 0o600))
}

// command is a block in a shell of its own.
func (u *tutorial) command(script string) *exec.Cmd {
	cmd := exec.CommandContext(u.Context(), "bash", "-euc", script)
	cmd.Dir = u.dir
	cmd.Env = append(os.Environ(), "PATH="+filepath.Join(u.dir, "bin")+":"+os.Getenv("PATH"), "AWS_PAGER=", "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null",
		"AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local", "AWS_DEFAULT_REGION=us-east-1")
	return cmd
}

// run runs a block, behind what earlier blocks have set.
func (u *tutorial) run(before, marker string) string {
	u.Helper()
	out, err := u.command(before + "\n" + u.block(marker)).CombinedOutput()
	if err != nil {
		u.Fatalf("%s, %s: %v\n%s", u.page, marker, err, out)
	}
	return string(out)
}

// told runs a block in which a client waits two seconds for its answer, again with more patience
// where a loaded machine has none for it by then.
func (u *tutorial) told(before, marker string, want ...string) {
	u.Helper()
	got := u.run(before, marker)
	if strings.TrimSpace(got) == "" {
		u.swap("--wait 2s", "--wait 20s")
		got = u.run(before, marker)
	}
	for _, part := range want {
		if !strings.Contains(got, part) {
			u.Errorf("%s, %s: got %q, want %s", u.page, marker, got, part)
		}
	}
}

// refused runs a block that ends with an error.
func (u *tutorial) refused(before, marker, want string) {
	u.Helper()
	out, err := u.command(before + "\n" + u.block(marker)).CombinedOutput()
	if err == nil || !strings.Contains(string(out), want) {
		u.Errorf("%s, %s: got %v %s, want %s", u.page, marker, err, out, want)
	}
}

// serve runs a block that serves, and what it ends with is the test's.
func (u *tutorial) serve(marker string) *process {
	u.Helper()
	p, err := run(u.T, u.command("exec "+u.block(marker)))
	must(u.T, err)
	return p
}

// made runs the block that makes an API, and answers its id and that of its integration.
func (u *tutorial) made(before string) (api, variables string) {
	u.Helper()
	out, err := u.command(before + "\n" + u.block("api") + "\necho ids $API $INTEGRATION\n").CombinedOutput()
	ids := regexp.MustCompile(`ids (\w+) (\w+)`).FindStringSubmatch(string(out))
	if err != nil || ids == nil {
		u.Fatalf("%s: %v\n%s", u.page, err, out)
	}
	return ids[1], before + "\nexport API=" + ids[1] + " INTEGRATION=" + ids[2] + "\n"
}

// The first WebSocket API: a function answers, a backend speaks first, and what is saved is what the
// next message runs.
func TestFirstWebSocketAPI(t *testing.T) {
	t.Parallel()
	needs.Program(t, "python3")
	u := follow(t, "docs/first-websocket-api.md")
	u.file("function", "hello/app.py")
	u.swap("dragoman serve ", "dragoman serve --listen 127.0.0.1:0 --management 127.0.0.1:0 ")
	p := u.serve("serve")
	u.swap("127.0.0.1:8080", p.data)
	id, variables := u.made("export AWS_ENDPOINT_URL_APIGATEWAYV2=http://" + p.management)
	u.told(variables, "connect", `{"hello": "Ann", "connection": "`)
	u.told(variables, "nobody", "Forbidden", "connectionId")
	a := &socketApi{gateway: p.gateway(t), id: id}
	conn, err := dial(t, "ws://"+p.data+"/_aws/execute-api/"+id+"/dev")
	must(t, err)
	connection := jsonMember(strings.ReplaceAll(a.ask(conn, `{"action":"hello"}`), `": "`, `":"`), "connection")
	u.run(variables+"CONNECTION="+connection, "push")
	if _, frame, err := conn.Read(t.Context()); err != nil || string(frame) != `{"news": "from the server"}` {
		t.Errorf("got %s, %v", frame, err)
	}
	u.swap(`"hello": asked`, `"good morning": asked`)
	u.file("function", "hello/app.py")
	eventually(t, "the next message runs what was saved", func() bool {
		return strings.HasPrefix(a.ask(conn, `{"action":"hello"}`), `{"good morning": "you"`)
	})
	_ = conn.Close(websocket.StatusNormalClosure, "")
	var said []byte
	eventually(t, "of a client that has left one is told", func() bool {
		said, err = u.command(variables + "CONNECTION=" + connection + "\n" + u.block("push")).CombinedOutput()
		return err != nil && strings.Contains(string(said), "410")
	})
}

// A production node, from its settings to a backup that is restored.
func TestProductionNode(t *testing.T) {
	t.Parallel()
	needs.Program(t, "curl", "--version")
	u := follow(t, "docs/production-node.md")
	served := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprint(w, "order ", r.URL.Path) }))
	t.Cleanup(served.Close)
	secure, metrics := free(t), free(t)
	_, securePort, err := net.SplitHostPort(secure)
	must(t, err)
	for text, by := range map[string]string{
		"/etc/dragoman": u.dir + "/etc", "/var/lib/dragoman": u.dir + "/state", "/var/log/dragoman": u.dir + "/log", "http://127.0.0.1:9000": served.URL,
		"0.0.0.0:8443": secure, "127.0.0.1:9090": metrics, "0.0.0.0:8080": "127.0.0.1:0", "management: 127.0.0.1:8081": "management: 127.0.0.1:0", ":8443": ":" + securePort,
	} {
		u.swap(text, by)
	}
	must(t, os.MkdirAll(filepath.Join(u.dir, "log"), 0o700))
	tls := filepath.Join(u.dir, "etc", "tls")
	must(t, os.MkdirAll(tls, 0o700))
	s := newSigner(t)
	cert, key := s.sign(t, "api", "api.example.com")
	for name, text := range map[string][]byte{"api.pem": cert, "api-key.pem": key, "authority.pem": s.pem} {
		must(t, os.WriteFile(filepath.Join(tls, name), text, 0o600))
	}
	u.file("keys", "etc/keys")
	u.file("settings", "etc/dragoman.yaml")
	u.run("", "check")
	p := u.serve("serve")
	u.swap("127.0.0.1:8081", p.management)
	u.run("", "well")
	id, variables := u.made("")
	eventually(t, "the domain is served", func() bool {
		out, err := u.command(u.block("call")).CombinedOutput()
		return err == nil && strings.Contains(string(out), "order /orders/7")
	})
	signed := "export AWS_DEFAULT_REGION=us-east-1 AWS_ENDPOINT_URL_APIGATEWAYV2=http://" + p.management + "\n" + variables
	u.refused(signed, "pipeline", "AccessDeniedException")
	u.refused(signed, "looker", "AccessDeniedException")
	deploys := strings.NewReplacer("create-api --name another --protocol-type HTTP", "create-deployment --api-id "+id).Replace(u.block("pipeline"))
	if out, err := u.command(signed + deploys).CombinedOutput(); err != nil {
		t.Errorf("the pipeline does not deploy: %v %s", err, out)
	}
	eventually(t, "the call stands in the access log", func() bool {
		text, _ := os.ReadFile(filepath.Join(u.dir, "log", "access.log"))
		return strings.Contains(string(text), "GET /orders/7 200")
	})
	u.run("", "backup")
	before := u.listed(signed)
	u.run(signed+"export AWS_ACCESS_KEY_ID=AKIDADMIN AWS_SECRET_ACCESS_KEY=change-me-admin\naws apigatewayv2 create-api --name mistake --protocol-type HTTP >/dev/null", "well")
	p.gateway(t).stop()
	u.run("", "restore")
	u.swap(p.management, "127.0.0.1:8081")
	again := u.serve("serve")
	if after := u.listed(strings.ReplaceAll(signed, p.management, again.management)); after != before || !strings.Contains(after, "orders") {
		t.Errorf("restored is %s, want %s", after, before)
	}
}

// listed are the names of the APIs, as whoever looks on is shown them.
func (u *tutorial) listed(variables string) string {
	u.Helper()
	out, err := u.command(variables + "export AWS_ACCESS_KEY_ID=AKIDLOOKER AWS_SECRET_ACCESS_KEY=change-me-looker\naws apigatewayv2 get-apis --query 'Items[].Name'").CombinedOutput()
	if err != nil {
		u.Fatalf("%v %s", err, out)
	}
	return string(out)
}

// A fleet of two nodes: made through one, served by the other, written to through either; and one
// goes.
func TestFirstFleet(t *testing.T) {
	t.Parallel()
	u := follow(t, "docs/first-fleet.md")
	database, broker := needs.Postgres(t), natsServer(t)
	u.swap("postgres://dragoman@127.0.0.1:5432/dragoman", "'"+database.URL("tutorial")+"'")
	u.swap("nats://127.0.0.1:4222", broker)
	for _, listener := range []string{"listen 127.0.0.1:8080", "listen 127.0.0.1:9080", "management 127.0.0.1:8081", "management 127.0.0.1:9081"} {
		u.swap(listener, strings.Fields(listener)[0]+" 127.0.0.1:0")
	}
	one, two := u.serve("one"), u.serve("two")
	u.swap("http://127.0.0.1:8080", "http://"+one.data)
	u.swap("http://127.0.0.1:8081", "http://"+one.management)
	u.swap("http://127.0.0.1:9081", "http://"+two.management)
	eventually(t, "both nodes are told", func() bool {
		out := u.run("", "nodes")
		return strings.Contains(out, one.data) && strings.Contains(out, two.data)
	})
	id, variables := u.made("")
	u.told(variables, "connect", `{"you": "`)
	a := &socketApi{gateway: two.gateway(t), id: id}
	conn, err := dial(t, "ws://"+two.data+"/_aws/execute-api/"+id+"/live")
	must(t, err)
	var told struct{ You string }
	must(t, json.Unmarshal([]byte(a.ask(conn, `{"action":"who"}`)), &told))
	u.run(variables+"CONNECTION="+told.You, "push")
	if _, frame, err := conn.Read(t.Context()); err != nil || string(frame) != `{"from": "the other node"}` {
		t.Errorf("got %s, %v", frame, err)
	}
	one.gateway(t).stop()
	if got := a.ask(conn, `{"action":"who"}`); !strings.Contains(got, told.You) {
		t.Errorf("after the other has gone: got %s", got)
	}
}

// free is an address that nobody has at the moment.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return l.Addr().String()
}
