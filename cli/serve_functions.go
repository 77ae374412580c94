package cli

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/function/local"
	"github.com/dragoman-gateway/dragoman/server"
)

// commands are the values of --runtime. A command may hold whatever a shell reads, so
// that no value is split.
type commands struct{ to *map[string]string }

// Set takes one of them.
func (c *commands) Set(value string) error {
	name, command, ok := strings.Cut(value, "=")
	if !ok || name == "" || strings.TrimSpace(command) == "" {
		return errors.New("want NAME=COMMAND, such as java21=./run-java")
	}
	if *c.to == nil {
		*c.to = map[string]string{}
	}
	if _, twice := (*c.to)[name]; twice {
		return fmt.Errorf("%s is named twice", name)
	}
	(*c.to)[name] = command
	return nil
}

// String is what the flag holds; nothing is what the usage shows as the default.
func (c *commands) String() string {
	if c.to == nil {
		return ""
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(*c.to)) {
		all = append(all, name+"="+(*c.to)[name])
	}
	return strings.Join(all, ",")
}

// Type is what the usage shows where a flag's text names no word for its value.
func (c *commands) Type() string { return "command" }

// parseFunctions reads --function flags: URLs are endpoints, all else are folders.
func parseFunctions(config *server.Config, values []string) error {
	named, err := pairs("function", values)
	if err != nil {
		return err
	}
	config.Functions = map[string]string{}
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(named)) {
		at := named[name]
		if strings.HasPrefix(at, "http://") || strings.HasPrefix(at, "https://") {
			config.Functions[name] = at
			continue
		}
		f, err := local.Parse(name + "=" + at)
		if err != nil {
			faults = append(faults, fmt.Errorf("--%w", err))
		}
		config.Local = append(config.Local, f)
	}
	return errors.Join(faults...)
}
