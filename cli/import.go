package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/dragoman-gateway/dragoman/management/document"
	"github.com/dragoman-gateway/dragoman/management/openapi"
	"github.com/dragoman-gateway/dragoman/management/own"
	"github.com/dragoman-gateway/dragoman/resource"
)

const importLong = `Loads a document into a gateway: all of it or, when anything is wrong, nothing. - reads the
standard input.

An OpenAPI 3 document, in YAML or JSON, becomes one HTTP API, a new one or with --api-id the one
that is there. Its operations become routes with the integrations that the document gives them, or
with --backend all of them are sent to that URL: an ordinary document becomes a gateway. What was
made, changed, removed and left out is listed, and the stage --stage serves it at once.

  dragoman import --backend http://localhost:3000 petstore.yaml

A document as dragoman export writes it becomes the whole configuration of the gateway; what it
does not have is removed. The changes are printed, with a summary at their end.

--dry-run prints what would change, and changes nothing. --check judges the document alone, without
any gateway. Both exit as the import would.`

// importing are the flags of an import.
type importing struct {
	configuration
	dryRun, check bool
	maxTemplate   int
	api           apiImport
}

func newImportCommand() *cobra.Command {
	var i importing
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Load an OpenAPI document as an API, or a whole configuration",
		Long:  importLong,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := readFile(cmd.InOrStdin(), args[0])
			if err != nil {
				return err
			}
			return i.run(cmd, text)
		},
	}
	i.flags(cmd)
	f := cmd.Flags()
	f.BoolVar(&i.dryRun, "dry-run", false, "print what would change, and change nothing")
	f.BoolVar(&i.check, "check", false, "judge the document alone: no gateway is asked, nothing is changed")
	f.IntVar(&i.maxTemplate, "max-template", resource.MaxTemplate, "characters of a mapping template, for --check and --data-dir")
	i.api.flags(cmd)
	cmd.MarkFlagsMutuallyExclusive("check", "dry-run")
	cmd.MarkFlagsMutuallyExclusive("check", "data-dir")
	return cmd
}

func (i *importing) run(cmd *cobra.Command, text []byte) error {
	out := cmd.OutOrStdout()
	if openapi.IsDocument(string(text)) {
		return i.importAPI(cmd, out, string(text))
	}
	if given := i.api.given(cmd); given != "" {
		return misused(fmt.Errorf("--%s is for OpenAPI documents, which have a member openapi; this one is read as a configuration", given))
	}
	if i.check {
		return checkConfiguration(cmd.Context(), out, text, i.maxTemplate)
	}
	var changes []byte
	err := during(cmd, "importing", func() (err error) {
		changes, err = i.write(cmd.Context(), text)
		return err
	})
	if err != nil {
		return err
	}
	if len(changes) == 0 {
		changes = []byte("no changes\n")
	}
	_, err = out.Write(changes)
	return err
}

// maxImported bounds what is read, in bytes: no document may be longer.
const maxImported = 64 << 20

func readFile(stdin io.Reader, name string) ([]byte, error) {
	from := stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		from = f
	}
	text, err := io.ReadAll(io.LimitReader(from, maxImported+1))
	if err == nil && len(text) > maxImported {
		err = fmt.Errorf("%s is larger than %d bytes", name, maxImported)
	}
	return text, err
}

// write loads a document and gives the changes that this made, or would make.
func (i *importing) write(ctx context.Context, text []byte) ([]byte, error) {
	if i.dir == "" {
		path := own.ConfigurationPath
		if i.dryRun {
			path += "?dryRun=true"
		}
		return i.send(ctx, "PUT", path, text)
	}
	wanted, err := document.Parse(text, i.maxTemplate)
	if err != nil {
		return nil, err
	}
	s, err := i.open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Close() }()
	changes, err := document.Changes(ctx, s, wanted, i.account, time.Now(), i.dryRun)
	if err == nil && !i.dryRun {
		_, err = document.Replace(ctx, s, wanted)
	}
	return []byte(changes), err
}
