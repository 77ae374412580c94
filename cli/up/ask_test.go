//go:build linux

package up_test

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

const askingTemplate = `Parameters:
  Stage: {Type: String, Description: where it goes, AllowedValues: [dev, prod]}
  Note: {Type: String}
  Token: {Type: String, NoEcho: true}
Resources:
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: HTTP, Name: !Sub "${Stage}-${Note}-name"}}
Outputs:
  Said: {Value: !Sub "said ${Stage}/${Note}/"}
`

// What has no value is asked for on a terminal: a secret is not shown while it is typed
// and later, an empty answer is the empty text, one that is not allowed is a fault, and
// who presses Ctrl-C gets the terminal back as it was.
func TestUpAsksOnATerminal(t *testing.T) {
	python := needs.Program(t, "python3")
	driver, err := filepath.Abs("testdata/terminal.py")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	place(t, dir, map[string]string{"template.yaml": askingTemplate})
	for name, row := range map[string]struct {
		steps  [][2]string
		status int
		says   []string
		never  []string
		echo   bool // is looked at
	}{
		"answered":    {[][2]string{{"Stage", "prod\n"}, {"Note", "\n"}, {"Token", "hidden:s3cr3t\n"}}, 0, []string{"where it goes"}, []string{"s3cr3t"}, false},
		"not allowed": {[][2]string{{"Stage", "test\n"}, {"Note", "x\n"}, {"Token", "hidden:s3cr3t\n"}}, 1, []string{`the value "test" of the parameter Stage is not allowed`, "allowed are dev, prod"}, []string{"s3cr3t"}, false},
		"Ctrl-C":      {[][2]string{{"Stage", "\x03"}}, 1, nil, []string{"Note"}, true},
		"at a secret": {[][2]string{{"Stage", "dev\n"}, {"Note", "x\n"}, {"Token", "hidden:s3c\x03"}}, 1, nil, []string{"s3c", "s3cr3t"}, true},
		"the end":     {[][2]string{{"Stage", "\x04"}}, 1, nil, []string{"Note"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			steps, err := json.Marshal(row.steps)
			if err != nil {
				t.Fatal(err)
			}
			up := upCommand(t, dir, "--check")
			cmd := exec.CommandContext(t.Context(), python, append([]string{driver, string(steps)}, up.Args...)...)
			cmd.Dir, cmd.Env = dir, append(up.Env, "TERM=xterm")
			out, err := cmd.Output()
			var got struct {
				Seen   string
				Status int
				Echo   *bool
				Left   int
			}
			if err != nil || json.Unmarshal(out, &got) != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if got.Status != row.status || got.Left != 0 {
				t.Errorf("got %+v, want status %d", got, row.status)
			}
			for _, text := range row.says {
				if !strings.Contains(got.Seen, text) {
					t.Errorf("got %q, want %q in it", got.Seen, text)
				}
			}
			for _, text := range row.never {
				if strings.Contains(got.Seen, text) {
					t.Errorf("got %q, which shows %q", got.Seen, text)
				}
			}
			if row.echo && (got.Echo == nil || !*got.Echo) {
				t.Errorf("the terminal does not show what is typed any more: %+v", got)
			}
		})
	}
}
