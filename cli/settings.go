package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dragoman-gateway/dragoman/cli/settings"
	"github.com/dragoman-gateway/dragoman/management/own"
)

// defaultSettings is where packages put the settings of the service.
const defaultSettings = "/etc/dragoman/dragoman.yaml"

const settingsLong = `Looks at the settings that dragoman serve would begin with here, without serving: flags given
after the command, then variables of the environment (DRAGOMAN_DATA_DIR, or
DRAGOMAN_DATA_DIR_FILE for a file with the value), then the file of --settings or
` + defaultSettings + `, then defaults.

The file has a member for each flag, without its dashes. A flag that repeats takes a list, or a
mapping where its values are NAME=VALUE:

  listen: 0.0.0.0:8080
  credentials: /etc/dragoman/keys
  function:
    later: /srv/later

A member that is no flag is an error, with its line.`

// settingsReader reads the settings of serve.
func settingsReader() *settings.Reader {
	return &settings.Reader{Default: defaultSettings, Scratch: func() *pflag.FlagSet {
		aside := &cobra.Command{}
		newServing(aside)
		return aside.Flags()
	}}
}

func newSettingsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "settings", Short: "Show or check the settings that serve would begin with", Long: settingsLong, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(newSettingsShow(), newSettingsCheck())
	return cmd
}

// settingsCommand is one that takes serve's flags and looks at what comes of them.
func settingsCommand(use, short string, look func(cmd *cobra.Command, read *settings.Read, faults error) error) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Long: settingsLong, Args: cobra.NoArgs}
	s := newServing(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		read, err := settingsReader().Apply(cmd.Flags())
		return look(cmd, read, errors.Join(err, s.judge()))
	}
	cmd.SetUsageFunc(groupedUsage(serveGroups()))
	return cmd
}

func newSettingsCheck() *cobra.Command {
	return settingsCommand("check", "Say whether serve could begin with them", func(cmd *cobra.Command, read *settings.Read, faults error) error {
		if faults != nil {
			return faults
		}
		where := read.File
		if where == "" {
			where = "there is no settings file"
		}
		_, err := fmt.Fprintf(cmd.OutOrStdout(), "the settings are right (%s)\n", where)
		return err
	})
}

// shownSetting is one as it is shown.
type shownSetting struct {
	Name   string `json:"name"`
	Value  string `json:"value"` // without what may be secret in it
	Origin string `json:"origin"`
}

func newSettingsShow() *cobra.Command {
	var asJSON, all bool
	cmd := settingsCommand("show", "Show each with where it comes from, secrets masked", func(cmd *cobra.Command, read *settings.Read, faults error) error {
		shown := showSettings(cmd, read, all || asJSON)
		var err error
		if asJSON {
			e := json.NewEncoder(cmd.OutOrStdout())
			e.SetEscapeHTML(false)
			err = e.Encode(map[string]any{"file": read.File, "settings": shown})
		} else {
			err = printSettings(cmd.OutOrStdout(), shown)
		}
		return errors.Join(faults, err)
	})
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	cmd.Flags().BoolVar(&all, "all", false, "show those that are at their defaults too")
	return cmd
}

func showSettings(cmd *cobra.Command, read *settings.Read, all bool) []shownSetting {
	shown := []shownSetting{}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		origin := read.Origins[f.Name]
		if f.Name == "help" || f.Name == "json" || f.Name == "all" || origin == "default" && !all {
			return
		}
		shown = append(shown, shownSetting{f.Name, own.Flag{Name: f.Name, Value: f.Value.String()}.Shown(), origin})
	})
	if os.Getenv(keyVariable) != "" {
		shown = append(shown, shownSetting{"key", "****", keyVariable})
	}
	return shown
}

func printSettings(to io.Writer, shown []shownSetting) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	for _, s := range shown {
		value := s.Value
		if value == "" || strings.ContainsAny(value, " \t\n") {
			value = fmt.Sprintf("%q", value)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", s.Name, value, s.Origin)
	}
	return w.Flush()
}
