package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dragoman-gateway/dragoman/cli/settings"
	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/internal/guardian"
)

const rootLong = `Dragoman is an Amazon API Gateway V2 that anyone can run: the AWS CLI, every AWS SDK and
Terraform configure it through the V2 management API, and it serves what they configure.

  dragoman init chat                   lay a small example into a folder
  dragoman up                          serve a template with its own functions
  dragoman demo                        see an integration response at work
  dragoman serve --data-dir ./state    serve, with state that lasts
  dragoman api get-apis                call the management API from here
  dragoman connect chat/dev            talk to a WebSocket API
  dragoman console                     see it in the browser
  dragoman trace --follow              see why each answer came
  dragoman clone --all --to FILE       copy the APIs of an AWS account
  dragoman render --template FILE      try a mapping template, with its errors explained
  dragoman test DIR                    run cases of templates, for continuous integration

Commands exit with 0, with 1 when they failed, and with 2 when they were called wrongly; api
has the statuses of the AWS CLI.`

// exitError carries an exit status of its own.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// misused is the error of a command that was called wrongly.
func misused(err error) error { return &exitError{exitMisused, err} }

const exitMisused = 2

// failed is the error of a command that has run.
type failed struct{ error }

func (f failed) Unwrap() error { return f.error }

// telling makes commands say that they have run: what went wrong before was wrong with how
// they were called, whoever found it.
func telling(cmd *cobra.Command) {
	for _, below := range cmd.Commands() {
		telling(below)
	}
	if run := cmd.RunE; run != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			if err := run(cmd, args); err != nil {
				return failed{err}
			}
			return nil
		}
	}
}

// Main runs a command line and answers its exit status: 0, 1 when it failed, 2 when it was
// called wrongly, or what the command says.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if guardian.Main() {
		return 0
	}
	root, operations := newRootCommand()
	if mayMeanOperation(root, args) {
		operations()
	}
	telling(root)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(context.Background())
	if err == nil {
		return 0
	}
	var exit *exitError
	if errors.As(err, &exit) {
		switch {
		case exit.code == exitMisused:
			fmt.Fprintln(stderr, "dragoman:", fault.Plain(exit.err))
		case exit.err != nil:
			fmt.Fprintln(stderr, fault.Plain(exit.err))
		}
		return exit.code
	}
	fmt.Fprintln(stderr, "dragoman:", fault.Plain(err))
	if !errors.As(err, new(failed)) {
		return exitMisused
	}
	return 1
}

// Command is the whole command line, for what documents it.
func Command() *cobra.Command {
	root, operations := newRootCommand()
	operations()
	telling(root)
	return root
}

// mayMeanOperation tells whether a command line can be about operations of the management API:
// it begins with api, or with a word that is no command, which may be help, a completion or an
// operation without api before it.
func mayMeanOperation(root *cobra.Command, args []string) bool {
	first := slices.IndexFunc(args, func(word string) bool { return !strings.HasPrefix(word, "-") })
	if first < 0 {
		return false
	}
	return !slices.ContainsFunc(root.Commands(), func(c *cobra.Command) bool { return c.Name() == args[first] && c.Name() != "api" })
}

// newRootCommand makes all commands, and what gives api its operations.
func newRootCommand() (root *cobra.Command, operations func()) {
	root = &cobra.Command{
		Use:           "dragoman",
		Short:         "An Amazon API Gateway V2 that anyone can run",
		Long:          rootLong,
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       Version,
	}
	api, operations := newApiCommand()
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w; %s --help lists the flags", flagError(cmd, err, api), cmd.CommandPath())
	})
	root.AddCommand(newUpCommand(), newInitCommand(), newServeCommand(), newDemoCommand(), newConnectCommand(), newConsoleCommand(), newTraceCommand(), newLogsCommand(), api, newRenderCommand(), newTestCommand(), newExportCommand(),
		newImportCommand(), newCloneCommand(), newBackupCommand(), newRestoreCommand(), newCopyCommand(), newTrustCommand(), newSettingsCommand(), newValidateCommand(), newDiffCommand(), newApplyCommand(), newHealthCommand(), newFleetCommand(), newBenchCommand(), newVersionCommand())
	// An operation without "api" before it gets a hint.
	root.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return unknownCommand(cmd, args[0], api)
		}
		return nil
	}
	root.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	return root, operations
}

// fromEnvironment fills the flags that were not given from DRAGOMAN_<FLAG>.
func fromEnvironment(cmd *cobra.Command) error {
	return settings.Environment(cmd.Flags(), os.LookupEnv, nil)
}
