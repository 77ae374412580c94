package evaluate_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/evaluate"
	"github.com/dragoman-gateway/dragoman/template/object"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// A script is a txtar archive about one behaviour. A section "template" or "template NAME"
// begins a case, with further stacks right after it. Then
//
//	file NAME    a file that templates may name; one at s3:// has been fetched from there
//	wanted       for each file that was not fetched a line; without the section nothing is
//	parameters   NAME=VALUE lines, given to all stacks
//	outside      SERVICE:NAME=VALUE lines that Resolve answers, and STACK ID ATTRIBUTE=VALUE
//	             lines for Values
//	resources    for each resource a line: LogicalID, physical id, its properties as JSON
//	references   for each resource a line: LogicalID, then what it refers to and depends on
//	outputs      for each output a line: LogicalID=value
//	faults       for each fault a line
//	notes        for each note a line
//
// What a case does not say is not compared, but for faults.
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
			for _, c := range cases(t, archive) {
				c.run(t)
			}
		})
	}
}

type script struct {
	stacks  []evaluate.Stack
	read    []source.Fault
	files   map[string]string
	outside map[string]string
	want    map[string]string
	text    string
}

func cases(t *testing.T, archive *txtar.Archive) (all []*script) {
	open := false // a case that may have further templates
	for _, section := range archive.Files {
		kind, name, _ := strings.Cut(section.Name, " ")
		text := strings.TrimSuffix(string(section.Data), "\n")
		if kind == "template" && !open {
			all = append(all, &script{files: map[string]string{}, outside: map[string]string{}, want: map[string]string{}, text: text})
		}
		open = kind == "template"
		if len(all) == 0 {
			t.Fatalf("%s comes before a template", section.Name)
		}
		c := all[len(all)-1]
		switch kind {
		case "template":
			file := "t.yaml"
			if name == "" {
				name = "app"
			} else {
				file = name + ".yaml"
			}
			root, faults := source.Read(file, section.Data)
			c.read = append(c.read, faults...)
			c.stacks = append(c.stacks, evaluate.Stack{Name: name, Template: root})
		case "file":
			c.files[name] = string(section.Data)
		case "parameters":
			for i := range c.stacks {
				c.stacks[i].Parameters = pairs(text)
			}
		case "outside":
			c.outside = pairs(text)
		case "resources", "outputs", "faults", "notes", "references", "wanted":
			c.want[kind] = text
		default:
			t.Fatalf("unknown section %s", section.Name)
		}
	}
	return all
}

func pairs(text string) map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		all[name] = value
	}
	return all
}

func (c *script) run(t *testing.T) {
	t.Helper()
	var fetched func(object.Object) ([]byte, bool)
	if _, fetches := c.want["wanted"]; fetches {
		fetched = func(o object.Object) ([]byte, bool) {
			text, ok := c.files[o.String()]
			return []byte(text), ok
		}
	}
	result, faults := evaluate.Evaluate(c.stacks, evaluate.Options{
		Object: fetched,
		Read: func(name string) ([]byte, error) {
			if text, ok := c.files[name]; ok {
				return []byte(text), nil
			}
			return nil, errors.New("no such file")
		},
		Resolve: func(service, name string) (string, bool) {
			value, ok := c.outside[service+":"+name]
			return value, ok
		},
		Values: func(stack, id, attribute string) (string, bool) {
			value, ok := c.outside[stack+" "+id+" "+attribute]
			return value, ok
		},
		Served:   func(kind string) bool { return strings.HasPrefix(kind, "AWS::Lambda::") },
		HandedOn: func(kind string) bool { return kind == c.outside["handed on"] },
		Address:  func(protocol, apiID string) string { return protocol + "://here/" + apiID },
	})
	got := map[string]string{"faults": told(append(c.read, faults...)), "notes": told(result.Notes)}
	var resources, references, outputs []string
	for _, r := range result.Resources {
		if r.Broken {
			continue
		}
		properties := []byte("-")
		if r.Properties.There() {
			var err error
			if properties, err = r.Properties.JSON(tree.Limits{Bytes: 1 << 24}); err != nil {
				t.Fatal(err)
			}
		}
		resources = append(resources, fmt.Sprintf("%s %s %s", r.LogicalID, r.PhysicalID, properties))
		references = append(references, strings.TrimSpace(fmt.Sprintf("%s %s / %s", r.LogicalID, strings.Join(r.References, " "), strings.Join(r.DependsOn, " "))))
	}
	var wanted []string
	for _, o := range result.Wanted {
		wanted = append(wanted, o.String())
	}
	got["wanted"] = strings.Join(wanted, "\n")
	for _, o := range result.Outputs {
		outputs = append(outputs, o.LogicalID+"="+o.Value)
	}
	got["resources"], got["outputs"], got["references"] = strings.Join(resources, "\n"), strings.Join(outputs, "\n"), strings.Join(references, "\n")
	for section, text := range got {
		if want, said := c.want[section]; text != want && (said || section == "faults") {
			t.Errorf("%s\n\ngot %s\n%s\n\nwant\n%s", c.text, section, text, want)
		}
	}
}

func told(faults []source.Fault) string {
	var all []string
	for _, f := range faults {
		all = append(all, f.Error())
	}
	return strings.Join(all, "\n")
}
