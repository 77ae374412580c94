package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/dragoman-gateway/dragoman/cli/terminal"
	"github.com/dragoman-gateway/dragoman/server"
)

// readyLine tells programs that a gateway can be called, in the words of `up --json`.
type readyLine struct {
	Event      string `json:"event"`            // ready
	Data       string `json:"data"`             // URL where APIs are served
	Secure     string `json:"secure,omitempty"` // that of the listener with TLS
	Management string `json:"management"`       // URL of the management API
	Process    int    `json:"process"`          // to send signals to
	// Faults are the rules by which faults are injected; none where nothing is.
	Faults []string `json:"faults,omitempty"`
}

// ready is one line of JSON.
func ready(s *server.Server) []byte {
	data, secure, management := s.URLs()
	text, _ := json.Marshal(readyLine{"ready", data, secure, management, os.Getpid(), s.Faults()}) // texts and a number
	return append(text, '\n')
}

// tellReady tells where a gateway listens: a person at a terminal in words, a program in a
// line of JSON, and whoever waits for a file by that. remove takes the file away.
func tellReady(cmd *cobra.Command, s *server.Server, file string) (remove func(), err error) {
	remove = func() {}
	if file != "" {
		if err := writeReady(file, ready(s)); err != nil {
			return remove, fmt.Errorf("--ready-file %s: %w", file, err)
		}
		remove = func() { _ = os.Remove(file) }
	}
	if terminal.Is(cmd.OutOrStdout()) {
		startScreen(cmd.OutOrStdout(), terminal.ColourOf(cmd.OutOrStdout()), s)
		return remove, nil
	}
	fmt.Fprintln(cmd.ErrOrStderr(), s.Banner())
	_, _ = cmd.OutOrStdout().Write(ready(s)) // where nobody reads it the gateway serves all the same
	return remove, nil
}

// startScreen tells a person where things are and what to try next.
func startScreen(to io.Writer, c terminal.Colour, s *server.Server) {
	data, secure, management := s.URLs()
	fmt.Fprintf(to, "%s\n\n", s.Banner())
	row := func(name, value string) { fmt.Fprintf(to, "  %-12s%s\n", name, value) }
	row("APIs", c.Link(data+"/_aws/execute-api/{apiId}/{stage}"))
	if secure != "" {
		row("with TLS", c.Link(secure))
	}
	row("management", c.Link(management))
	if s.HasConsole() {
		row("console", c.Link(management+"/console/"))
	}
	row("AWS CLI", c.Bold("export AWS_ENDPOINT_URL_APIGATEWAYV2="+management))
	row("next", "dragoman demo, dragoman api get-apis, dragoman trace --follow\n")
}

// writeReady writes a file beside its place and then renames it, so that whoever waits for it
// finds the whole line.
func writeReady(path string, line []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err = f.Write(line); err == nil {
		err = f.Chmod(0o644)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
