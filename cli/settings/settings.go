package settings

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/pflag"
)

// FileFlag is the flag that names the settings file, which no settings file may hold.
const FileFlag = "settings"

// notMembers are flags that are for a command line alone.
var notMembers = map[string]bool{FileFlag: true, "help": true}

// byDefault is the origin of a value that nobody has given.
const byDefault = "default"

// Reader reads settings.
type Reader struct {
	Default string // path of the file that is read where none is named and this one is there; "" for none
	// Scratch makes flags like those that are set, at their defaults, for what is only tried.
	Scratch func() *pflag.FlagSet
	Lookup  func(name string) (string, bool) // a variable of the environment; nil: that of this process
}

// Read is what has been found.
type Read struct {
	File    string            // that was read, "" for none
	Origins map[string]string // by flag: "default", "--name", the name of a variable, or FILE:LINE
}

// Apply sets what the command line has not given, from the environment and from the file. The
// flags have been parsed; those that are changed stay as they are.
func (r *Reader) Apply(flags *pflag.FlagSet) (*Read, error) {
	found := &Read{Origins: map[string]string{}}
	flags.VisitAll(func(f *pflag.Flag) {
		found.Origins[f.Name] = byDefault
		if f.Changed {
			found.Origins[f.Name] = "--" + f.Name
		}
	})
	faults := []error{Environment(flags, r.lookup, found.Origins)}
	path, named := flagText(flags, FileFlag), true
	if path == "" {
		path, named = r.Default, false
	}
	if path == "" {
		return found, errors.Join(faults...)
	}
	members, err := readFile(path)
	switch {
	case errors.Is(err, os.ErrNotExist) && !named:
	case err != nil:
		faults = append(faults, err)
	default:
		found.File = path
		faults = append(faults, r.take(members, flags, found))
	}
	return found, errors.Join(faults...)
}

func (r *Reader) lookup(name string) (string, bool) {
	if r.Lookup == nil {
		return os.LookupEnv(name)
	}
	return r.Lookup(name)
}

// take sets what nothing else has given. A value that something else goes before is tried
// all the same, for it will count one day.
func (r *Reader) take(members []member, flags *pflag.FlagSet, found *Read) error {
	var faults []error
	scratch := r.Scratch()
	for _, m := range members {
		if err := m.set(scratch); err != nil {
			faults = append(faults, err)
			continue
		}
		if found.Origins[m.name] != byDefault {
			continue
		}
		if err := m.set(flags); err != nil {
			faults = append(faults, err)
			continue
		}
		found.Origins[m.name] = fmt.Sprintf("%s:%d", found.File, m.line)
	}
	return errors.Join(faults...)
}

func flagText(flags *pflag.FlagSet, name string) string {
	if f := flags.Lookup(name); f != nil {
		return f.Value.String()
	}
	return ""
}
