package local

import (
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// Which APIs a function can know of, and of these the ones that are served here.
func TestServed(t *testing.T) {
	r, err := New(Options{Callbacks: Callbacks{
		Data:   func() string { return "127.0.0.1:8080" },
		Serves: func(api string) bool { return strings.HasPrefix(api, "ours") },
	}}, Function{Name: "f", Dir: files(t, "-- bootstrap --\n#!/bin/sh\n"), Env: map[string]string{
		"API_ID": "ours00001", "THEIRS": "abcdefghij", "ARN": "arn:aws:execute-api:us-east-1:000000000000:ours00002/*", "AT_AWS": "https://ours00003.execute-api.us-east-1.amazonaws.com/prod",
		"PAST": "xours00004", "LONG": "ours" + strings.Repeat("0", 100), "UPPER": "OURS00005",
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for event, want := range map[string]string{
		"":           "ours00001,ours00002",
		"ours00009":  "ours00009,ours00001,ours00002",
		"ours00001":  "ours00001,ours00002",
		"abcdefghij": "ours00001,ours00002",
		"ours00003":  "ours00001,ours00002",
	} {
		if got := r.pool("f").served(event); got != want {
			t.Errorf("%s: got %s, want %s", event, got, want)
		}
	}
}

// What AWS calls an API leads to the gateway that serves it, by the id that the event
// has or a variable. Nobody else's name does, nor another port.
func TestNamesAtAWSOfServedAPIs(t *testing.T) {
	gateway := speaking(t, "gateway")
	for _, row := range []struct{ program, file, code string }{
		{"node", "index.mjs", `import net from 'node:net';
const said = (host, port) => new Promise((resolve) => {
  const socket = net.connect({ host, port, lookup: (name, options, found) => found(new Error('nobody is asked for a name')) }).on('error', () => resolve('elsewhere')).on('data', (text) => { socket.destroy(); resolve(String(text)); });
});
export const handler = async (event) => {
  const all = [];
  for (const [id, port] of event.calls) all.push(await said(id + '.execute-api.' + process.env.AWS_REGION + event.suffix, port));
  return all.join(' ');
};`},
		{"python3", "app.py", `import dragoman_callback, os, socket
ask = dragoman_callback._getaddrinfo
def asked(host, *others):
    if host.endswith(("com", "invalid")):
        raise OSError("nobody is asked for a name")
    return ask(host, *others)
dragoman_callback._getaddrinfo = asked
def said(host, port):
    try:
        with socket.create_connection((host, port), 5) as s:
            return s.recv(100).decode()
    except OSError:
        return "elsewhere"
def handler(event, context):
    return " ".join(said(id + ".execute-api." + os.environ["AWS_REGION"] + event["suffix"], port) for id, port in event["calls"])
`},
	} {
		needs.Program(t, row.program)
		g := run(t, Options{Region: "eu-west-1", Callbacks: Callbacks{
			Data:   func() string { return gateway },
			Serves: func(api string) bool { return api == "chat000001" || api == "chat000002" },
		}}, Function{Name: "f", Dir: files(t, "-- "+row.file+" --\n"+row.code+"\n"), Env: map[string]string{"CHAT": "chat000001"}, Timeout: 30 * time.Second})
		const calls = `"calls":[["chat000001",443],["chat000001",80],["chat000002",443],["chat000003",443],["chat000001",1]]`
		for event, want := range map[string]string{
			`{"suffix":".amazonaws.com",` + calls + `}`: `"gateway gateway elsewhere elsewhere elsewhere"`,
			`{"suffix":".amazonaws.com","requestContext":{"apiId":"chat000002","domainName":"chat.example"},` + calls + `}`: `"gateway gateway gateway elsewhere elsewhere"`,
			`{"suffix":".amazonaws.com","requestContext":{"apiId":"chat000003"},` + calls + `}`:                             `"gateway gateway elsewhere elsewhere elsewhere"`,
			`{"suffix":".amazonaws.com.invalid",` + calls + `}`:                                                             `"elsewhere elsewhere elsewhere elsewhere elsewhere"`,
		} {
			if got := g.ask("f", event); got != want {
				t.Errorf("%s: %s got %s, want %s\n%s", row.program, event, got, want, g.log())
			}
		}
	}
}
