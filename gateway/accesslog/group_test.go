package accesslog

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/exchange"
)

// A log group that nobody named has a file of its name in the folder, and no name
// leads out of that.
func TestGroupsHaveFilesInTheFolder(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "logs")
	named := filepath.Join(t.TempDir(), "named.log")
	l := open(t, Options{Folder: folder, Targets: map[string]string{group: named}})
	x := &exchange.Exchange{RequestID: "r1"}
	const arn = "arn:aws:logs:us-east-1:000000000000:log-group:"
	for _, to := range []string{group + ":*", arn + "/aws/chat:*", arn + "/aws/chat", arn + "plain", arn + "../../out", "arn:aws:firehose:us-east-1:1:deliverystream/x"} {
		record(l, x, stage(to, "$context.requestId"))
	}
	finish(t, l)
	for path, want := range map[string]string{named: "r1\n", filepath.Join(folder, "aws", "chat.log"): "r1\nr1\n", filepath.Join(folder, "plain.log"): "r1\n"} {
		if text, err := os.ReadFile(path); err != nil || string(text) != want {
			t.Errorf("%s: got %q, %v, want %q", path, text, err, want)
		}
	}
	if all, _ := filepath.Glob(filepath.Join(folder, "..", "*")); len(all) != 1 {
		t.Errorf("beside the folder are %v", all)
	}
	if len(l.Dropped()) != 3 {
		t.Errorf("got %v, want three files", l.Dropped())
	}
	if err := l.Close(time.Second); err != nil {
		t.Error(err)
	}
}
