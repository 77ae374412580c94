package cli

import (
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// Each flag of serve stands in one group of its help; only --help is left over.
func TestServeGroups(t *testing.T) {
	cmd := newServeCommand()
	groups := map[string]string{}
	for _, group := range serveGroups() {
		for name := range strings.FieldsSeq(group.flags) {
			if other, twice := groups[name]; twice {
				t.Errorf("--%s stands in %q and in %q", name, other, group.title)
			}
			groups[name] = group.title
			if cmd.Flags().Lookup(name) == nil {
				t.Errorf("%q has --%s, which serve does not have", group.title, name)
			}
		}
	}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if groups[f.Name] == "" && !f.Hidden && f.Name != "help" {
			t.Errorf("--%s stands in no group: give it a place in serveGroups", f.Name)
		}
	})
}

// The help shows the groups in their order, each flag below its own, once.
func TestServeHelpIsGrouped(t *testing.T) {
	code, help, _ := dragoman("serve", "--help")
	if code != 0 {
		t.Fatalf("got exit status %d, want 0", code)
	}
	at := 0
	for _, group := range append(serveGroups(), flagGroup{restTitle, "help"}) {
		title := strings.Index(help, "\n\n"+group.title+":\n")
		if title < at {
			t.Errorf("%q stands at %d, want it after the group before, at %d", group.title, title, at)
			continue
		}
		part, _, _ := strings.Cut(help[title+2:], "\n\n")
		for name := range strings.FieldsSeq(group.flags) {
			if strings.Count(help, " --"+name+" ") < 1 || !strings.Contains(part, " --"+name+" ") {
				t.Errorf("%q does not show --%s:\n%s", group.title, name, part)
			}
		}
		at = title
	}
	if !strings.Contains(help, "Usage:\n  dragoman serve [flags]\n") {
		t.Errorf("got %.300s, want how serve is used", help)
	}
}
