package own

import (
	"context"
	_ "embed"
	"regexp"
	"runtime/debug"
	"strings"

	"github.com/dragoman-gateway/dragoman/wire"
)

// SettingsPath is where a gateway tells how it was started.
const SettingsPath = "/_dragoman/settings"

// Settings are what a gateway tells of how it was started. Nothing of it is secret.
type Settings struct {
	Version    string `json:"version"`
	Auth       string `json:"auth"` // sigv4, or none
	ReadOnly   bool   `json:"readOnly"`
	File       string `json:"file,omitempty"` // that is served, read-only
	Data       string `json:"data"`           // host:port where the APIs are served
	Management string `json:"management"`     // host:port of the management API
	Region     string `json:"region"`         // of calls that are not signed
	Account    string `json:"account"`

	Flags    []Flag    `json:"flags"` // of the command line and the environment; none where no command started it
	Licences []Licence `json:"licences"`
}

// Flag is one as it is.
type Flag struct {
	Name    string `json:"name"`
	Value   string `json:"value"`
	Changed bool   `json:"changed"` // it was set, on the command line or by the environment
}

// Licence is that of a module of others which the program is made with.
type Licence struct {
	Module  string `json:"module"`
	Version string `json:"version,omitempty"`
	Licence string `json:"licence"` // by its SPDX name
}

// Table is the one operation that tells them.
func (s Settings) Table() []wire.Row {
	// Masked once at the start: no later reader can forget to.
	flags := make([]Flag, len(s.Flags))
	for i, f := range s.Flags {
		flags[i] = Flag{f.Name, f.Shown(), f.Changed}
	}
	s.Flags, s.Licences = flags, Licences()
	return []wire.Row{{
		Operation: &wire.Operation{Name: "GetSettings", Method: "GET", Path: SettingsPath, Status: 200},
		Handle: func(_ context.Context, r *wire.Request) (any, error) {
			if r.Account == s.Account {
				return s, nil
			}
			// How it was started, and from which files, is for the account that runs the gateway.
			told := s
			told.Account, told.Flags, told.File = r.Account, []Flag{}, ""
			return told, nil
		},
	}}
}

// userinfo is what stands before the host of an address, its password above all; secretFlag
// is the name of a flag whose value is not for a page.
var (
	userinfo   = regexp.MustCompile(`(://)[^/?#\s@]*@`)
	secretFlag = regexp.MustCompile(`(?i)secret|password|token`)
	// What a template is handed may be a password: its author says so by NoEcho, which
	// nobody knows here.
	parameterFlag = regexp.MustCompile(`(?i)^parameter`)
	assigned      = regexp.MustCompile(`=[^,\]]*`)
)

// Shown is the value of a flag without what may be secret in it. The names of files with
// keys are none: what they hold is not told.
func (f Flag) Shown() string {
	if secretFlag.MatchString(f.Name) && f.Value != "" && f.Value != "[]" {
		return "****"
	}
	if parameterFlag.MatchString(f.Name) {
		names := assigned.ReplaceAllString(f.Value, "=****")
		if strings.Contains(f.Value, `"`) { // a value with commas or brackets is in quotes, and cannot be told from names
			return "****"
		}
		return names
	}
	// Addresses of databases and brokers carry passwords before their host.
	return userinfo.ReplaceAllString(f.Value, "$1****@")
}

//go:embed licences.txt
var licences string

// Licences are those of all modules of others, by name, with the versions that this
// program was built with, where that is known.
func Licences() []Licence {
	versions := map[string]string{}
	// The versions are those that were built in, and not those of a list that somebody keeps.
	if built, ok := debug.ReadBuildInfo(); ok {
		for _, d := range built.Deps {
			versions[d.Path] = d.Version
		}
	}
	var all []Licence
	for line := range strings.Lines(licences) {
		module, licence, _ := strings.Cut(strings.TrimSpace(line), " ")
		all = append(all, Licence{module, versions[module], licence})
	}
	return all
}
