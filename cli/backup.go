package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/archive"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
)

const backupLong = `Writes the state of a gateway to a file, also while the gateway runs on it: everything is
of one moment. What is damaged is refused, not backed up. dragoman restore takes it back.

The file has a checksum and is for its owner alone: it holds API keys with their values.
Certificates from an ACME server are not in it; they are fetched again.`

func newBackupCommand() *cobra.Command {
	var dir string
	var replace bool
	cmd := &cobra.Command{
		Use:   "backup [flags] FILE",
		Short: "Write the state to a file, beside a gateway that runs",
		Long:  backupLong,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := fromEnvironment(cmd); err != nil {
				return err
			}
			ctx, stop := interruptible(cmd)
			defer stop()
			var head archive.Head
			var documents int
			err := during(cmd, "backing up", func() (err error) {
				head, documents, err = backUp(ctx, dir, args[0], replace)
				return err
			})
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: %d documents at revision %d\n", args[0], documents, head.Revision)
			return nil
		},
	}
	stateFlag(cmd, &dir)
	cmd.Flags().BoolVar(&replace, "replace", false, "write over FILE when it is there")
	return cmd
}

func stateFlag(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "data-dir", "dragoman-data", "the state is in `DIR`")
}

// interruptible ends with the command line's signals, so that nothing half done is
// left behind.
func interruptible(cmd *cobra.Command) (context.Context, context.CancelFunc) {
	return signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
}

// backUp writes a backup beside its place, reads it again, and only then puts it there.
func backUp(ctx context.Context, dir, path string, replace bool) (head archive.Head, documents int, err error) {
	if _, err := os.Stat(dir); err != nil {
		return head, 0, fmt.Errorf("--data-dir: %w", err)
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return head, 0, fmt.Errorf("%s is a directory: name the file", path)
	}
	if _, err := os.Lstat(path); err == nil && !replace {
		return head, 0, errTaken(path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.new") // for the owner alone
	if err != nil {
		return head, 0, err
	}
	defer func() {
		err = errors.Join(err, f.Close())
		if gone := os.Remove(f.Name()); err == nil && gone != nil && !errors.Is(gone, os.ErrNotExist) {
			err = gone
		}
	}()
	if err := writeBackup(ctx, dir, f); err != nil {
		return head, 0, err
	}
	if head, documents, err = archive.Read(f, nil); err != nil {
		return head, 0, fmt.Errorf("what was written to %s %w", f.Name(), err)
	}
	return head, documents, publish(f.Name(), path, replace)
}

// writeBackup writes a backup and goes back to its beginning.
func writeBackup(ctx context.Context, dir string, f *os.File) error {
	var w *archive.Writer
	err := sqlite.Backup(ctx, dir, func(revision, _ int64) error {
		w = archive.NewWriter(f, archive.Head{Revision: revision, Made: time.Now()})
		return nil
	}, func(d store.Document) error { return w.Put(d) })
	if damage, ok := errors.AsType[*sqlite.Damage](err); ok {
		return fmt.Errorf("--data-dir %s: %w", dir, damage)
	}
	if err != nil {
		return fmt.Errorf("--data-dir %w", err)
	}
	if err := w.Close(); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	_, err = f.Seek(0, 0)
	return err
}

func errTaken(path string) error {
	return fmt.Errorf("%s is there already; --replace writes over it", path)
}

// publish gives a complete file its name.
func publish(from, to string, replace bool) error {
	rename := os.Rename
	if !replace {
		rename = renameFresh
	}
	err := rename(from, to)
	if errors.Is(err, os.ErrExist) {
		return errTaken(to)
	}
	if err != nil {
		return err
	}
	if parent, err := os.Open(filepath.Dir(to)); err == nil {
		_ = parent.Sync() // some file systems refuse
		_ = parent.Close()
	}
	return nil
}

// renameFresh is a rename that takes the name from no other file: a link does not.
// Where the file system has no links, another look must do.
func renameFresh(from, to string) error {
	err := os.Link(from, to)
	if err == nil || errors.Is(err, os.ErrExist) {
		return err
	}
	if _, err := os.Lstat(to); err == nil {
		return os.ErrExist
	}
	return os.Rename(from, to)
}
