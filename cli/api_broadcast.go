package cli

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dragoman-gateway/dragoman/client"
	"github.com/dragoman-gateway/dragoman/wire"
)

const broadcastLong = `Sends one message to many clients of a WebSocket API in one call, and tells what became of it
at each. --endpoint-url is the address of a stage. AWS has no such call.

  dragoman api broadcast --endpoint-url http://a1b2c3.execute-api.localhost:8080/prod \
      --connection-ids JKT2YcZaoAMCJ3w= JKT3XdTpIAMCEOg= --data hello
  dragoman api broadcast --endpoint-url http://a1b2c3.execute-api.localhost:8080/prod \
      --match-query room=7 --match-route chat --data file://news.json

Without --connection-ids it is for those that fit all that is asked for: the route that their last
message took, parameters of their handshakes, what the authorizer of $connect handed on.`

// newBroadcastCommand is the one call of @connections that no SDK has.
func newBroadcastCommand(options *apiOptions) *cobra.Command {
	in, data := client.BroadcastInput{}, ""
	cmd := &cobra.Command{
		Use: "broadcast", Short: "Send one message to many clients of a WebSocket API", Long: broadcastLong, Args: cobra.ArbitraryArgs,
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&in.ConnectionIds, "connection-ids", nil, "ids of connections, in further words too")
	flags.StringArrayVar(&in.Routes, "match-route", nil, "route that the last message of a client took; one of several")
	flags.StringToStringVar(&in.Query, "match-query", nil, "NAME=VALUE of the query of its handshake; each of several")
	flags.StringToStringVar(&in.Context, "match-context", nil, "NAME=VALUE of what its authorizer handed on; each of several")
	flags.StringVar(&data, "data", "", "the message, or file://PATH")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		// A list takes all words that follow its flag, as with every operation.
		if len(args) > 0 && in.ConnectionIds == nil {
			return usageError(cmd, unknownCommand(cmd, args[0]))
		}
		in.ConnectionIds = append(in.ConnectionIds, args...)
		text, err := fromFile(data)
		if options.endpoint == "" {
			err = errors.Join(err, errors.New("--endpoint-url: want the address of a stage, such as http://a1b2c3.execute-api.localhost:8080/prod"))
		}
		if err = errors.Join(err, options.check()); err != nil {
			return usageError(cmd, err)
		}
		in.Data = []byte(text)
		return runBroadcast(cmd, options, &in)
	}
	return cmd
}

func runBroadcast(cmd *cobra.Command, options *apiOptions, in *client.BroadcastInput) error {
	c, err := options.clientOf(cmd.Context(), "execute-api")
	if err != nil {
		return &exitError{exitFailed, err}
	}
	out, err := c.Broadcast(cmd.Context(), in)
	if err != nil {
		return refusal(&wire.Operation{Name: "Broadcast"}, c, err)
	}
	value := map[string]any{"sent": out.Sent, "failed": out.Failed, "connections": outcomes(out.Connections)}
	if len(out.Silent) > 0 {
		value["silent"] = out.Silent
	}
	if err := printValue(cmd.OutOrStdout(), options, value); err != nil {
		return &exitError{exitUsage, err}
	}
	if out.Failed > 0 {
		return &exitError{exitRefused, fmt.Errorf("%d of %d clients did not get it, such as %s", out.Failed, len(out.Connections), first(out.Connections))}
	}
	return nil
}

// outcomes are those of clients as generic values, which a query can search.
func outcomes(all []client.BroadcastOutcome) []any {
	values := make([]any, len(all))
	for i, o := range all {
		value := map[string]any{"connectionId": o.ConnectionId, "status": o.Status}
		if o.Code != "" {
			value["code"] = o.Code
		}
		values[i] = value
	}
	return values
}

// first words the first failure.
func first(all []client.BroadcastOutcome) string {
	for _, o := range all {
		if o.Status != 200 {
			return o.ConnectionId + ": " + cmp.Or(o.Code, fmt.Sprint(o.Status))
		}
	}
	return ""
}
