package settings

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/tree"
)

// member is one of a settings file: a flag with its values.
type member struct {
	file, name string
	line       int
	value      tree.Node
}

// readFile reads a settings file: one mapping, whose members are flags without their dashes.
func readFile(path string) ([]member, error) {
	text, err := readSmall(path)
	if err != nil {
		return nil, fmt.Errorf("the file of settings: %w", err)
	}
	if saysNothing(text) {
		return nil, nil
	}
	root, err := tree.Parse([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("settings %s: %s", path, fault.Plain(err))
	}
	if root.Null() {
		return nil, nil
	}
	if !root.IsObject() {
		return nil, fmt.Errorf("settings %s: line %d: want members such as listen: 127.0.0.1:8080", path, root.Line())
	}
	if err := root.Unique(); err != nil {
		return nil, fmt.Errorf("settings %s: %w", path, err)
	}
	var all []member
	for key, value := range root.Pairs() {
		all = append(all, member{path, key.Text(), key.Line(), value})
	}
	return all, nil
}

// saysNothing says whether a file has comments alone, as a package lays it.
func saysNothing(text string) bool {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line != "---" && line[0] != '#' {
			return false
		}
	}
	return true
}

func (m *member) wrong(line int, format string, args ...any) error {
	return fmt.Errorf("settings %s: line %d: %s: %s", m.file, line, m.name, fmt.Sprintf(format, args...))
}

// set gives a flag what the member says.
func (m *member) set(flags *pflag.FlagSet) error {
	f := flags.Lookup(m.name)
	if f == nil || notMembers[m.name] {
		return m.wrong(m.line, "there is no such setting")
	}
	values, err := m.values(f)
	if err != nil {
		return err
	}
	for _, v := range values {
		if err := flags.Set(m.name, v.text); err != nil {
			// The flag's own words name it as a command line would.
			if inner := errors.Unwrap(err); inner != nil {
				err = inner
			}
			return m.wrong(v.line, "%v", err)
		}
	}
	return nil
}

// text is a scalar with its line.
type text struct {
	text string
	line int
}

// values are what a flag is set to, one after the other. One that repeats may have a list,
// or a mapping where its values are written NAME=VALUE.
func (m *member) values(f *pflag.Flag) (all []text, err error) {
	_, repeats := f.Value.(pflag.SliceValue)
	repeats = repeats || f.Value.Type() == "command"
	switch {
	case m.value.IsList() && repeats:
		for _, item := range m.value.Items() {
			if all, err = m.add(all, "", item); err != nil {
				return nil, err
			}
		}
	case m.value.IsObject() && repeats:
		if err := m.value.Unique(); err != nil {
			return nil, m.wrong(m.value.Line(), "%v", err)
		}
		for name, value := range m.value.Pairs() {
			if all, err = m.add(all, name.Text()+"=", value); err != nil {
				return nil, err
			}
		}
	case m.value.IsList() || m.value.IsObject():
		return nil, m.wrong(m.line, "want one value")
	default:
		return m.add(nil, "", m.value)
	}
	return all, nil
}

// add puts a scalar behind others.
func (m *member) add(all []text, before string, value tree.Node) ([]text, error) {
	if value.Null() || value.IsList() || value.IsObject() {
		line := value.Line()
		if line == 0 {
			line = m.line
		}
		return nil, m.wrong(line, "want a value here")
	}
	return append(all, text{before + value.Text(), value.Line()}), nil
}
