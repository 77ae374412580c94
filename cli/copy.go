package cli

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dragoman-gateway/dragoman/cli/terminal"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
	"github.com/dragoman-gateway/dragoman/store/postgres/conninfo"
	"github.com/dragoman-gateway/dragoman/store/transfer"
)

const copyLong = `Copies the state of a gateway to another place. Each of the two is a directory, as --data-dir
has it, or a PostgreSQL database, as --store has it.

  dragoman copy --from ./state --to postgres://dragoman@db/dragoman
  dragoman copy --from-file old-store --to ./state

Servers may go on using the place that is copied: what is copied is of one moment, and what
they write later is not in it. A directory that is copied to must not be in use.

Everything is copied but what belongs to the processes that run: their leases, open challenges
of ACME, and the id and the key of a database. All of it arrives, counted at both ends, or nothing.

Passwords come from PGPASSWORD, PGPASSFILE and the other variables PG…, or from files that
hold a connection string (--from-file, --to-file).`

// end is one end of a copy, as the command line has it.
type end struct {
	flag string // without dashes
	at   credential.Secret
	file string
}

func (e *end) flags(f *pflag.FlagSet, what string) {
	f.Var(&addresses{to: &e.at}, e.flag, "copy "+what+" a `DIR`, or the database postgres://[USER@]HOST[:PORT]/DATABASE[?…] or libpq's words")
	f.StringVar(&e.file, e.flag+"-file", "", "read --"+e.flag+" from a `FILE`, which keeps a password out of lists of processes")
}

// libpqWords begin with one of libpq's.
var libpqWords = regexp.MustCompile(`^\s*[a-z_]+\s*=`)

// place is where a flag points. What looks like an address is never taken for a directory.
func (e *end) place() (transfer.Place, error) {
	at := string(e.at)
	switch {
	case at == "" && e.file == "":
		return transfer.Place{}, misused(fmt.Errorf("--%s is missing: name a directory, postgres://…, or a file with --%s-file", e.flag, e.flag))
	case at != "" && e.file != "":
		return transfer.Place{}, misused(fmt.Errorf("--%s and --%s-file say the same: give one", e.flag, e.flag))
	case e.file != "":
		text, err := conninfo.ReadFile(e.file)
		if err == nil && text == "" {
			err = fmt.Errorf("%s: the file is empty", e.file)
		}
		if err != nil {
			return transfer.Place{}, fmt.Errorf("--%s-file: %w", e.flag, err)
		}
		return transfer.Place{Database: text}, nil
	case strings.HasPrefix(at, "postgres://"), strings.HasPrefix(at, "postgresql://"), libpqWords.MatchString(at):
		return transfer.Place{Database: at}, nil
	case strings.Contains(at, "://"):
		return transfer.Place{}, misused(fmt.Errorf("--%s: want a directory or postgres://…", e.flag))
	}
	return transfer.Place{Dir: at}, nil
}

// shown is how an end is told of.
func (e *end) shown() string {
	if e.file != "" {
		return "the database of " + e.file
	}
	if place, err := e.place(); err == nil && place.Dir != "" {
		return place.Dir
	}
	return (&addresses{to: &e.at}).String()
}

func newCopyCommand() *cobra.Command {
	from, to := &end{flag: "from"}, &end{flag: "to"}
	var replace bool
	cmd := &cobra.Command{
		Use:   "copy --from DIR|postgres://… --to DIR|postgres://…",
		Short: "Copy the state to a directory or a database",
		Long:  copyLong,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := fromEnvironment(cmd); err != nil {
				return err
			}
			ctx, stop := interruptible(cmd)
			defer stop()
			return copyState(ctx, cmd, from, to, replace)
		},
	}
	from.flags(cmd.Flags(), "from")
	to.flags(cmd.Flags(), "to")
	cmd.Flags().BoolVar(&replace, "replace", false, "put it in the place of the state that is there")
	return cmd
}

func copyState(ctx context.Context, cmd *cobra.Command, from, to *end, replace bool) error {
	source, err := from.place()
	if err != nil {
		return err
	}
	target, err := to.place()
	if err != nil {
		return err
	}
	bar := terminal.NewBar(cmd.ErrOrStderr(), "documents")
	// A place that is far away takes its time before the first document, and behind the last.
	bar.Wait("reading what is there")
	show := func(done, all int64) {
		if bar.Show(done, all); done == all {
			bar.Wait("writing the last of it")
		}
	}
	done, err := transfer.Copy(ctx, source, target, transfer.Options{Replace: replace, Progress: show})
	bar.Clear()
	if err != nil {
		if gone := ctx.Err(); gone != nil && !errors.Is(err, transfer.ErrUnknown) {
			err = errors.Join(errors.New("nothing was copied"), gone)
		}
		return err
	}
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "%s: %d documents and %d counts of usage, of %s at revision %d\n", to.shown(), done.Documents, done.Counts, from.shown(), done.Revision)
	if done.Aside != "" {
		fmt.Fprintf(out, "what was there before is in %s\n", done.Aside)
	}
	return nil
}
