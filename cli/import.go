package cli

import (
	"context"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/dragoman-gateway/dragoman/management/document"
)

const importLong = `Makes the configuration of a gateway that of a YAML document, as dragoman export writes it:
all of it or, when anything is wrong, nothing. What the document does not have is removed.
The changes are printed; --dry-run prints them and makes none. - reads the standard input.`

func newImportCommand() *cobra.Command {
	var c configuration
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Load the whole configuration from a YAML document",
		Long:  importLong,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := readFile(cmd.InOrStdin(), args[0])
			if err != nil {
				return err
			}
			changes, err := c.write(cmd.Context(), text, dryRun)
			if err != nil {
				return err
			}
			if len(changes) == 0 {
				changes = []byte("no changes\n")
			}
			_, err = cmd.OutOrStdout().Write(changes)
			return err
		},
	}
	c.flags(cmd)
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "print what would change, and change nothing")
	return cmd
}

func readFile(stdin io.Reader, name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(stdin)
	}
	return os.ReadFile(name)
}

// write loads a document and gives the changes that this made, or would make.
func (c *configuration) write(ctx context.Context, text []byte, dryRun bool) ([]byte, error) {
	if c.dir == "" {
		query := ""
		if dryRun {
			query = "?dryRun=true"
		}
		return c.send(ctx, "PUT", query, text)
	}
	s, err := c.open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Close() }()
	changes, err := document.Changes(ctx, s, text, c.account, time.Now(), dryRun)
	if err == nil && !dryRun {
		_, err = document.Replace(ctx, s, text)
	}
	return []byte(changes), err
}
