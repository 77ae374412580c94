package local

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/function/local/program"
	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// What an event calls the gateway leads to it, unless the function means somebody else
// by that name.
func TestCallback(t *testing.T) {
	dir := files(t, "-- bootstrap --\n#!/bin/sh\n")
	r, err := New(Options{
		Environment: []string{"AWS_ENDPOINT_URL=http://emulator:4566", "HTTPS_PROXY=http://user:pw@proxy:3128", "NO_PROXY=gateway", "AWS_PROFILE=gateway"},
		Callbacks:   Callbacks{Data: func() string { return "127.0.0.1:8080" }},
	}, Function{Name: "f", Dir: dir, Env: map[string]string{
		"DATABASE_URL": "postgres://user:gateway@db:5432/gateway?x=other:1", "BROKERS": "b1:9092,b2:9092", "REDIS_HOST": "Cache", "TABLE": "gateway", "HOME_PAGE": "http://127.0.0.1:9/",
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for name, want := range map[string]string{
		"127.0.0.1:8080": "127.0.0.1:8080", "gateway:9000": "gateway:9000", "gateway": "gateway", "GateWay:9000": "gateway:9000", "[::1]:9000": "[::1]:9000",
		"a1.execute-api.us-east-1.amazonaws.com": "a1.execute-api.us-east-1.amazonaws.com", "a1.execute-api.cn-north-1.amazonaws.com.cn": "a1.execute-api.cn-north-1.amazonaws.com.cn",
		"a1.execute-api.localhost:9000": "a1.execute-api.localhost:9000", "api.example.com": "api.example.com", "192.168.1.5:8080": "192.168.1.5:8080",

		"dynamodb.us-east-1.amazonaws.com": "", "dynamodb.us-east-1.amazonaws.com:443": "", "DynamoDB.us-east-1.AmazonAWS.com.": "", "amazonaws.com": "",
		"x.execute-api.evil.dynamodb.us-east-1.amazonaws.com": "x.execute-api.evil.dynamodb.us-east-1.amazonaws.com", // AWS has no such name
		"s3.cn-north-1.amazonaws.com.cn":                      "", "lambda.us-east-1.api.aws": "", "execute-api.us-east-1.amazonaws.com": "",
		"169.254.169.254": "", "169.254.169.254:80": "", "169.254.170.2": "", "[fd00:ec2::254]": "", "[fe80::1]:80": "", "[::ffff:169.254.169.254]:80": "", "0.0.0.0:80": "",
		"db:5432": "", "db": "", "DB.:5432": "", "b2:9092": "", "cache:6379": "", "emulator:4566": "", "proxy:3128": "",
		"": "", "a b": "", "a:b": "", "a:1:2": "", "user@host": "", "a/b": "", "[::1": "", "::1": "", "a:123456": "", strings.Repeat("a", 300): "",
	} {
		event, _ := json.Marshal(map[string]any{"body": "{}", "requestContext": map[string]any{"stage": "prod", "domainName": name}})
		if got := r.pool("f").callback(contextOf(event).DomainName, ""); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
	for _, event := range []string{"", "null", "[]", `"x"`, `{"requestContext":`, `{"requestContext":null}`, `{"requestContext":{"domainName":1}}`, `{"requestContext":[]}`, `{"a":{"requestContext":{"domainName":"gateway"}}}`} {
		if got := r.pool("f").callback(contextOf([]byte(event)).DomainName, ""); got != "" {
			t.Errorf("%s: got %q", event, got)
		}
	}
}

// A port of this machine that the function means somebody else by does not come to be
// the gateway's, however a client spells the machine.
func TestCallbackBesideOthersOfThisMachine(t *testing.T) {
	r, err := New(Options{
		Environment: []string{"AWS_ENDPOINT_URL=http://127.0.0.1:5000", "PAGER=localhost"},
		Endpoint:    func() string { return "http://127.0.0.1:8081" },
		Callbacks:   Callbacks{Data: func() string { return "127.0.0.1:8080" }},
	},
		Function{Name: "told", Dir: files(t, "-- bootstrap --\n#!/bin/sh\n"), Env: map[string]string{
			"DATABASE_URL": "postgres://u:p@localhost:5432/db", "CACHE": "[::1]:6379", "OWN": "http://127.0.0.1:8080/prod", "PAGE": "http://127.0.0.1/", "REMOTE": "db:7000",
		}},
		Function{Name: "untold", Dir: files(t, "-- bootstrap --\n#!/bin/sh\n"), Env: map[string]string{"REDIS_HOST": "localhost"}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for function, rows := range map[string]map[string]bool{
		"told": {
			"127.0.0.1:8080": true, "localhost:8080": true, "127.0.0.1:18080": true, "x.localhost:18080": true, "[::1]:9000": true, "127.0.0.1:7000": true,
			"127.0.0.1:5432": false, "localhost:5432": false, "x.localhost:5432": false, "[::1]:5432": false, "[::ffff:127.0.0.1]:5432": false, "127.9.9.9:5432": false, "LOCALHOST.:5432": false,
			"127.0.0.1:6379": false, "127.0.0.1:5000": false, "localhost:8081": false, "127.0.0.1:4000": false, "127.0.0.1:80": false, "localhost": false,
		},
		"untold": {"127.0.0.1:8080": true, "127.0.0.1:6379": false, "localhost:18080": false, "gateway:6379": true},
	} {
		for name, want := range rows {
			event := []byte(`{"requestContext":{"domainName":"` + name + `"}}`)
			if got := r.pool(function).callback(contextOf(event).DomainName, "127.0.0.1:4000"); got != "" != want {
				t.Errorf("%s: %q is the gateway: %t, want %t", function, name, got != "", want)
			}
		}
	}
}

// What is told to bootstraps is not told to handlers, and who has no credentials is
// given some.
func TestWhatHandlersSign(t *testing.T) {
	key := credential.Temporary()
	for _, row := range []struct{ program, file, code string }{
		{"node", "index.mjs", "export const handler = async (names) => names.map((n) => process.env[n] ?? null);"},
		{"python3", "app.py", "import os\ndef handler(names, c):\n    return [os.environ.get(n) for n in names]\n"},
	} {
		needs.Program(t, row.program)
		g := run(t, Options{Callbacks: Callbacks{Key: key, Data: func() string { return "127.0.0.1:1" }}}, Function{Name: "f", Dir: files(t, "-- "+row.file+" --\n"+row.code)})
		var got []*string
		if err := json.Unmarshal([]byte(g.ask("f", `["DRAGOMAN_DATA","DRAGOMAN_AUTHORITY","AWS_ACCESS_KEY_ID","AWS_SECRET_ACCESS_KEY","AWS_SESSION_TOKEN"]`)), &got); err != nil {
			t.Fatal(err)
		}
		if got[0] != nil || got[1] != nil {
			t.Errorf("%s: handlers see %v", row.program, got[:2])
		}
		if got[2] == nil || *got[2] != key.ID || *got[3] != string(key.Secret) || *got[4] != string(key.SessionToken) {
			t.Errorf("%s: the handler does not have the key", row.program)
		}
	}
}

// speaking is a server that says who it is to whoever connects.
func speaking(t *testing.T, who string) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var group tasks.Group
	group.Go("speaking", func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, who)
			group.Go("listening", func() { _, _ = c.Read(make([]byte, 1)); c.Close() })
		}
	})
	t.Cleanup(func() { l.Close(); group.Wait() })
	return l.Addr().String()
}

// What a name leads to during its event it does not lead to before and after, not even
// where the handler has kept an address or a connection of it.
func TestNothingOfAnEventsNameIsKept(t *testing.T) {
	gateway, database := speaking(t, "gateway"), speaking(t, "database")
	_, port, _ := net.SplitHostPort(database)
	for _, row := range []struct{ program, file, code string }{
		{"node", "index.mjs", `import net from 'node:net';
let kept;
export const handler = (event) => new Promise((resolve) => {
  if (kept && kept.destroyed === false) return resolve('a connection is kept');
  kept = net.connect({ host: 'db.localhost', port: event.port }, () => {}).on('error', (e) => resolve(String(e)));
  kept.once('data', (text) => resolve(String(text)));
});`},
		{"python3", "app.py", `import socket
kept = None
address = None
def handler(event, context):
    global kept, address
    if kept is not None:
        kept.settimeout(5)
        if kept.recv(1) != b"":
            return "a connection is kept"
    address = address or socket.getaddrinfo("db.localhost", event["port"])[0][4]
    kept = socket.socket()
    kept.settimeout(5)
    kept.connect(address)
    said = kept.recv(100).decode()
    if "requestContext" not in event:
        kept = None
    return said
`},
	} {
		needs.Program(t, row.program)
		g := run(t, Options{Callbacks: Callbacks{Data: func() string { return gateway }}}, Function{Name: "f", Dir: files(t, "-- "+row.file+" --\n"+row.code+"\n"), Timeout: 20 * time.Second})
		named := fmt.Sprintf(`{"port":%s,"requestContext":{"domainName":"db.localhost:%s"}}`, port, port)
		for i, want := range []string{`"gateway"`, `"database"`} {
			event := []string{named, fmt.Sprintf(`{"port":%s}`, port)}[i]
			if got := g.ask("f", event); got != want {
				t.Errorf("%s: event %d got %s, want %s\n%s", row.program, i, got, want, g.log())
			}
		}
	}
}

// A client who knows the address of a name does not lead connections by that name to
// the gateway.
func TestAddressesOfNamesStay(t *testing.T) {
	gateway, database := speaking(t, "gateway"), speaking(t, "database")
	_, port, _ := net.SplitHostPort(database)
	for _, row := range []struct{ program, file, code string }{
		{"node", "index.mjs", `import net from 'node:net';
export const handler = (event) => new Promise((resolve) => {
  const kept = net.connect({ host: 'localhost', port: event.port, family: 4 }).on('error', (e) => resolve(String(e)));
  kept.once('data', (text) => { kept.destroy(); resolve(String(text)); });
});`},
		{"python3", "app.py", `import socket
def handler(event, context):
    with socket.create_connection(("localhost", event["port"]), 5) as s:
        return s.recv(100).decode()
`},
	} {
		needs.Program(t, row.program)
		g := run(t, Options{Callbacks: Callbacks{Data: func() string { return gateway }}}, Function{Name: "f", Dir: files(t, "-- "+row.file+" --\n"+row.code+"\n"), Timeout: 20 * time.Second})
		for range 2 {
			event := fmt.Sprintf(`{"port":%s,"requestContext":{"domainName":"127.0.0.1:%s"}}`, port, port)
			if got := g.ask("f", event); got != `"database"` {
				t.Errorf("%s: got %s\n%s", row.program, got, g.log())
			}
		}
	}
}

func TestOwnCredentialsStay(t *testing.T) {
	for name, row := range map[string]struct {
		environment []string
		own         bool
		want        string
	}{
		"none":       {nil, false, "made"},
		"a pair":     {[]string{"AWS_ACCESS_KEY_ID=AKIA", "AWS_SECRET_ACCESS_KEY=s"}, true, "AKIA"},
		"half":       {[]string{"AWS_ACCESS_KEY_ID=AKIA", "AWS_SESSION_TOKEN=old"}, false, "made"},
		"a profile":  {[]string{"AWS_PROFILE=p"}, true, ""},
		"its older":  {[]string{"AWS_DEFAULT_PROFILE=p"}, true, ""},
		"no name":    {[]string{"AWS_PROFILE="}, false, "made"},
		"in a file":  {nil, true, ""},
		"by a token": {[]string{"AWS_WEB_IDENTITY_TOKEN_FILE=/t", "AWS_ROLE_ARN=r"}, true, ""},
	} {
		r, err := New(Options{Environment: row.environment, Callbacks: Callbacks{Own: row.own, Key: &credential.Key{ID: "made", Secret: "s", SessionToken: "t"}}},
			Function{Name: "f", Dir: files(t, "-- bootstrap --\n#!/bin/sh\n")})
		if err != nil {
			t.Fatal(err)
		}
		values := r.pool("f").environment("127.0.0.1:1", version, &program.Program{})
		if got := values["AWS_ACCESS_KEY_ID"]; got != row.want || row.want == "made" && values["AWS_SESSION_TOKEN"] != "t" {
			t.Errorf("%s: got %q", name, got)
		}
		for _, variable := range row.environment {
			if row.own && !slices.Contains(listed(values), variable) {
				t.Errorf("%s: %s is gone", name, variable)
			}
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestCallsOfThisMachineTakeNoProxy(t *testing.T) {
	for given, want := range map[string]string{
		"":                                    "map[]",
		"HTTP_PROXY=http://p":                 "map[HTTP_PROXY:http://p NO_PROXY:localhost,127.0.0.1,::1 no_proxy:localhost,127.0.0.1,::1]",
		"https_proxy=http://p NO_PROXY=.corp": "map[NO_PROXY:.corp,localhost,127.0.0.1,::1 https_proxy:http://p]",
		"https_proxy=http://p NO_PROXY=*":     "map[NO_PROXY:* https_proxy:http://p]",
	} {
		values := map[string]string{}
		for variable := range strings.FieldsSeq(given) {
			name, value, _ := strings.Cut(variable, "=")
			values[name] = value
		}
		unproxied(values)
		if got := fmt.Sprint(values); got != want {
			t.Errorf("%s: got %s", given, got)
		}
	}
}
