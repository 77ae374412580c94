package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dragoman-gateway/dragoman/cli/terminal"
)

const logsLong = `Shows what the functions that run in a gateway have logged, oldest first: of FUNCTION, by its name,
ARN or logical id, or of all of them.

  dragoman logs                        what is kept
  dragoman logs hello --follow         and what comes, until Ctrl-C

Server and keys are found as dragoman api finds them.`

// Where logs of functions are.
const (
	functionsPath = "/_dragoman/functions"
	logsPath      = "/_dragoman/logs"
)

// logging are the flags of logs.
type logging struct {
	apiOptions
	text, request string
	follow, json  bool
}

func newLogsCommand() *cobra.Command {
	o := &logging{}
	cmd := &cobra.Command{
		Use:   "logs [FUNCTION]",
		Short: "Show what functions that run here have logged",
		Long:  logsLong,
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := interruptible(cmd)
			defer stop()
			path := logsPath
			if len(args) == 1 {
				path = functionsPath + "/" + url.PathEscape(args[0]) + "/logs"
			}
			return o.run(ctx, cmd, path, len(args) == 0)
		},
	}
	f := cmd.Flags()
	f.BoolVarP(&o.follow, "follow", "f", false, "go on with what comes, until Ctrl-C")
	f.StringVar(&o.text, "text", "", "lines that have this text, in any case")
	f.StringVar(&o.request, "request", "", "lines of this invocation, by its id")
	f.BoolVar(&o.json, "json", false, "print each line as a line of JSON")
	o.callFlags(cmd)
	return cmd
}

// logged is a line that a function has logged.
type logged struct {
	ID       int64     `json:"id"`
	Time     time.Time `json:"time"`
	Function string    `json:"function"`
	Text     string    `json:"text"`
	whole    json.RawMessage
}

// UnmarshalJSON implements json.Unmarshaler.
func (l *logged) UnmarshalJSON(b []byte) error {
	type plain logged
	l.whole = append(l.whole[:0], b...)
	return json.Unmarshal(b, (*plain)(l))
}

// mostLogged is how many lines a gateway answers at a time.
const mostLogged = "2000"

func (o *logging) run(ctx context.Context, cmd *cobra.Command, path string, named bool) error {
	q := filled(map[string]string{"limit": mostLogged, "text": o.text, "request": o.request})
	show := o.shower(cmd.OutOrStdout(), named)
	if !o.follow {
		var answer struct{ Lines []logged }
		if err := o.fetch(ctx, http.MethodGet, path+"?"+q.Encode(), nil, &answer); err != nil {
			return err
		}
		for i := range answer.Lines {
			if err := show(&answer.Lines[i]); err != nil {
				return err
			}
		}
		return nil
	}
	var last logged // a stream begins with what is kept, which a stream before may have shown
	nothing := func() error { return nil }
	return o.apiOptions.follow(ctx, path+"/stream?"+q.Encode(), nothing, tellBreaks(cmd), func(event string, data []byte) error {
		var line logged
		switch {
		case event == "lost":
			fmt.Fprintln(cmd.ErrOrStderr(), "some lines were lost: they come faster than they are shown")
			return nil
		case event != "log" || json.Unmarshal(data, &line) != nil:
			return nil
		case line.ID <= last.ID && !line.Time.After(last.Time):
			return nil
		}
		last = line
		return show(&line)
	})
}

// shower shows lines, with the functions' names where there may be several.
func (o *logging) shower(out io.Writer, named bool) func(*logged) error {
	c := terminal.ColourOf(out)
	wide := 0
	return func(l *logged) error {
		if o.json {
			_, err := out.Write(append(l.whole, '\n'))
			return err
		}
		head := c.Dim(l.Time.Local().Format("15:04:05.000")) + "  "
		if named {
			name := terminal.SafeLine(l.Function)
			wide = max(wide, len(name))
			head += c.Link(name) + strings.Repeat(" ", wide-len(name)) + "  "
		}
		text := strings.ReplaceAll(terminal.Safe(strings.TrimRight(l.Text, "\n")), "\n", "\n                ")
		_, err := io.WriteString(out, head+text+"\n")
		return err
	}
}
