package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/dragoman-gateway/dragoman/cli"
)

// document gathers what goes with each binary: licences, changes, completions and manual
// pages. The latter two are made of the commands themselves.
func (r *release) document(deps []dependency) error {
	for _, name := range []string{"LICENSE", "README.md", "CHANGELOG.md"} {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		r.docs = append(r.docs, file{name, text, 0o644})
	}
	third, err := thirdParty(deps)
	if err != nil {
		return err
	}
	if err := r.write("THIRD_PARTY.md", third); err != nil {
		return err
	}
	r.docs = append(r.docs, file{"THIRD_PARTY.md", third, 0o644})
	completions, err := completions()
	if err != nil {
		return err
	}
	pages, err := r.manual()
	r.docs = append(append(r.docs, completions...), pages...)
	return err
}

// completions are the scripts by which shells complete commands and flags.
func completions() (all []file, err error) {
	root := cli.Command()
	for _, shell := range []struct {
		name  string
		write func(b *bytes.Buffer) error
	}{
		{"dragoman.bash", func(b *bytes.Buffer) error { return root.GenBashCompletionV2(b, true) }},
		{"_dragoman", func(b *bytes.Buffer) error { return root.GenZshCompletion(b) }},
		{"dragoman.fish", func(b *bytes.Buffer) error { return root.GenFishCompletion(b, true) }},
		{"dragoman.ps1", func(b *bytes.Buffer) error { return root.GenPowerShellCompletionWithDesc(b) }},
	} {
		var b bytes.Buffer
		if err := shell.write(&b); err != nil {
			return nil, err
		}
		all = append(all, file{"completions/" + shell.name, b.Bytes(), 0o644})
	}
	return all, nil
}

// manual are the manual pages, one for each command.
func (r *release) manual() (all []file, err error) {
	root := cli.Command()
	quiet(root)
	dir, err := os.MkdirTemp("", "manual-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	head := &doc.GenManHeader{Title: "DRAGOMAN", Section: "1", Source: "Dragoman " + r.version, Manual: "Dragoman", Date: &r.date}
	if err := doc.GenManTree(root, head, dir); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir) // sorted
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return nil, err
		}
		all = append(all, file{"man/" + entry.Name(), text, 0o644})
	}
	if len(all) < 10 {
		return nil, fmt.Errorf("there are only %d manual pages", len(all))
	}
	return all, nil
}

// quiet leaves out the line that says by what a page was made and when.
func quiet(cmd *cobra.Command) {
	cmd.DisableAutoGenTag = true
	for _, below := range cmd.Commands() {
		quiet(below)
	}
}

// thirdParty is what the licences of others want to be told with a binary.
func thirdParty(deps []dependency) ([]byte, error) {
	var b strings.Builder
	b.WriteString("# Software of others in Dragoman\n\nEach module is under its own licence, whole below.\n\n")
	for _, d := range deps {
		fmt.Fprintf(&b, "- [%s](#%s) %s\n", d.Path, anchor(d.Path), d.Version)
	}
	for _, d := range deps {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", d.Path, d.Version)
		for _, text := range d.licences {
			fmt.Fprintf(&b, "\n~~~~text\n%s\n~~~~\n", strings.TrimSpace(text))
		}
		if len(d.licences) == 0 {
			return nil, fmt.Errorf("%s %s has no licence", d.Path, d.Version)
		}
	}
	return []byte(b.String()), nil
}

func anchor(heading string) string {
	return strings.Map(func(c rune) rune {
		if c == '-' || c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' {
			return c
		}
		return -1
	}, strings.ToLower(heading))
}
