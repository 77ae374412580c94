package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// What everything costs before the first command does anything is paid by each of them: by
// validate in an editor, by --help, by a gateway that starts, and by what ends its functions'
// processes.
const (
	mostOfRoom = 400 << 10              // bytes that a room allocates when the program begins
	mostOfAll  = 8 << 20                // bytes that all of it allocates, modules of others included
	mostCPU    = 100 * time.Millisecond // of dragoman validate, user and system
)

// The bytes are counted, so that a loaded machine finds the same. An expression that counts to
// 255, say, is among them with a megabyte.
func TestNoRoomIsDearAtTheStart(t *testing.T) {
	cmd := exec.Command(os.Args[0], "version")
	cmd.Env = append(os.Environ(), asMain+"=1", "GODEBUG=inittrace=1")
	var told strings.Builder
	cmd.Stderr = &told
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	rooms, all := 0, 0
	for line := range strings.Lines(told.String()) {
		// init ROOM @0.5 ms, 0.02 ms clock, 640 bytes, 8 allocs
		words := strings.Fields(line)
		if len(words) < 9 || words[0] != "init" {
			continue
		}
		bytes, err := strconv.Atoi(words[len(words)-4])
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all += bytes
		if name, ours := strings.CutPrefix(words[1], "github.com/dragoman-gateway/dragoman/"); ours {
			rooms++
			if bytes > mostOfRoom {
				t.Errorf("%s allocates %d bytes when the program begins, want %d at most", name, bytes, mostOfRoom)
			}
		}
	}
	if rooms < 20 {
		t.Fatalf("%d rooms are told of, want all of them:\n%s", rooms, told.String())
	}
	if all > mostOfAll {
		t.Errorf("%d bytes are allocated when the program begins, want %d at most", all, mostOfAll)
	}
}

// CPU time and not the clock: others may have the machine meanwhile. The least of some runs
// is the program's own.
func TestValidateIsQuick(t *testing.T) {
	file := filepath.Join(t.TempDir(), "api.yaml")
	const document = `dragoman: 1
regions:
  us-east-1:
    apis:
      chat:
        name: chat
        protocolType: WEBSOCKET
        routeSelectionExpression: $request.body.action
        integrations:
          ask: {integrationType: MOCK, templateSelectionExpression: \$default, requestTemplates: {$default: '{"statusCode":200}'}}
        routes:
          ask: {routeKey: ask, target: integrations/ask}
        stages:
          prod: {}
`
	if err := os.WriteFile(file, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	least := time.Hour
	for range 5 {
		cmd := exec.Command(os.Args[0], "validate", file)
		cmd.Env = append(os.Environ(), asMain+"=1")
		if out, err := cmd.CombinedOutput(); err != nil || string(out) != file+": nothing is wrong\n" {
			t.Fatalf("%v: %s", err, out)
		}
		least = min(least, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	}
	t.Logf("dragoman validate takes %s of CPU", least)
	if least > mostCPU {
		t.Errorf("dragoman validate takes %s of CPU, want %s at most", least, mostCPU)
	}
}
