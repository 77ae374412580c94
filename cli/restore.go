package cli

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/dragoman-gateway/dragoman/cli/terminal"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/archive"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
)

const restoreLong = `Makes a backup the state of a gateway that is not running. The file is read to its end and
held against its checksum before anything is written.

The directory must be empty, or not be there, unless --replace is given: then what was the
state before is kept in the directory replaced-TIME in it, until somebody removes it.`

func newRestoreCommand() *cobra.Command {
	var dir string
	var replace bool
	cmd := &cobra.Command{
		Use:   "restore [flags] FILE",
		Short: "Make a backup the state of a gateway that does not run",
		Long:  restoreLong,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := fromEnvironment(cmd); err != nil {
				return err
			}
			return restore(cmd, args[0], dir, replace)
		},
	}
	stateFlag(cmd, &dir)
	cmd.Flags().BoolVar(&replace, "replace", false, "put it in the place of the state that is there")
	return cmd
}

func restore(cmd *cobra.Command, path, dir string, replace bool) error {
	ctx, stop := interruptible(cmd)
	defer stop()
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	head, documents, err := archive.Read(f, nil)
	if err != nil {
		return unfit(path, err)
	}
	bar := terminal.NewBar(cmd.ErrOrStderr(), "documents")
	defer bar.Clear()
	put := int64(0)
	aside, err := sqlite.Restore(ctx, dir, replace, func(keep func(store.Document) error) (int64, error) {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return 0, err
		}
		_, again, err := archive.Read(f, func(d store.Document) error {
			put++
			bar.Show(put, int64(documents))
			return keep(d)
		})
		if err == nil && again != documents {
			err = archive.ErrDamaged // it has changed meanwhile
		}
		return head.Revision, unfit(path, err)
	})
	bar.Clear()
	if err != nil {
		return fmt.Errorf("--data-dir: %w", err)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s: %d documents at revision %d, of %s\n", dir, documents, head.Revision, head.Made.Format("2006-01-02 15:04:05 UTC"))
	if aside != "" {
		fmt.Fprintf(cmd.OutOrStdout(), "what was there before is in %s\n", aside)
	}
	return nil
}

// unfit names the file that cannot be used.
func unfit(path string, err error) error {
	for _, known := range []error{archive.ErrForeign, archive.ErrNewer, archive.ErrShort, archive.ErrDamaged} {
		if errors.Is(err, known) {
			return fmt.Errorf("%s %w", path, err)
		}
	}
	return err
}
