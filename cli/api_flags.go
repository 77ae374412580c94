package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dragoman-gateway/dragoman/wire"
)

// inputFlags are the flags of one operation: one for each member of its input,
// and those that page through a list.
type inputFlags struct {
	operation *wire.Operation
	flags     *pflag.FlagSet
	outfile   string // where ExportApi writes

	inputJSON  string
	noPaginate bool
	maxItems   int
	pageSize   int
	starting   string
}

func newInputFlags(o *wire.Operation, flags *pflag.FlagSet) *inputFlags {
	f := &inputFlags{operation: o, flags: flags}
	flags.SortFlags = true
	for i := range o.Input {
		m := &o.Input[i]
		name, usage := kebab(m.Name), usageOf(m)
		switch m.Shape.Type {
		case wire.Boolean:
			flags.Bool(name, false, usage)
			flags.Bool("no-"+name, false, "the opposite of --"+name)
		case wire.List:
			flags.StringArray(name, nil, usage)
		default:
			flags.String(name, "", usage)
		}
	}
	flags.StringVar(&f.inputJSON, "cli-input-json", "", "all members as one JSON object, which flags override")
	if o.Items != "" {
		flags.BoolVar(&f.noPaginate, "no-paginate", false, "answer one page only")
		flags.IntVar(&f.maxItems, "max-items", 0, "stop after so many items")
		flags.IntVar(&f.pageSize, "page-size", 0, "ask for so many items at a time")
		flags.StringVar(&f.starting, "starting-token", "", "where to go on, from NextToken of the answer before")
	}
	return f
}

func usageOf(m *wire.Member) string {
	usage := m.Doc
	if len(m.Shape.Enum) > 0 && !strings.Contains(usage, m.Shape.Enum[0]) {
		usage += " One of " + strings.Join(m.Shape.Enum, ", ") + "."
	}
	if m.Required {
		usage += " (required)"
	}
	return usage
}

// spread repeats the flag of a list before each of its words: --tag-keys a b
// becomes --tag-keys a --tag-keys b.
func (f *inputFlags) spread(args []string) []string {
	var out []string
	list := ""
	for i, arg := range args {
		switch {
		case strings.HasPrefix(arg, "--"):
			list = ""
			name, _, hasValue := strings.Cut(arg[2:], "=")
			if m := f.member(name); m != nil && m.Shape.Type == wire.List && !hasValue {
				list = arg
				if i+1 < len(args) && !strings.HasPrefix(args[i+1], "--") {
					continue // the flag comes with each word
				}
			}
			out = append(out, arg)
		case list != "":
			out = append(out, list, arg)
		default:
			out = append(out, arg)
		}
	}
	return out
}

func (f *inputFlags) member(flag string) *wire.Member {
	for i := range f.operation.Input {
		if m := &f.operation.Input[i]; kebab(m.Name) == flag {
			return m
		}
	}
	return nil
}

// members reads all values, by wire name, and says which required ones lack.
func (f *inputFlags) members(rest []string) (map[string]any, error) {
	if f.operation.Name == "ExportApi" && len(rest) == 1 {
		f.outfile, rest = rest[0], nil
	}
	if len(rest) > 0 {
		return nil, fmt.Errorf("unknown options: %s", strings.Join(rest, ", "))
	}
	values, err := f.fromJSON()
	if err != nil {
		return nil, err
	}
	var faults []error
	for i := range f.operation.Input {
		m := &f.operation.Input[i]
		value, given, err := f.value(m)
		switch {
		case err != nil:
			faults = append(faults, fmt.Errorf("error parsing parameter '--%s': %w", kebab(m.Name), err))
		case given:
			values[m.Wire] = value
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return values, f.missing(values)
}

func (f *inputFlags) missing(values map[string]any) error {
	var missing []string
	for i := range f.operation.Input {
		if m := &f.operation.Input[i]; m.Required && values[m.Wire] == nil {
			missing = append(missing, "--"+kebab(m.Name))
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("the following arguments are required: %s", strings.Join(missing, ", "))
	}
	return nil
}

// value reads one member; the second result says whether its flag was given.
func (f *inputFlags) value(m *wire.Member) (any, bool, error) {
	name := kebab(m.Name)
	switch m.Shape.Type {
	case wire.Boolean:
		for flag, answer := range map[string]bool{name: true, "no-" + name: false} {
			if f.flags.Changed(flag) {
				given, err := f.flags.GetBool(flag)
				return given == answer, true, err
			}
		}
		return nil, false, nil
	case wire.List:
		words, err := f.flags.GetStringArray(name)
		if err != nil || !f.flags.Changed(name) {
			return nil, false, err
		}
		list, err := parseList(m.Shape, words)
		return list, true, err
	}
	text, err := f.flags.GetString(name)
	if err != nil || !f.flags.Changed(name) {
		return nil, false, err
	}
	value, err := parseValue(m.Shape, text)
	return value, true, err
}

// fromJSON reads --cli-input-json.
func (f *inputFlags) fromJSON() (map[string]any, error) {
	values := map[string]any{}
	if f.inputJSON == "" {
		return values, nil
	}
	text, err := fromFile(f.inputJSON)
	if err != nil {
		return nil, err
	}
	var given map[string]any
	if err := json.Unmarshal([]byte(text), &given); err != nil {
		return nil, fmt.Errorf("--cli-input-json: %w", err)
	}
	for name, value := range given {
		i := slices.IndexFunc(f.operation.Input, func(m wire.Member) bool { return sameName(&m, name) })
		if i < 0 {
			return nil, fmt.Errorf("--cli-input-json: %s has no member %s", f.operation.Name, name)
		}
		m := &f.operation.Input[i]
		if values[m.Wire], err = convert(m.Shape, value, m.Name); err != nil {
			return nil, fmt.Errorf("--cli-input-json: %w", err)
		}
	}
	return values, nil
}

// fromFile reads a value that is written file://PATH.
func fromFile(text string) (string, error) {
	for _, prefix := range []string{"file://", "fileb://"} {
		if path, ok := strings.CutPrefix(text, prefix); ok {
			b, err := os.ReadFile(path)
			return string(b), err
		}
	}
	return text, nil
}

// completeFlags offers the flags of an operation to the shell, and the words that
// a flag may have.
func completeFlags(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 && !strings.HasPrefix(toComplete, "-") {
		if o := operationOf(cmd.Name()); o != nil {
			f := inputFlags{operation: o}
			if m := f.member(strings.TrimPrefix(args[len(args)-1], "--")); m != nil && len(m.Shape.Enum) > 0 {
				return m.Shape.Enum, cobra.ShellCompDirectiveNoFileComp
			}
		}
		return nil, cobra.ShellCompDirectiveDefault
	}
	var names []string
	add := func(f *pflag.Flag) { names = append(names, "--"+f.Name+"\t"+f.Usage) }
	cmd.NonInheritedFlags().VisitAll(add)
	cmd.InheritedFlags().VisitAll(add)
	return names, cobra.ShellCompDirectiveNoFileComp
}

func operationOf(command string) *wire.Operation {
	for _, o := range wire.Operations() {
		if kebab(o.Name) == command {
			return o
		}
	}
	return nil
}

// number reads an integer or a decimal number.
func number(text string) (any, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, fmt.Errorf("%q is not a number", text)
	}
	return f, nil
}
