package assembly

import (
	"errors"
	"path"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// samconfig is what of a samconfig file belongs to templates beside it.
type samconfig struct {
	template, stack, region string
	parameters              map[string]string
}

// samconfig reads the configuration of SAM's tool in a folder. It is TOML, or YAML.
//
// Documented: AWS SAM Developer Guide, AWS SAM CLI configuration file: tables
// environment.command.parameters; what is global holds for all commands, and what a
// command has wins over it.
func (f *finder) samconfig(folder string) (c samconfig) {
	c.parameters = map[string]string{}
	// Assumed: TOML, which is what SAM writes, counts where there are several.
	for _, name := range []string{"samconfig.toml", "samconfig.yaml", "samconfig.yml"} {
		if !f.has(folder, name) {
			continue
		}
		name = path.Join(folder, name)
		text, ok := f.read(name)
		if !ok {
			return c
		}
		root, faults := readConfig(name, text)
		if f.Faults = append(f.Faults, faults...); len(faults) > 0 {
			return c
		}
		environment := f.o.ConfigEnv
		if environment == "" {
			environment = "default"
		}
		// Only one that was asked for must be there: default is what nobody has to write.
		if f.o.ConfigEnv != "" && !root.Get(environment).There() {
			f.fault(name, "there is no environment "+environment, "")
		}
		// In this order, and the later one counts: parameters of sam deploy are those that
		// the template runs with.
		for _, command := range []string{"global", "build", "deploy"} {
			f.settings(&c, name, root.Get(environment, command, "parameters"))
		}
		return c
	}
	return c
}

// settings takes what a table says over what is there.
func (f *finder) settings(c *samconfig, file string, n tree.Node) {
	for name, value := range n.Members() {
		// Documented: keys have underscores; hyphens are taken too.
		switch strings.ReplaceAll(name, "-", "_") {
		case "template_file", "template":
			c.template = value.Text()
		case "stack_name":
			c.stack = value.Text()
		case "region":
			c.region = value.Text()
		case "parameter_overrides":
			if wrong := overrides(c.parameters, value); wrong != "" {
				f.fault(file, "parameter_overrides: "+wrong, `parameter_overrides = "Name=value Other=\"two words\""`)
			}
		}
	}
}

// overrides reads parameters: one text of many, a list of texts, or an object.
//
// Documented: AWS SAM Developer Guide, sam deploy, --parameter-overrides: Name=Value, or
// ParameterKey=Name,ParameterValue=Value, apart by spaces; values may be in quotes.
func overrides(parameters map[string]string, n tree.Node) (wrong string) {
	switch {
	case n.IsObject():
		for name, value := range n.Members() {
			parameters[name] = value.Text()
		}
		return ""
	case n.IsList():
		for _, item := range n.Items() {
			if wrong := overrides(parameters, item); wrong != "" {
				return wrong
			}
		}
		return ""
	}
	for _, word := range words(n.Text()) {
		name, value, ok := strings.Cut(word, "=")
		if name == "ParameterKey" {
			if name, value, ok = strings.Cut(value, ",ParameterValue="); !ok {
				return word + " has no ParameterValue"
			}
		}
		if !ok || name == "" {
			return word + " is no NAME=VALUE"
		}
		parameters[name] = value
	}
	return ""
}

// words cuts a text at spaces that are not within quotes. Quotes go; what a backslash
// stands before is itself.
func words(text string) (all []string) {
	var b strings.Builder
	var quote rune
	inside, escaped := false, false
	for _, r := range text {
		switch {
		case escaped:
			b.WriteRune(r)
			escaped = false
		// As POSIX shells have it: within single quotes a backslash is itself.
		case r == '\\' && quote != '\'':
			escaped, inside = true, true
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '"' || r == '\''):
			quote, inside = r, true
		case quote == 0 && (r == ' ' || r == '\n' || r == '\t' || r == '\r'):
			if inside {
				all = append(all, b.String())
			}
			b.Reset()
			inside = false
		default:
			b.WriteRune(r)
			inside = true
		}
	}
	if inside {
		all = append(all, b.String())
	}
	return all
}

// maxConfig is how long a samconfig file may be.
const maxConfig = 1 << 20

// readConfig reads TOML or YAML as a tree.
func readConfig(name string, text []byte) (tree.Node, []source.Fault) {
	if len(text) > maxConfig {
		return tree.Node{}, []source.Fault{{File: name, Message: "the file is longer than 1 MiB"}}
	}
	if path.Ext(name) != ".toml" {
		root, broken := tree.ParseAll(text)
		return root, source.Broken(name, broken)
	}
	var tables map[string]any
	if err := toml.Unmarshal(text, &tables); err != nil {
		wrong := source.Fault{File: name, Message: err.Error()}
		if at, ok := errors.AsType[toml.ParseError](err); ok {
			wrong.Line, wrong.Column, wrong.Message = at.Position.Line, at.Position.Col, at.Message
		}
		return tree.Node{}, []source.Fault{wrong}
	}
	return treeOf(tables), nil
}
