package cli

import (
	"context"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/dragoman-gateway/dragoman/management/document"
	"github.com/dragoman-gateway/dragoman/management/own"
	"github.com/dragoman-gateway/dragoman/store"
)

const exportLong = `Writes the whole configuration of a gateway as one YAML document: APIs with their routes,
integrations, responses, models, authorizers and stages, domains, links, keys, plans and
portals, of all regions. dragoman import loads it, dragoman serve --config serves it.

The document holds API keys with their values: keep it as you keep secrets.`

func newExportCommand() *cobra.Command {
	var c configuration
	var output string
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write the whole configuration as one YAML document",
		Long:  exportLong,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var text []byte
			err := during(cmd, "exporting", func() (err error) {
				text, err = c.read(cmd.Context())
				return err
			})
			if err != nil {
				return err
			}
			if output != "" && output != "-" {
				return os.WriteFile(output, text, 0o600) // it holds keys
			}
			_, err = cmd.OutOrStdout().Write(text)
			return err
		},
	}
	c.flags(cmd)
	cmd.Flags().StringVarP(&output, "output", "o", "", "write to `FILE` instead of the standard output")
	return cmd
}

// read gives the document of the configuration.
func (c *configuration) read(ctx context.Context) (text []byte, err error) {
	if c.dir == "" {
		return c.send(ctx, "GET", own.ConfigurationPath, nil)
	}
	s, err := c.open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Close() }()
	err = s.View(ctx, func(r store.Reader) (err error) {
		text, err = document.Write(ctx, r, c.account, time.Now())
		return err
	})
	return text, err
}
