package conformance

import (
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// A disk that takes no more: writes are refused as AWS refuses them, the gateway says
// that it is not ready and serves on what it has, and it recovers by itself when there
// is room again. The disk is full by a limit to the size of files.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	p, err := run(t, limited(t, 400, dir))
	must(t, err)
	g := &gateway{p, sdkFor("http://" + p.management), t, func() {}}
	a := g.socketApi(mock(), mockReply("served"))
	create := func(name string) (string, error) {
		api, err := g.sdk.CreateApi(t.Context(), &apigatewayv2.CreateApiInput{Name: &name, ProtocolType: types.ProtocolTypeHttp, Description: aws.String(strings.Repeat("large ", 150))})
		if err != nil {
			return "", err
		}
		return *api.ApiId, nil
	}
	acknowledged := map[string]string{a.id: "test"}
	var full error
	for i := 0; full == nil; i++ {
		if i == 1000 {
			t.Fatal("the disk does not become full")
		}
		var id string
		if id, full = create(fmt.Sprint("api-", i)); full == nil {
			acknowledged[id] = fmt.Sprint("api-", i)
		}
	}
	var api smithy.APIError
	var response *smithyhttp.ResponseError
	if !errors.As(full, &api) || api.ErrorCode() != "ServiceUnavailableException" || !errors.As(full, &response) || response.HTTPStatusCode() != 503 {
		t.Errorf("a write that cannot be kept: got %v, want 503 ServiceUnavailableException", full)
	}
	status, text := g.page("/readyz")
	if status != 503 || !strings.HasPrefix(text, "store: the last commit failed: ") {
		t.Errorf("/readyz: got %d %q, want 503 and a line of the store", status, text)
	}
	for until := time.Now().Add(2500 * time.Millisecond); time.Now().Before(until); time.Sleep(100 * time.Millisecond) {
		if status, text := g.page("/readyz"); status != 503 { // it is tried each second, and is still full
			t.Fatalf("/readyz of a disk that is still full: got %d %q", status, text)
		}
	}
	eventually(t, "the log says why", func() bool {
		return strings.Contains(p.log.String(), `msg="the store is not well" error="the last commit failed: `)
	})
	if status, _ := g.page("/healthz"); status != http.StatusOK {
		t.Errorf("/healthz: got %d, want 200", status)
	}
	if got := a.ask(a.dial(nil), `{"action":"ask"}`); got != "served" {
		t.Errorf("what is deployed answers %q", got)
	}
	if have := names(t, g.sdk); len(have) != len(acknowledged) {
		t.Errorf("%d APIs are listed, want the %d that were acknowledged", len(have), len(acknowledged))
	}

	room := syscall.Rlimit{Cur: 1 << 30, Max: ^uint64(0)}
	if _, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(p.Process.Pid), syscall.RLIMIT_FSIZE, uintptr(unsafe.Pointer(&room)), 0, 0, 0); errno != 0 {
		t.Skipf("the limit cannot be lifted here: %v", errno)
	}
	eventually(t, "the gateway is ready again, without a write", func() bool { status, text := g.page("/readyz"); return status == 200 && text == "ok\n" })
	id, err := create("after")
	must(t, err)
	acknowledged[id] = "after"
	p.kill()
	again, err := launch(t, "--data-dir", dir)
	must(t, err)
	have := names(t, sdkFor("http://"+again.management))
	for id, name := range acknowledged {
		if have[id] != name {
			t.Errorf("%s was acknowledged as %q, is %q", id, name, have[id])
		}
	}
	if len(have) != len(acknowledged) {
		t.Errorf("%d APIs are there, want %d: what was refused is not", len(have), len(acknowledged))
	}
}

// limited is a gateway whose files end at so many KiB.
func limited(t *testing.T, size int, dir string, flags ...string) *exec.Cmd {
	t.Helper()
	bash, cmd := tool(t, "bash"), binary(t)
	serve := append([]string{"serve", "--data-dir", dir, "--listen", "127.0.0.1:0", "--management", "127.0.0.1:0"}, flags...)
	cmd.Path, cmd.Args = bash, append([]string{"bash", "-c", fmt.Sprintf(`ulimit -S -f %d && exec "$0" "$@"`, size), cmd.Path}, serve...)
	return cmd
}

// A disk that has no room for a start is not taken for a damage: nothing is given up.
func TestStartOnAFullDisk(t *testing.T) {
	dir := t.TempDir()
	g, p := started(t, "--data-dir", dir)
	written(t, g, 5)
	before := exported(t, p.management)
	for _, end := range []func(){p.kill, func() { g.stop() }} {
		end()
		for _, flags := range [][]string{{}, {"--accept-loss"}} {
			_, err := run(t, limited(t, 4, dir, flags...))
			if err == nil || !strings.Contains(err.Error(), "--data-dir "+dir) || strings.Contains(err.Error(), "damaged") {
				t.Errorf("a start without room: got %v, want an error that names the directory and no damage", err)
			}
		}
		again, err := launch(t, "--data-dir", dir)
		must(t, err)
		if got := exported(t, again.management); got != before {
			t.Errorf("after a start without room: %s", difference(got, before))
		}
		g = &gateway{again, nil, t, func() { _ = again.Process.Signal(syscall.SIGTERM); <-again.exited }}
	}
	g.stop()
}
