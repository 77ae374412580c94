package cli

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/dragoman-gateway/dragoman/dragomantest"
)

// The command against a gateway, over HTTP and over a WebSocket, told to a program.
func TestBench(t *testing.T) {
	t.Parallel()
	d := dragomantest.Start(t, dragomantest.Seed("testdata/connect/chat.yaml"))
	for _, args := range [][]string{{d.Management + "/healthz"}, {d.WebSocketURL("chat", "dev"), "--message", `{"action":"order","id":"42"}`}} {
		var out, faults bytes.Buffer
		status := Main(append([]string{"bench", "--rate", "200", "--duration", "200ms", "--warm-up", "50ms", "--connections", "3", "--json"}, args...), nil, &out, &faults)
		var report struct {
			Answers, Failures int
			Latency           map[string]float64
		}
		if err := json.Unmarshal(out.Bytes(), &report); status != 0 || err != nil || report.Answers != 40 || report.Failures != 0 || report.Latency["p99"] <= 0 {
			t.Errorf("%s: status %d, %v\n%s%s", args[0], status, err, &out, &faults)
		}
	}
	var out, faults bytes.Buffer
	if status := Main([]string{"bench", "localhost"}, nil, &out, &faults); status != 2 {
		t.Errorf("no URL: status %d", status)
	}
}
