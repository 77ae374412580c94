package up

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/dragoman-gateway/dragoman/cli/terminal"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/template"
)

// ask asks for the values of parameters on a terminal; what is secret is not shown.
// ok is false where nobody is there to answer.
func ask(ctx context.Context, o *Options, missing []template.Parameter) (ok bool, err error) {
	in, isFile := o.In.(*os.File)
	if o.JSON || !isFile || !terminal.Is(in) || !terminal.Is(o.Out) {
		return false, nil
	}
	restore, err := terminal.Keep(in)
	if err != nil {
		return false, err
	}
	// Nobody can end a read of a terminal, so that nobody waits for it.
	answered := make(chan error, 1)
	var asking tasks.Group
	asking.Go("asking for parameters", func() { answered <- answers(o, in, bufio.NewReader(in), missing) })
	select {
	case err = <-answered:
		return err == nil, err
	case <-ctx.Done():
		fmt.Fprintln(o.Out)
		return false, errors.Join(ctx.Err(), restore())
	}
}

func answers(o *Options, in *os.File, lines *bufio.Reader, missing []template.Parameter) error {
	for _, p := range missing {
		about := p.Type
		if p.Description != "" {
			about = p.Description
		}
		fmt.Fprintf(o.Out, "%s %s: ", p.Name, terminal.ColourOf(o.Out).Dim("("+clip(about, 60)+")"))
		var value string
		var err error
		if p.Secret {
			value, err = terminal.Secret(in)
			fmt.Fprintln(o.Out)
		} else {
			value, err = lines.ReadString('\n')
		}
		if err != nil {
			return err
		}
		o.Parameters[p.Name] = strings.TrimRight(value, "\r\n")
	}
	return nil
}
