package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dragoman-gateway/dragoman/cli"
	"github.com/dragoman-gateway/dragoman/cli/settings"
)

// commands tells of each command with its flags, but for those of single operations, which
// are made of the table that the page of operations shows.
func commands() (string, error) {
	var b strings.Builder
	b.WriteString("# Commands\n\n" + generated +
		"`dragoman COMMAND --help` says the same. `dragoman api OPERATION` has a command for each of the [operations](operations.md), by the AWS CLI's\nnames: `dragoman api create-api --name chat --protocol-type WEBSOCKET`.\n")
	var tell func(cmd *cobra.Command)
	tell = func(cmd *cobra.Command) {
		if cmd.Hidden || cmd.Name() == "help" || cmd.Name() == "completion" {
			return
		}
		if cmd.HasParent() {
			fmt.Fprintf(&b, "\n## %s\n\n%s.\n\n```text\n%s\n```\n", cmd.CommandPath(), strings.TrimSuffix(cmd.Short, "."), cmd.UseLine())
			if cmd.Name() == "serve" {
				b.WriteString("\nIts flags are the [settings](settings.md).\n")
			} else {
				flagTable(&b, cmd.LocalFlags(), false)
			}
		}
		if cmd.CommandPath() == "dragoman api" {
			return
		}
		for _, below := range cmd.Commands() {
			tell(below)
		}
	}
	tell(cli.Command())
	return b.String(), nil
}

// settingsOf tells of each flag of serve, which is a variable and a member of a file too.
func settingsOf() (string, error) {
	serve, _, err := cli.Command().Find([]string{"serve"})
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("# Settings of `dragoman serve`\n\n" + generated +
		"Each is a flag, a variable of the environment, and a member of a settings file by the name of the flag; [settings.md](../settings.md) says\nwhich of them counts. A variable with `_FILE` behind its name names a file that holds the value.\n")
	flagTable(&b, serve.LocalFlags(), true)
	return b.String(), nil
}

// flagTable is a row for each flag, with its variable where it is a setting.
func flagTable(b *strings.Builder, flags *pflag.FlagSet, variables bool) {
	rows := 0
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		if rows++; rows == 1 && variables {
			b.WriteString("\n| flag | variable | default | |\n|---|---|---|---|\n")
		} else if rows == 1 {
			b.WriteString("\n| flag | default | |\n|---|---|---|\n")
		}
		kind, usage := pflag.UnquoteUsage(f)
		name := strings.TrimSpace("--" + f.Name + " " + kind)
		fmt.Fprintf(b, "| `%s` | ", cell(name))
		if variables {
			fmt.Fprintf(b, "`%s` | ", settings.Variable(f.Name))
		}
		fmt.Fprintf(b, "%s | %s |\n", standard(f), cell(usage))
	})
}

// standard is the default of a flag, "" where it is that nothing is said.
func standard(f *pflag.Flag) string {
	switch f.DefValue {
	case "", "[]", "false", "0", "0s":
		return ""
	}
	return "`" + cell(f.DefValue) + "`"
}
