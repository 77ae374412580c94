package conformance

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
)

// command runs the binary to its end.
func command(t *testing.T, args ...string) (output string, err error) {
	t.Helper()
	out, err := binary(t, args...).CombinedOutput()
	return string(out), err
}

// A backup that is taken beside a gateway, while it is written to, has everything that
// was acknowledged before and nothing by half; restored, it serves.
func TestBackupBesideARunningGateway(t *testing.T) {
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "state.backup")
	g, p := started(t, "--data-dir", dir)
	a := g.socketApi(mock(), mockReply("from before"))
	acknowledged := map[string]string{a.id: "test"}
	stop, stopped := make(chan struct{}), make(chan struct{})
	make20 := func(prefix string) map[string]string {
		made := map[string]string{}
		for i := range 20 {
			name := fmt.Sprint(prefix, i)
			api, err := g.sdk.CreateApi(t.Context(), &apigatewayv2.CreateApiInput{Name: &name, ProtocolType: types.ProtocolTypeHttp, Target: aws.String("http://127.0.0.1:1/")})
			must(t, err)
			made[*api.ApiId] = name
		}
		return made
	}
	for id, name := range make20("before-") {
		acknowledged[id] = name
	}
	go func() {
		defer close(stopped)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				_, _ = g.sdk.CreateApi(t.Context(), &apigatewayv2.CreateApiInput{Name: aws.String(fmt.Sprint("meanwhile-", i)), ProtocolType: types.ProtocolTypeHttp, Target: aws.String("http://127.0.0.1:1/")})
			}
		}
	}()
	out, err := command(t, "backup", "--data-dir", dir, file)
	close(stop)
	<-stopped
	if err != nil || !strings.HasPrefix(out, file+": ") {
		t.Fatalf("backup: %v %s", err, out)
	}
	if info, err := os.Stat(file); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the file has %v, %v, want mode 0600", info.Mode(), err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(file), "*")); err != nil || len(left) != 1 {
		t.Errorf("beside the backup there is %v", left)
	}
	restoreInUse(t, dir, file)
	p.kill()
	restored := filepath.Join(t.TempDir(), "new")
	if out, err := command(t, "restore", file, "--data-dir", restored); err != nil {
		t.Fatalf("restore: %v %s", err, out)
	}
	again, _ := started(t, "--data-dir", restored)
	defer again.stop()
	have := names(t, again.sdk)
	for id, name := range acknowledged {
		if have[id] != name {
			t.Errorf("%s was acknowledged before the backup as %q, is %q", id, name, have[id])
		}
	}
	for id := range have { // quick create writes four resources at once
		if routes, err := again.sdk.GetRoutes(t.Context(), &apigatewayv2.GetRoutesInput{ApiId: aws.String(id)}); err != nil || len(routes.Items) != 1 {
			t.Errorf("API %s is half there: %v", id, err)
		}
	}
	b := &socketApi{gateway: again, id: a.id}
	if got := b.ask(b.dial(nil), `{"action":"ask"}`); got != "from before" {
		t.Errorf("the restored gateway answers %q", got)
	}
}

// restoreInUse checks that a gateway's directory is left to it.
func restoreInUse(t *testing.T, dir, file string) {
	t.Helper()
	for _, flags := range [][]string{{}, {"--replace"}} {
		out, err := command(t, append([]string{"restore", file, "--data-dir", dir}, flags...)...)
		if err == nil || !strings.Contains(out, dir) || len(flags) > 0 && !strings.Contains(out, "in use by another process") {
			t.Errorf("restore %v into a directory in use: %v %s", flags, err, out)
		}
	}
}

// Files that are not whole, or something else, are refused by name, and nothing is
// made of them; neither is a backup made of a state that is damaged.
func TestBackupsAreVerified(t *testing.T) {
	dir, place := t.TempDir(), t.TempDir()
	g, _ := started(t, "--data-dir", dir)
	written(t, g, 10)
	g.stop()
	file := filepath.Join(place, "whole.backup")
	if out, err := command(t, "backup", "--data-dir", dir, file); err != nil {
		t.Fatalf("backup: %v %s", err, out)
	}
	whole, err := os.ReadFile(file)
	must(t, err)
	flipped := func(at int) []byte {
		b := slices.Clone(whole)
		b[at] ^= 0x10
		return b
	}
	database, err := os.ReadFile(filepath.Join(dir, stateDB))
	must(t, err)
	for name, row := range map[string]struct {
		content []byte
		says    string
	}{
		"empty":             {nil, "is no backup of Dragoman"},
		"text":              {[]byte("hello"), "is no backup of Dragoman"},
		"database":          {database, "is no backup of Dragoman"},
		"cut at the head":   {whole[:20], "is cut short"},
		"cut in the middle": {whole[:len(whole)/2], "is cut short"},
		"cut at the end":    {whole[:len(whole)-1], "is cut short"},
		"too long":          {append(slices.Clone(whole), 0), "is damaged"},
		"flip at the head":  {flipped(20), "is damaged"},
		"flip in a body":    {flipped(len(whole) / 2), "is "},
		"flip at the end":   {flipped(len(whole) - 1), "is damaged"},
	} {
		bad, target := filepath.Join(place, strings.ReplaceAll(name, " ", "-")), filepath.Join(place, "target")
		must(t, os.WriteFile(bad, row.content, 0o600))
		out, err := command(t, "restore", bad, "--data-dir", target)
		if err == nil || !strings.Contains(out, bad+" "+row.says) {
			t.Errorf("%s: got %v %q, want that the file %s", name, err, out, row.says)
		}
		if _, err := os.Stat(target); !os.IsNotExist(err) {
			t.Errorf("%s: the refused restore has made %s", name, target)
		}
	}
	k := renamed(t, keep(t, dir, ""), "api-003", "api-0o3")
	out, err := command(t, "backup", "--data-dir", k.put(t), filepath.Join(place, "of damage"))
	if err == nil || !strings.Contains(out, "is damaged") || !strings.Contains(out, "fails its checksum") {
		t.Errorf("a backup of what is damaged: %v %q", err, out)
	}
	if left, err := filepath.Glob(filepath.Join(place, "*of damage*")); err != nil || len(left) > 0 {
		t.Errorf("a backup that failed has left %v", left)
	}
}

// A damaged state is replaced by a backup, and kept beside it.
func TestRestoreReplacesADamagedState(t *testing.T) {
	dir, file := t.TempDir(), filepath.Join(t.TempDir(), "state.backup")
	g, p := started(t, "--data-dir", dir)
	written(t, g, 5)
	before := exported(t, p.management)
	if out, err := command(t, "backup", "--data-dir", dir, file); err != nil {
		t.Fatalf("backup: %v %s", err, out)
	}
	p.kill()
	must(t, os.Truncate(filepath.Join(dir, stateLog), 5000))
	if _, err := launch(t, "--data-dir", dir); err == nil {
		t.Fatal("it started on a log that is cut")
	}
	if out, err := command(t, "restore", "--data-dir", dir, file); err == nil || !strings.Contains(out, dir+" is not empty") {
		t.Errorf("restore without --replace: %v %s", err, out)
	}
	out, err := command(t, "restore", "--data-dir", dir, "--replace", file)
	if err != nil || !strings.Contains(out, "what was there before is in "+filepath.Join(dir, "replaced-")) {
		t.Fatalf("restore --replace: %v %s", err, out)
	}
	again, err := launch(t, "--data-dir", dir)
	must(t, err)
	if got := exported(t, again.management); got != before {
		t.Errorf("the restored state is another: %s", difference(got, before))
	}
	again.kill()
}
