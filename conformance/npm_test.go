package conformance

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// connectionsScript drives all three operations with the AWS SDK for JavaScript and ends
// with an error where an answer is not AWS's.
const connectionsScript = `
const { ApiGatewayManagementApiClient, PostToConnectionCommand, GetConnectionCommand, DeleteConnectionCommand } =
  require("@aws-sdk/client-apigatewaymanagementapi");
const assert = require("node:assert");
const [endpoint, id] = process.argv.slice(2);
const client = new ApiGatewayManagementApiClient({ endpoint, region: "us-east-1", maxAttempts: 1,
  credentials: { accessKeyId: "local", secretAccessKey: "local" } });
const send = (Command, input) => client.send(new Command(input));
const fails = async (name, status, Command, input) => {
  try { await send(Command, input); } catch (e) {
    assert.equal(e.name, name);
    assert.equal(e.$metadata.httpStatusCode, status);
    return e;
  }
  assert.fail(name + " was not thrown");
};
(async () => {
  await send(PostToConnectionCommand, { ConnectionId: id, Data: "text from node" });
  await send(PostToConnectionCommand, { ConnectionId: id, Data: Buffer.from([0xff, 0x00, 0x01]) });
  const seen = await send(GetConnectionCommand, { ConnectionId: id });
  assert.equal(seen.Identity.SourceIp, "127.0.0.1");
  assert.ok(seen.ConnectedAt instanceof Date && seen.LastActiveAt >= seen.ConnectedAt, String(seen.LastActiveAt));
  const large = await fails("PayloadTooLargeException", 413, PostToConnectionCommand, { ConnectionId: id, Data: Buffer.alloc(131073) });
  assert.ok(large.message.length > 0);
  await send(DeleteConnectionCommand, { ConnectionId: id });
  for (const gone of [id, "AAAAAAAAAAAAAAA="]) {
    await fails("GoneException", 410, PostToConnectionCommand, { ConnectionId: gone, Data: "x" });
    await fails("GoneException", 410, GetConnectionCommand, { ConnectionId: gone });
    await fails("GoneException", 410, DeleteConnectionCommand, { ConnectionId: gone });
  }
  console.log("done");
})().catch((e) => { console.error(e); process.exit(1); });
`

// @connections from the AWS SDK for JavaScript.
func TestConnectionsFromJavaScript(t *testing.T) {
	node := tool(t, "node", "--version")
	modules := os.Getenv("DRAGOMAN_NODE_MODULES")
	if modules == "" {
		needs.Missing(t, "npm packages", "DRAGOMAN_NODE_MODULES does not say where @aws-sdk/client-apigatewaymanagementapi is installed")
	}
	if _, err := os.Stat(filepath.Join(modules, "@aws-sdk", "client-apigatewaymanagementapi")); err != nil {
		t.Fatalf("DRAGOMAN_NODE_MODULES: %v", err)
	}
	a := start(t).socketApi(mock(), mockReply("$context.connectionId"))
	conn := a.dial(nil)
	id := a.ask(conn, `{"action":"ask"}`)
	script := filepath.Join(t.TempDir(), "connections.js")
	must(t, os.WriteFile(script, []byte(connectionsScript), 0o600))
	cmd := exec.Command(node, script, "http://"+a.DataAddr()+a.path(), id)
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "done") {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"text from node", "\xff\x00\x01"} {
		if _, frame, err := conn.Read(t.Context()); err != nil || string(frame) != want {
			t.Errorf("frame: got %q (%v), want %q", frame, err, want)
		}
	}
}
