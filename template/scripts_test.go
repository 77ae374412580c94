package template

import (
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/gateway"
)

// memory is files by their names, relative to a folder in which the user is: ../src
// leads to a neighbour of it.
type memory fstest.MapFS

func (m memory) name(name string) string { return strings.TrimPrefix(path.Join("/here", name), "/") }

func (m memory) ReadFile(name string) ([]byte, error) {
	return fs.ReadFile(fstest.MapFS(m), m.name(name))
}
func (m memory) Real(name string) string { return m.name(name) }

func (m memory) Stat(name string) (fs.FileInfo, error) {
	return fs.Stat(fstest.MapFS(m), m.name(name))
}

// Each script has files, which are loaded, and what is wanted of them below want/: the
// document, and lists of what is told, one a line. What is not wanted of is not compared,
// but for faults. The first line of its comment may give options: "options: KEY=VALUE …".
func TestScripts(t *testing.T) {
	scripts, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatal("no scripts")
	}
	for _, name := range scripts {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			archive := txtar.Parse(text)
			files, want := memory{}, map[string]string{}
			for _, f := range archive.Files {
				if rest, ok := strings.CutPrefix(f.Name, "want/"); ok {
					want[rest] = string(f.Data)
				} else {
					files[files.name(f.Name)] = &fstest.MapFile{Data: f.Data}
				}
			}
			o := optionsOf(t, files, string(archive.Comment))
			loaded := Load(files, o)
			got := named(loaded.Document, told(loaded))
			if _, wanted := want["faults"]; !wanted {
				want["faults"] = ""
			}
			if *update {
				for what := range want {
					want[what] = got[what]
				}
				rewrite(t, name, archive, want)
			}
			for what, text := range want {
				if diff := cmp.Diff(strings.TrimSpace(text), strings.TrimSpace(got[what])); diff != "" {
					t.Errorf("%s: want -, got +:\n%s\n%s", what, diff, got[what])
				}
			}
			again := Load(files, o)
			if diff := cmp.Diff(told(loaded), told(again)); diff != "" {
				t.Errorf("loaded twice: %s", diff)
			}
		})
	}
}

var update = flag.Bool("update", false, "write what is answered into the scripts, to be looked at one by one")

// rewrite puts what is answered into a script.
func rewrite(t *testing.T, name string, archive *txtar.Archive, want map[string]string) {
	t.Helper()
	for i, f := range archive.Files {
		if what, ok := strings.CutPrefix(f.Name, "want/"); ok {
			archive.Files[i].Data = []byte(strings.TrimSpace(want[what]) + "\n")
		}
	}
	if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// named is a document with its ids replaced by what they are of: what they are drawn from
// is nobody's business here.
func named(document []byte, texts map[string]string) map[string]string {
	root, err := tree.Parse(document)
	if err != nil {
		return texts
	}
	kinds := map[string]string{"apis": "api", "authorizers": "authorizer", "models": "model", "integrations": "integration", "routes": "route", "deployments": "deployment",
		"responses": "response", "mappings": "mapping", "rules": "rule", "vpcLinks": "link", "apiKeys": "key", "usagePlans": "plan"}
	counts, pairs := map[string]int{}, []string{}
	var walk func(n tree.Node, kind string)
	walk = func(n tree.Node, kind string) {
		for name, value := range n.Members() {
			if kind != "" {
				counts[kind]++
				pairs = append(pairs, name, kind+strconv.Itoa(counts[kind]))
			}
			walk(value, kinds[name])
		}
	}
	for _, region := range root.Get("regions").Members() {
		walk(region, "")
	}
	ids := strings.NewReplacer(pairs...)
	for what, text := range texts {
		texts[what] = ids.Replace(text)
	}
	return texts
}

func optionsOf(t *testing.T, files memory, comment string) Options {
	o := Options{Parameters: map[string]string{}, Folder: "app"}
	line, ok := strings.CutPrefix(comment, "options: ")
	if !ok {
		return o
	}
	line, _, _ = strings.Cut(line, "\n")
	for word := range strings.FieldsSeq(line) {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case "path":
			o.Paths = append(o.Paths, value)
		case "stack":
			o.StackName = value
		case "region":
			o.Region = value
		case "env":
			o.ConfigEnv = value
		case "services":
			o.HandedOn = true
		case "object": // KEY@FILE: what the bucket has
			key, file, _ := strings.Cut(value, "@")
			o.Object = func(of gateway.Object) ([]byte, bool) {
				text, err := files.ReadFile(file)
				return text, of.Key == key && err == nil
			}
		case "address":
			o.Address = func(protocol, id string) string {
				return map[string]string{"https": "http", "wss": "ws"}[protocol] + "://" + id + ".execute-api.localhost:8080"
			}
		case "elsewhere":
			o.Elsewhere = func(stack, logicalID, attribute string) (string, bool) {
				return "made:" + stack + "." + logicalID + "." + attribute, logicalID == value
			}
		default:
			o.Parameters[name] = value
		}
	}
	return o
}

// told is a result as lines.
func told(l *Loaded) map[string]string {
	got := map[string]string{"took": l.Took, "document": string(l.Document), "files": strings.Join(l.Files, "\n")}
	add := func(what, format string, args ...any) { got[what] += fmt.Sprintf(format, args...) + "\n" }
	for _, f := range l.Faults {
		add("faults", "%s", f.Error())
	}
	for _, n := range l.Notes {
		add("notes", "%s", n)
	}
	for _, a := range l.APIs {
		url := ""
		if a.URL {
			url = " for a URL"
		}
		add("apis", "%s %s %q %s%s stages %v domains %v", a.LogicalID, a.ID, a.Name, a.Protocol, url, a.Stages, a.Domains)
		for _, r := range a.Routes {
			add("apis", "  %s → %s", r.Key, r.Target)
		}
	}
	for _, f := range l.Functions {
		add("functions", "%s", functionText(f))
	}
	for _, c := range l.Certificates {
		add("certificates", "%s %s %v", c.LogicalID, c.ARN, c.Names)
	}
	for _, g := range l.LogGroups {
		add("logs", "%s %s %s", g.LogicalID, g.Name, g.ARN)
	}
	for _, f := range l.Foreign {
		add("foreign", "%s %s %s %s %v", f.LogicalID, f.Type, f.PhysicalID, f.Properties, f.Functions)
	}
	for _, o := range l.Outputs {
		add("outputs", "%s.%s = %s", o.Stack, o.Name, o.Value)
	}
	for _, o := range l.Wanted {
		add("wanted", "%s", &o)
	}
	for _, m := range l.Missing {
		add("missing", "%s %s %s %v", m.Name, m.Type, m.Description, m.Secret)
	}
	if l.Services != nil {
		add("services", "%s", l.Services.Template)
		for _, v := range l.Services.Values {
			add("services", "%s = %s.%s.%s", v.Output, v.Stack, v.LogicalID, v.Attribute)
		}
	}
	return got
}

// functionText is a function with those members that are set.
func functionText(f gateway.Function) string {
	text, err := json.Marshal(f)
	if err != nil {
		return err.Error()
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return err.Error()
	}
	line := f.LogicalID
	for _, name := range []string{"Name", "Region", "Runtime", "Handler", "Code", "Env", "Timeout", "Memory", "Reserved", "Architecture", "Layers", "Versions", "Aliases", "Logging", "Build", "Events", "URL"} {
		value := string(members[name])
		if !slices.Contains([]string{`""`, "null", "0", "{}", `{"JSON":false,"Level":"","Group":""}`}, value) {
			line += "\n  " + name + " " + value
		}
	}
	return line
}
