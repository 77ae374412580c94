package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dragoman-gateway/dragoman/cli/terminal"
	"github.com/dragoman-gateway/dragoman/cli/trace"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// exitUnasked is the exit status where somebody had to be asked, and nobody was there.
const exitUnasked = 2

// replayed is what came of a replay.
type replayed struct {
	Trace       *kept
	Differences []struct{ Step, Member, Was, Is string }
}

// again replays a record, after it has asked where that might do something twice.
func (o *tracing) again(ctx context.Context, cmd *cobra.Command, k *kept) error {
	path := tracesPath + "/" + url.PathEscape(k.ID) + "/replay"
	var first struct{ Twice, Reaches string }
	if err := o.fetch(ctx, http.MethodPost, path+"?dryRun=true", nil, &first); err != nil {
		return err
	}
	fmt.Fprintln(cmd.ErrOrStderr(), terminal.SafeLine(first.Reaches))
	if first.Twice != "" && !o.yes {
		if err := confirm(ctx, cmd, terminal.SafeLine(first.Twice)); err != nil {
			return err
		}
	}
	var answer json.RawMessage
	if err := o.fetch(ctx, http.MethodPost, path, nil, &answer); err != nil {
		return err
	}
	if o.json {
		_, err := cmd.OutOrStdout().Write(append(bytes.TrimSpace(answer), '\n'))
		return err
	}
	var r replayed
	if err := json.Unmarshal(answer, &r); err != nil || r.Trace == nil {
		return errors.New("what answers is no management listener of a Dragoman that replays")
	}
	return r.show(cmd.OutOrStdout())
}

// confirm asks whether to go on. Where nobody can be asked nothing is done.
func confirm(ctx context.Context, cmd *cobra.Command, what string) error {
	if !terminal.Is(cmd.InOrStdin()) || !terminal.Is(cmd.ErrOrStderr()) {
		return &exitError{exitUnasked, fmt.Errorf("a replay may do something twice: %s; --yes replays all the same", what)}
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "It may do something twice: %s. Replay? [y/N] ", what)
	answered := make(chan string, 1)
	var asking tasks.Group // nobody can end a read of a terminal, so that nobody waits for it
	asking.Go("asking whether to replay", func() {
		line, _ := bufio.NewReader(cmd.InOrStdin()).ReadString('\n') // no answer is no
		answered <- strings.ToLower(strings.TrimSpace(line))
	})
	select {
	case answer := <-answered:
		if answer == "y" || answer == "yes" {
			return nil
		}
	case <-ctx.Done():
		fmt.Fprintln(cmd.ErrOrStderr())
	}
	return errors.New("nothing was replayed")
}

// show shows the replay step by step, and then where it went another way.
func (r *replayed) show(out io.Writer) error {
	c := terminal.ColourOf(out)
	if err := trace.New(out, c).Steps(&r.Trace.Record); err != nil {
		return err
	}
	var b strings.Builder
	for _, d := range r.Differences {
		what := strings.TrimSpace(d.Step + " " + d.Member)
		fmt.Fprintf(&b, "\n %s\n   was %s\n   is  %s", c.Bold(terminal.SafeLine(what)), c.Red(shownValue(d.Was)), c.Green(shownValue(d.Is)))
	}
	if len(r.Differences) == 0 {
		b.WriteString("\n nothing differs")
	}
	_, err := io.WriteString(out, b.String()+"\n")
	return err
}

func shownValue(text string) string {
	if text == "" {
		return "nothing"
	}
	return terminal.SafeLine(text)
}
