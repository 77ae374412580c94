package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dragoman-gateway/dragoman/management/document"
	"github.com/dragoman-gateway/dragoman/resource"
)

const validateLong = `Judges a document of the configuration by all rules that a gateway has, without one. Every fault
is told with its line. ${env:NAME} and ${file:PATH} are completed as dragoman apply does.

--schema prints the JSON Schema of documents instead, with which editors complete and check what
is written. The YAML language server takes it from the first line of a document:

  # yaml-language-server: $schema=./dragoman.schema.json`

func newValidateCommand() *cobra.Command {
	var schema bool
	var maxTemplate int
	cmd := &cobra.Command{
		Use:   "validate FILE",
		Short: "Judge a document of the configuration, without a gateway",
		Long:  validateLong,
		Args: func(cmd *cobra.Command, args []string) error {
			if schema {
				return cobra.NoArgs(cmd, args)
			}
			return cobra.ExactArgs(1)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if schema {
				_, err := cmd.OutOrStdout().Write(document.Schema())
				return err
			}
			text, folder, err := readNamed(cmd, args[0])
			if err != nil {
				return err
			}
			_, wrong := document.CheckFile(text, maxTemplate, folder.Complete)
			if err := faultsOf(args[0], wrong); err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: nothing is wrong\n", args[0])
			return err
		},
	}
	cmd.Flags().BoolVar(&schema, "schema", false, "print the JSON Schema of documents")
	cmd.Flags().IntVar(&maxTemplate, "max-template", resource.MaxTemplate, "characters of a mapping template")
	return cmd
}
