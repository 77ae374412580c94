package sam_test

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/sam"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// A script is a txtar archive about one behaviour. A section "template" begins a case;
// "parameters" are the values of its parameters, "want" is the whole template that comes
// out, "want A B" the resources of these ids alone, "ids" all logical ids, "conditions"
// those of the template, and "faults" and "notes" have a line for each.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range cases(t, archive.Files) {
				c.run(t)
			}
		})
	}
}

// scripted is a template with what comes of it.
type scripted struct {
	template, parameters string
	want                 []txtar.File
	faults, notes        string
	told                 bool // whether notes are compared
}

func cases(t *testing.T, files []txtar.File) []*scripted {
	var all []*scripted
	for _, f := range files {
		data := string(f.Data)
		if f.Name == "template" {
			all = append(all, &scripted{template: data})
			continue
		}
		last := all[len(all)-1]
		switch name, _, _ := strings.Cut(f.Name, " "); name {
		case "parameters":
			last.parameters = data
		case "faults":
			last.faults = strings.TrimSpace(data)
		case "notes":
			last.notes, last.told = strings.TrimSpace(data), true
		case "want", "ids", "conditions":
			last.want = append(last.want, f)
		default:
			t.Fatalf("unknown section %s", f.Name)
		}
	}
	return all
}

func (c *scripted) run(t *testing.T) {
	result, faults := transformed(t, c.template, c.parameters)
	if got := lines(faults); got != c.faults {
		t.Errorf("%s\ngot faults\n%s\nwant\n%s", c.template, got, c.faults)
	}
	if got := lines(result.Notes); c.told && got != c.notes {
		t.Errorf("%s\ngot notes\n%s\nwant\n%s", c.template, got, c.notes)
	}
	for _, want := range c.want {
		got := selected(t, result.Template, strings.Fields(want.Name))
		if got != strings.TrimSpace(string(want.Data)) {
			t.Errorf("%s\ngot %s\n%s\nwant\n%s", c.template, want.Name, got, want.Data)
		}
	}
}

func transformed(t *testing.T, template, parameters string) (sam.Result, []source.Fault) {
	t.Helper()
	root, faults := source.Read("t.yaml", []byte(template))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	values := tree.Node{}
	if parameters != "" {
		values, _ = source.Read("p.yaml", []byte(parameters))
	}
	return sam.Transform(root, sam.Options{Parameter: func(name string) (tree.Node, bool) {
		value := values.Get(name)
		return value, value.There()
	}})
}

// selected is what a section of a script asks for, as YAML.
func selected(t *testing.T, template tree.Node, words []string) string {
	t.Helper()
	resources := template.Get("Resources")
	if words[0] == "ids" {
		var ids []string
		for id := range resources.Members() {
			ids = append(ids, id)
		}
		return strings.Join(ids, "\n")
	}
	if words[0] == "conditions" {
		template = template.Get("Conditions")
	}
	if len(words) > 1 {
		template = tree.Object()
		for _, id := range words[1:] {
			template.Set(id, resources.Get(id))
		}
	}
	got, err := template.YAML()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(got))
}

func lines(faults []source.Fault) string {
	var all []string
	for _, f := range faults {
		all = append(all, f.Error())
	}
	return strings.Join(all, "\n")
}
