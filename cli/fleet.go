package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/dragoman-gateway/dragoman/cli/terminal"
	"github.com/dragoman-gateway/dragoman/management/own"
	"github.com/dragoman-gateway/dragoman/roster"
)

const fleetLong = `Shows the nodes that are one gateway, as the one that is asked knows them from their leases: where
they listen, for how long they have been up, the revision of the configuration that they serve, and
their WebSocket connections. A process that has its state for itself is its only node.

  dragoman fleet
  dragoman fleet --json

A node that is fenced serves no WebSocket clients: it has lost an engine that another has. The one that
was asked has a *. Server and keys are found as dragoman api finds them.`

func newFleetCommand() *cobra.Command {
	o, raw := &apiOptions{}, false
	cmd := &cobra.Command{
		Use: "fleet", Short: "Show the nodes that are one gateway", Long: fleetLong, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), time.Minute)
			defer cancel()
			var answer struct {
				Nodes []roster.Node `json:"nodes"`
			}
			if err := o.fetch(ctx, http.MethodGet, own.FleetPath, nil, &answer); err != nil {
				return err
			}
			if raw {
				indented := json.NewEncoder(cmd.OutOrStdout())
				indented.SetIndent("", "  ")
				return indented.Encode(answer)
			}
			return showNodes(cmd.OutOrStdout(), answer.Nodes, time.Now())
		},
	}
	cmd.Flags().BoolVar(&raw, "json", false, "print the answer as JSON")
	o.callFlags(cmd)
	return cmd
}

// showNodes prints a line for each node. What nodes tell of themselves comes from other machines.
func showNodes(out io.Writer, nodes []roster.Node, now time.Time) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NODE\tNAME\tVERSION\tAPIS\tMANAGEMENT\tUP\tREVISION\tCONNECTIONS\tSTATE")
	for _, n := range nodes {
		id, state := n.ID, "serving"
		if n.Self {
			id += "*"
		}
		if n.Fenced {
			state = "fenced"
		}
		up := "-" // it has not begun to serve
		if !n.Started.IsZero() {
			up = max(now.Sub(n.Started), 0).Round(time.Second).String()
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%s\n", terminal.Safe(id), terminal.Safe(n.Name), terminal.Safe(n.Version), terminal.Safe(n.Data), terminal.Safe(n.Management), up, n.Revision, n.Connections, state)
	}
	return table.Flush()
}
