package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dragoman-gateway/dragoman/management/disk"
	"github.com/dragoman-gateway/dragoman/management/document"
	"github.com/dragoman-gateway/dragoman/management/own"
	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/resource"
)

const applyLong = `Makes every API, domain, link, key, plan, portal and product that a document names be as it
says, with everything below it: a route of such an API that the document does not have is
removed. What the document does not name stays as it is. The changes are printed, with a summary
at their end; either all of them are made or none.

--tag gives what the document names a tag. With --prune what has that tag and is not named any
more is removed: what an earlier version of the document had.

  dragoman apply --tag app=shop --prune shop.yaml

In the document ${env:NAME} stands for a variable of the environment, ${env:NAME:-TEXT} has a
default, and a value that is ${file:PATH} is what that file holds, a template for example. Files
are below the document's folder.`

const diffLong = `Prints what dragoman apply would change, and changes nothing. With --exit-code it exits with
1 when there is something to change, for scripts.`

// applying are the flags of apply and diff.
type applying struct {
	configuration
	tag         string
	prune, dry  bool
	exitCode    bool
	maxTemplate int
}

func newApplyCommand() *cobra.Command {
	var a applying
	cmd := a.command("apply FILE", "Make what a document names be as it says, and leave the rest", applyLong)
	cmd.Flags().BoolVar(&a.dry, "dry-run", false, "print what would change, and change nothing")
	return cmd
}

func newDiffCommand() *cobra.Command {
	a := applying{dry: true}
	cmd := a.command("diff FILE", "Print what apply would change", diffLong)
	cmd.Flags().BoolVar(&a.exitCode, "exit-code", false, "exit with 1 when something would change")
	return cmd
}

func (a *applying) command(use, short, long string) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Long: long, Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		return a.run(cmd, args[0])
	}}
	a.configuration.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&a.tag, "tag", "", "give what the document names this tag, `NAME=VALUE`")
	f.BoolVar(&a.prune, "prune", false, "remove what has the tag and is not named")
	f.IntVar(&a.maxTemplate, "max-template", resource.MaxTemplate, "characters of a mapping template")
	return cmd
}

func (a *applying) run(cmd *cobra.Command, file string) error {
	if a.prune && a.tag == "" {
		return misused(errors.New("--prune needs --tag NAME=VALUE: it says what is the document's to remove"))
	}
	if name, value, ok := strings.Cut(a.tag, "="); a.tag != "" && (!ok || resource.ValidateTags(map[string]string{name: value}) != nil) {
		return misused(fmt.Errorf("--tag %q: want NAME=VALUE", a.tag))
	}
	text, err := a.complete(cmd, file)
	if err != nil {
		return err
	}
	var changes []byte
	err = during(cmd, "applying", func() (err error) {
		changes, err = a.write(cmd.Context(), text)
		return err
	})
	if err != nil {
		return err
	}
	if len(changes) == 0 {
		_, err = fmt.Fprintln(cmd.OutOrStdout(), "no changes")
		return err
	}
	if _, err = cmd.OutOrStdout().Write(changes); err == nil && a.exitCode {
		err = &exitError{1, errors.New("there is something to change")}
	}
	return err
}

// complete reads a document with what it takes in, and judges it here, where its lines are
// known.
func (a *applying) complete(cmd *cobra.Command, file string) ([]byte, error) {
	text, folder, err := readNamed(cmd, file)
	if err != nil {
		return nil, err
	}
	root, wrong := document.CheckFile(text, a.maxTemplate, folder.Complete)
	if err := faultsOf(file, wrong); err != nil {
		return nil, err
	}
	if a.tag != "" {
		tagAll(root, a.tag)
	}
	return root.YAML()
}

// tagged are the parts of a region whose nouns have tags.
var tagged = []string{"apis", "domains", "vpcLinks", "apiKeys", "usagePlans", "portals", "portalProducts"}

// tagAll gives everything that is named from outside a tag.
func tagAll(root tree.Node, tag string) {
	name, value, _ := strings.Cut(tag, "=")
	for _, region := range root.Get("regions").Members() {
		for _, part := range tagged {
			for _, noun := range region.Get(part).Members() {
				if !noun.IsObject() {
					continue
				}
				tags := noun.Get("tags")
				switch {
				case tags.IsObject():
					noun.Replace("tags", "tags", tags.Without(name).Set(name, tree.Text(value)))
				case tags.There():
					noun.Replace("tags", "tags", tree.Object().Set(name, tree.Text(value)))
				default:
					noun.Set("tags", tree.Object().Set(name, tree.Text(value)))
				}
			}
		}
	}
}

// write applies a document to a gateway, or to the state of one that does not run.
func (a *applying) write(ctx context.Context, text []byte) ([]byte, error) {
	prune := ""
	if a.prune {
		prune = a.tag
	}
	if a.dir == "" {
		query := url.Values{}
		if a.dry {
			query.Set("dryRun", "true")
		}
		if prune != "" {
			query.Set("prune", prune)
		}
		path := own.ConfigurationPath
		if len(query) > 0 {
			path += "?" + query.Encode()
		}
		return a.send(ctx, "POST", path, text)
	}
	wanted, err := document.Parse(text, a.maxTemplate)
	if err != nil {
		return nil, err
	}
	s, err := a.open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Close() }()
	changes, _, err := document.Apply(ctx, s, wanted, document.Application{Account: a.account, Now: time.Now(), Prune: prune, Dry: a.dry, MaxTemplate: a.maxTemplate})
	return []byte(changes), err
}

// readNamed reads a document and knows the folder of what it takes in; that of the standard
// input is where the command runs.
func readNamed(cmd *cobra.Command, file string) ([]byte, *disk.Folder, error) {
	text, err := readFile(cmd.InOrStdin(), file)
	if file == "-" {
		file = filepath.Join(".", "stdin")
	}
	return text, disk.Of(file), err
}

// faultsOf are all that is wrong with a document, with its name.
func faultsOf(file string, all []*tree.Error) error {
	faults := make([]error, len(all))
	for i, e := range all {
		faults[i] = fmt.Errorf("%s: %w", file, e)
	}
	return errors.Join(faults...)
}
