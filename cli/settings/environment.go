package settings

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/pflag"
)

const (
	prefix = "DRAGOMAN_"
	inFile = "_FILE"       // ends the name of a variable that names a file with the value
	most   = 1 << 20       // bytes of such a file, and of a settings file
	plural = "stringArray" // type of flags that repeat and are not split
)

// Variable is the name of a flag's variable: --data-dir is DRAGOMAN_DATA_DIR.
func Variable(flag string) string {
	return prefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// Environment fills the flags that have not been given from their variables, and from the
// files that variables with _FILE behind their names name, as secrets of Docker and
// Kubernetes are handed over. A flag that repeats takes its values separated by spaces, or,
// in a file, one a line. origins is told which variables were taken; nil: nobody is.
func Environment(flags *pflag.FlagSet, lookup func(string) (string, bool), origins map[string]string) error {
	var faults []error
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Changed || f.Name == "help" {
			return
		}
		look := lookup
		if flags.Lookup(f.Name+"-file") != nil { // that variable is this other flag's, as with --store and --store-file
			look = func(name string) (string, bool) {
				if name == Variable(f.Name)+inFile {
					return "", false
				}
				return lookup(name)
			}
		}
		name, values, err := valuesOf(f, look)
		if err == nil {
			err = setAll(flags, f.Name, values)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", name, err))
		}
		if values != nil && origins != nil {
			origins[f.Name] = name
		}
	})
	return errors.Join(faults...)
}

// valuesOf are what the environment gives a flag; nil for nothing. The name is that of the
// variable that gives it.
func valuesOf(f *pflag.Flag, lookup func(string) (string, bool)) (name string, values []string, err error) {
	name = Variable(f.Name)
	value, said := lookup(name)
	path, written := lookup(name + inFile)
	switch {
	case said && written:
		return name, nil, fmt.Errorf("%s says the same: give one of them", name+inFile)
	case written:
		text, err := readSmall(path)
		if err != nil {
			return name + inFile, nil, err
		}
		return name + inFile, split(f, strings.TrimRight(text, "\r\n"), func(all string) []string { return lines(all) }), nil
	case said:
		return name, split(f, value, strings.Fields), nil
	}
	return name, nil, nil
}

// split gives a flag that repeats its values, and any other the whole.
func split(f *pflag.Flag, text string, apart func(string) []string) []string {
	if f.Value.Type() == plural {
		return append([]string{}, apart(text)...)
	}
	return []string{text}
}

func lines(text string) (all []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}

func setAll(flags *pflag.FlagSet, name string, values []string) error {
	for _, v := range values {
		if err := flags.Set(name, v); err != nil {
			return err
		}
	}
	return nil
}

// readSmall reads a file of a bounded size.
func readSmall(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && len(text) > most {
		err = fmt.Errorf("%s is larger than %d bytes", path, most)
	}
	return string(text), err
}
