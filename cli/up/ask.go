package up

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/template"
)

// ask asks for the values of parameters on a terminal; what is secret is not shown.
// ok is false where nobody is there to answer.
func ask(ctx context.Context, o *Options, missing []template.Parameter) (ok bool, err error) {
	in, isFile := o.In.(*os.File)
	if o.JSON || !isFile || !terminal(in) || !terminal(o.Out) {
		return false, nil
	}
	terminal := int(in.Fd())
	before, err := term.GetState(terminal)
	if err != nil {
		return false, err
	}
	// Nobody can end a read of a terminal, so that nobody waits for it.
	answered := make(chan error, 1)
	var asking tasks.Group
	asking.Go("asking for parameters", func() { answered <- answers(o, terminal, bufio.NewReader(in), missing) })
	select {
	case err = <-answered:
		return err == nil, err
	case <-ctx.Done():
		fmt.Fprintln(o.Out)
		return false, errors.Join(ctx.Err(), term.Restore(terminal, before))
	}
}

func answers(o *Options, terminal int, lines *bufio.Reader, missing []template.Parameter) error {
	for _, p := range missing {
		about := p.Type
		if p.Description != "" {
			about = p.Description
		}
		fmt.Fprintf(o.Out, "%s %s: ", p.Name, colourOf(o.Out).dim("("+clip(about, 60)+")"))
		var value string
		var err error
		if p.Secret {
			var typed []byte
			typed, err = term.ReadPassword(terminal)
			value = string(typed)
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
