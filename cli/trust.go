package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dragoman-gateway/dragoman/internal/authority"
)

const trustLong = `Shows the certificate authority of this user, whose certificates "dragoman serve --dev-tls"
and "dragoman up" speak TLS with, and how systems and programs are told to believe it. Functions that
run here believe it already. Nothing is changed unless --install or --remove asks for it.

The authority is made once, in the user's configuration folder, and replaced 90 days before it ends. It
can sign for localhost, names below it and loopback addresses, and for nothing else: that is
part of its certificate, and verifiers hold it to that. Whoever reads its key could pass for
a server of this machine, to programs of this machine that believe it.`

func newTrustCommand() *cobra.Command {
	var install, remove, text bool
	cmd := &cobra.Command{
		Use:   "trust",
		Short: "Show how to believe the certificates of local TLS, or see to it",
		Long:  trustLong,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			folder, err := authority.Folder()
			if err != nil {
				return err
			}
			a, err := authority.Open(folder)
			if err != nil {
				return err
			}
			switch {
			case text:
				_, err = cmd.OutOrStdout().Write(a.PEM())
				return err
			case install:
				return eachStore(cmd, a, func(s *authority.Store) [][]string { return s.Install })
			case remove:
				return eachStore(cmd, a, func(s *authority.Store) [][]string { return s.Remove })
			}
			explainTrust(cmd.OutOrStdout(), a)
			return nil
		},
	}
	cmd.Flags().BoolVar(&install, "install", false, "make this system, and browsers that have stores of their own, believe the authority")
	cmd.Flags().BoolVar(&remove, "remove", false, "take it out of them again; the authority itself stays")
	cmd.Flags().BoolVar(&text, "print", false, "print its certificate in PEM, and nothing else")
	cmd.MarkFlagsMutuallyExclusive("install", "remove", "print")
	return cmd
}

// thisMachine is the machine that the command runs on.
func thisMachine() authority.Machine {
	home, _ := os.UserHomeDir()
	return authority.Machine{
		System: runtime.GOOS, Home: home,
		Has:  func(program string) bool { _, err := exec.LookPath(program); return err == nil },
		Glob: func(pattern string) []string { found, _ := filepath.Glob(pattern); return found },
	}
}

// asRoot is a command with what makes it the superuser's.
func asRoot(s *authority.Store, command []string) []string {
	if s.Root && os.Geteuid() > 0 {
		return append([]string{"sudo"}, command...)
	}
	return command
}

// eachStore runs the commands of every store, and says which. A store that fails does
// not keep others from theirs.
func eachStore(cmd *cobra.Command, a *authority.Authority, of func(*authority.Store) [][]string) error {
	stores := a.Stores(thisMachine())
	if len(stores) == 0 {
		return errors.New("no store of this system is known: dragoman trust --print has the certificate for it")
	}
	var faults []error
	for _, s := range stores {
		fmt.Fprintln(cmd.OutOrStdout(), s.Name)
		for _, command := range of(&s) {
			command = asRoot(&s, command)
			fmt.Fprintln(cmd.OutOrStdout(), "  $", quoted(command))
			run := exec.CommandContext(cmd.Context(), command[0], command[1:]...)
			run.Stdin, run.Stdout, run.Stderr = cmd.InOrStdin(), cmd.ErrOrStderr(), cmd.ErrOrStderr()
			if err := run.Run(); err != nil {
				faults = append(faults, fmt.Errorf("%s: %w", quoted(command), err))
				break
			}
		}
	}
	return errors.Join(faults...)
}

// quoted is a command as a shell reads it.
func quoted(command []string) string {
	words := slices.Clone(command)
	for i, word := range words {
		if word == "" || strings.ContainsAny(word, " '\"\\$`&|;<>()*?") {
			words[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}

func explainStores(w io.Writer, stores []authority.Store, as func(*authority.Store, []string) []string) {
	for _, s := range stores {
		fmt.Fprintf(w, "\n%s\n", s.Name)
		for _, command := range s.Install {
			fmt.Fprintln(w, "  $", quoted(as(&s, command)))
		}
	}
}

func explainTrust(w io.Writer, a *authority.Authority) {
	fmt.Fprintf(w, "%s\n  certificate  %s\n  SHA-256      %s\n  until        %s\n  signs for    localhost, names below it, loopback addresses; nothing else\n",
		a.Name(), a.Path(), a.Fingerprint(), a.Expires().Format("2006-01-02"))
	fmt.Fprintf(w, "\ndragoman trust --install does this, and --remove takes it back:\n")
	stores := a.Stores(thisMachine())
	explainStores(w, stores, func(s *authority.Store, command []string) []string { return asRoot(s, command) })
	if len(stores) == 0 {
		fmt.Fprintln(w, "\n  nothing: no store of this system is known")
	}
	fmt.Fprintln(w, "\nOther systems are told so, once they have the certificate (dragoman trust --print):")
	explainStores(w, a.Others(thisMachine()), func(_ *authority.Store, command []string) []string { return command })
	file := quoted([]string{a.Path()})
	fmt.Fprintf(w, `
Firefox, and Chrome on Linux, have stores of their own: --install needs NSS's certutil for them
(libnss3-tools, nss-tools). By hand: Settings, Certificates, Authorities, Import, or
  $ certutil -A -d sql:PROFILE -t C,, -n %s -i %s

One program at a time, without any store:
  curl     --cacert %s
  Node     export NODE_EXTRA_CA_CERTS=%s
  Python   ssl.create_default_context().load_verify_locations(%q)
  AWS CLI, boto3, requests   take a bundle instead of their own roots:
           cat "$(python3 -m certifi)" %s >bundle.pem; export AWS_CA_BUNDLE=$PWD/bundle.pem REQUESTS_CA_BUNDLE=$PWD/bundle.pem
`, quoted([]string{a.Name()}), file, file, file, a.Path(), file)
}
