package up

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/dragoman-gateway/dragoman/template"
)

// ask asks for the values of parameters on a terminal; what is secret is not shown.
// ok is false where nobody is there to answer.
func ask(o *Options, missing []template.Parameter) (ok bool, err error) {
	in, isFile := o.In.(*os.File)
	if o.JSON || !isFile || !terminal(in) || !terminal(o.Out) {
		return false, nil
	}
	lines := bufio.NewReader(in)
	for _, p := range missing {
		about := p.Type
		if p.Description != "" {
			about = p.Description
		}
		fmt.Fprintf(o.Out, "%s %s: ", p.Name, colourOf(o.Out).dim("("+clip(about, 60)+")"))
		var value string
		if p.Secret {
			typed, failed := term.ReadPassword(int(in.Fd()))
			fmt.Fprintln(o.Out)
			value, err = string(typed), failed
		} else {
			value, err = lines.ReadString('\n')
		}
		if err == io.EOF {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		o.Parameters[p.Name] = strings.TrimRight(value, "\r\n")
	}
	return true, nil
}
