package cli

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/dragoman-gateway/dragoman/cli/suite"
	"github.com/dragoman-gateway/dragoman/evaluation"
	"github.com/dragoman-gateway/dragoman/mapping/vtl"
)

const testLong = `Runs the cases in cases.yaml of a folder and of all folders below it: templates with a
payload, and what must come of them. No gateway is needed. Exits 1 when a case differs.

  cases:
    - name: an order that is there
      template: order.vtl
      payload: {"id": 7}
      context: {connectionId: c-1}
      want: "{\"order\":7}\n"

A case has template, a file, or text, the template itself; payload or payloadFile, context,
parameters, stageVariables; and one of want, wantFile and wantError (line:col: message).
unresolved: false lets no reference lead nowhere, a list only those that it names. With
language, jsonpath, selection, parameters, pattern or schema, it has the members of
/_dragoman/evaluate. What defaults has is of all cases of the file.

--update makes what is wanted what is there.`

func newTestCommand() *cobra.Command {
	var update, asJSON bool
	var maxTemplate int
	cmd := &cobra.Command{
		Use:   "test DIR",
		Short: "Run cases of mapping templates",
		Long:  testLong,
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			results, err := suite.Run(cmd.Context(), append(args, ".")[0], update, evaluation.Options{Limits: vtl.Limits{Template: maxTemplate}})
			if err != nil {
				return err
			}
			return told(cmd, results, asJSON)
		},
	}
	cmd.Flags().BoolVar(&update, "update", false, "make what is wanted what is there")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a line of JSON for each case")
	cmd.Flags().IntVar(&maxTemplate, "max-template", 300<<10, "refuse larger templates, in bytes")
	return cmd
}

// told prints results; an error says that some failed, which were told of.
func told(cmd *cobra.Command, results []suite.Result, asJSON bool) error {
	failed := 0
	if !asJSON {
		failed = suite.Print(cmd.OutOrStdout(), results)
	} else {
		enc := json.NewEncoder(cmd.OutOrStdout())
		enc.SetEscapeHTML(false)
		for i := range results {
			if !results[i].Passed {
				failed++
			}
			if err := enc.Encode(&results[i]); err != nil {
				return err
			}
		}
	}
	if failed > 0 {
		return &exitError{code: 1}
	}
	return nil
}
