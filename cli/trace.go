package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dragoman-gateway/dragoman/cli/terminal"
	"github.com/dragoman-gateway/dragoman/cli/trace"
)

const traceLong = `Shows what a gateway has recorded of requests and messages, oldest first, and with an ID one of
them step by step: which route was chosen and why, what templates were given and made, what the
backend said, which integration response was taken, and the frame that left.

  dragoman trace                       what is kept
  dragoman trace --follow --api chat   what happens, as it happens
  dragoman trace --status 5xx          what failed
  dragoman trace 7f3a                  one, of which the beginning of its ID is enough
  dragoman trace 7f3a --replay         the same message again, through today's configuration

Which APIs are recorded is said by dragoman serve --tap, and while it runs by
PUT /_dragoman/tap; dragoman up and demo record all. Server and keys are found as dragoman
api finds them.

--replay sends the message from the choice of its route on, with the identity that the record
kept, past throttles and authorizers, and shows what differs. The answer comes to you and never
to the client. It asks first where the method or the integration may do something twice; --yes
answers that, and without a terminal and without it the exit status is 2.`

// Where records of exchanges are.
const (
	tapPath    = "/_dragoman/tap"
	tracesPath = "/_dragoman/traces"
)

// tracing are the flags of trace.
type tracing struct {
	apiOptions
	api, stage, route, status, connection, text string
	follow, json, replay, yes                   bool
}

func newTraceCommand() *cobra.Command {
	o := &tracing{}
	cmd := &cobra.Command{
		Use:   "trace [ID]",
		Short: "Show why each answer came, step by step",
		Long:  traceLong,
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := interruptible(cmd)
			defer stop()
			return o.run(ctx, cmd, args)
		},
	}
	f := cmd.Flags()
	f.BoolVarP(&o.follow, "follow", "f", false, "go on with what happens, until Ctrl-C")
	f.StringVar(&o.api, "api", "", "of this API, by its id or name")
	f.StringVar(&o.stage, "stage", "", "of this stage")
	f.StringVar(&o.route, "route", "", "on this route, by its key")
	f.StringVar(&o.status, "status", "", "that ended so: 404, or 4xx for 400 to 499")
	f.StringVar(&o.connection, "connection", "", "of this connection, by its id")
	f.StringVar(&o.text, "text", "", "that have this text anywhere, in any case")
	f.BoolVar(&o.json, "json", false, "print each record as a line of JSON")
	f.BoolVar(&o.replay, "replay", false, "send the message of ID again, and show what differs")
	f.BoolVar(&o.yes, "yes", false, "replay without asking")
	o.callFlags(cmd)
	return cmd
}

func (o *tracing) run(ctx context.Context, cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 1 && args[0] == "":
		return misused(errors.New("the ID is empty: leave it out for all traces"))
	case o.yes && !o.replay:
		return misused(errors.New("--yes answers what --replay asks: give both, with the ID of a trace"))
	case len(args) == 1 && o.follow:
		return misused(errors.New("--follow shows what happens, not one trace: leave out the ID"))
	case len(args) == 0 && o.replay:
		return misused(errors.New("--replay needs the ID of a trace"))
	case len(args) == 0:
		err := o.list(ctx, cmd)
		if refusal, ok := errors.AsType[*refusedError](err); ok && refusal.status == http.StatusBadRequest {
			return misused(err) // a filter that says nothing, such as --status abc
		}
		return err
	}
	found, err := o.find(ctx, args[0])
	if err != nil {
		return err
	}
	if o.replay {
		return o.again(ctx, cmd, found)
	}
	if o.json {
		return found.print(cmd)
	}
	p := trace.New(cmd.OutOrStdout(), terminal.ColourOf(cmd.OutOrStdout()))
	return p.Steps(&found.Record)
}

// kept is a record with the text that it came in.
type kept struct {
	trace.Record
	text json.RawMessage
}

// UnmarshalJSON implements json.Unmarshaler.
func (k *kept) UnmarshalJSON(b []byte) error {
	k.text = append(k.text[:0], b...)
	return json.Unmarshal(b, &k.Record)
}

// print prints it as one line of JSON. The gateway escapes what moves a terminal.
func (k *kept) print(cmd *cobra.Command) error {
	_, err := cmd.OutOrStdout().Write(append(k.text[:len(k.text):len(k.text)], '\n'))
	return err
}

// traces asks for the newest records that filters take, newest first.
func (o *apiOptions) traces(ctx context.Context, filters url.Values) ([]*kept, error) {
	var answer struct{ Traces []*kept }
	err := o.fetch(ctx, http.MethodGet, tracesPath+"?"+filters.Encode(), nil, &answer)
	return answer.Traces, err
}

// filters are those of the flags.
func (o *tracing) filters() url.Values {
	return filled(map[string]string{"api": o.api, "stage": o.stage, "route": o.route, "status": o.status, "connection": o.connection, "text": o.text})
}

// everything is the limit of a list: as many as a gateway answers.
const everything = "1000"

// list prints what is kept, and follows what comes where that is asked for.
func (o *tracing) list(ctx context.Context, cmd *cobra.Command) error {
	p := trace.New(cmd.OutOrStdout(), terminal.ColourOf(cmd.OutOrStdout()))
	show := func(k *kept) error {
		if o.json {
			return k.print(cmd)
		}
		return p.Line(&k.Record)
	}
	shown := map[string]bool{}
	catchUp := func() error {
		q := o.filters()
		q.Set("limit", everything)
		found, err := o.traces(ctx, q)
		if err != nil {
			return err
		}
		for _, k := range found {
			p.Know([]*trace.Record{&k.Record})
		}
		before := shown
		shown = make(map[string]bool, len(found))
		for i := len(found) - 1; i >= 0; i-- {
			shown[found[i].ID] = true
			if before[found[i].ID] {
				continue
			}
			if err := show(found[i]); err != nil {
				return err
			}
		}
		return nil
	}
	if !o.follow {
		if err := catchUp(); err != nil || len(shown) > 0 {
			return err
		}
		return o.explainNone(ctx, cmd)
	}
	return o.apiOptions.follow(ctx, tracesPath+"/stream?"+o.filters().Encode(), catchUp, tellBreaks(cmd), func(event string, data []byte) error {
		var k kept
		switch {
		case event == "lost":
			fmt.Fprintln(cmd.ErrOrStderr(), "some traces were lost: they come faster than they are shown")
			return nil
		case event == "silent":
			tellSilent(cmd, data)
			return nil
		case event != "trace" || json.Unmarshal(data, &k) != nil || shown[k.ID]:
			return nil
		}
		p.Know([]*trace.Record{&k.Record})
		return show(&k)
	})
}

// tellSilent tells of the nodes whose traces are missing from now on, or that none are.
func tellSilent(cmd *cobra.Command, data []byte) {
	var silent struct{ Nodes []string }
	if json.Unmarshal(data, &silent) != nil {
		return
	}
	text := "all nodes answer again"
	if len(silent.Nodes) > 0 {
		text = "without the traces of nodes that do not answer: " + strings.Join(silent.Nodes, ", ")
	}
	fmt.Fprintln(cmd.ErrOrStderr(), terminal.SafeLine(text))
}

// tellBreaks tells once of a stream that ended, until it is there again.
func tellBreaks(cmd *cobra.Command) func(error) {
	last := ""
	return func(err error) {
		if text := terminal.SafeLine(err.Error()); text != last {
			last = text
			fmt.Fprintln(cmd.ErrOrStderr(), text+"; it is tried again")
		}
	}
}

// explainNone says why there may be nothing to see.
func (o *tracing) explainNone(ctx context.Context, cmd *cobra.Command) error {
	var tap struct {
		Apis   json.RawMessage
		Sample float64
	}
	if err := o.fetch(ctx, http.MethodGet, tapPath, nil, &tap); err != nil {
		return err
	}
	if string(tap.Apis) == "[]" || tap.Sample == 0 {
		fmt.Fprintln(cmd.ErrOrStderr(), "nothing is recorded: dragoman serve --tap API turns it on, or while it runs PUT /_dragoman/tap {\"apis\":\"all\"}")
		return nil
	}
	if len(o.filters()) == 0 {
		return nil
	}
	// A name that no API has is the usual reason, and of records alone nobody sees it.
	if o.api != "" {
		if c, err := o.client(ctx); err == nil {
			if _, _, err = findApi(ctx, c, o.api); errors.Is(err, errNoApi) {
				fmt.Fprintln(cmd.ErrOrStderr(), terminal.SafeLine("nothing that is kept fits: "+err.Error()))
				return nil
			}
		}
	}
	fmt.Fprintln(cmd.ErrOrStderr(), "nothing that is kept fits")
	return nil
}

// find finds a record by its id, or a beginning that no other has.
func (o *tracing) find(ctx context.Context, id string) (*kept, error) {
	k := new(kept)
	err := o.fetch(ctx, http.MethodGet, tracesPath+"/"+url.PathEscape(id), nil, k)
	if refusal, ok := errors.AsType[*refusedError](err); !ok || refusal.status != http.StatusNotFound {
		return k, err
	}
	all, listErr := o.traces(ctx, url.Values{"limit": {everything}})
	if listErr != nil {
		return nil, listErr
	}
	var fits []*kept
	for _, k := range all {
		if strings.HasPrefix(k.ID, id) {
			fits = append(fits, k)
		}
	}
	switch len(fits) {
	case 0:
		return nil, cmp.Or(err, errors.New("there is no such trace"))
	case 1:
		return fits[0], nil
	}
	var ids []string
	for _, k := range fits[:min(len(fits), 5)] {
		ids = append(ids, k.ID)
	}
	return nil, fmt.Errorf("%d traces begin with %s: say which, such as %s", len(fits), id, strings.Join(ids, " or "))
}
