package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dragoman-gateway/dragoman/cli/starter"
)

const initLong = `Lays a small example into an empty folder, or a new one: a chat over WebSocket with its page over
HTTP, as a SAM template with one function. It runs here as it is, and on AWS.

  dragoman init chat
  cd chat
  dragoman up

Then open http://127.0.0.1:8080 twice and say something.`

func newInitCommand() *cobra.Command {
	runtime := starter.Runtimes()[0]
	cmd := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Lay a small runnable example into an empty folder",
		Long:  initLong,
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := "."
			if len(args) > 0 {
				dir = args[0]
			}
			if !slices.Contains(starter.Runtimes(), runtime) {
				return misused(fmt.Errorf("--runtime %q: want %s", runtime, strings.Join(starter.Runtimes(), ", ")))
			}
			written, err := starter.Write(dir, runtime)
			if err != nil {
				return err
			}
			out := cmd.OutOrStdout()
			for _, name := range written {
				fmt.Fprintln(out, "  "+name)
			}
			next := "dragoman up"
			if dir != "." {
				next = "cd " + dir + " && " + next
			}
			fmt.Fprintf(out, "\nNow: %s\n", next)
			return nil
		},
	}
	cmd.Flags().StringVar(&runtime, "runtime", runtime, "the language: "+strings.Join(starter.Runtimes(), ", "))
	return cmd
}
