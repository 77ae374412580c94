package up

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/dragoman-gateway/dragoman/function/local"
	"github.com/dragoman-gateway/dragoman/template"
)

// variables are those that the user gives to functions beside the template.
type variables struct {
	all map[string]string            // of every function
	own map[string]map[string]string // by logical id or name
	// services is the URL of all other services; "" for those of AWS.
	services string
}

// into gives a function its variables; those of its own win. Lambda's own stay what
// they are.
func (v *variables) into(env map[string]string, names ...string) {
	put := func(from map[string]string) {
		for name, value := range from {
			if !local.Reserved(name) {
				env[name] = value
			}
		}
	}
	if v.services != "" && env["AWS_ENDPOINT_URL"] == "" {
		env["AWS_ENDPOINT_URL"] = v.services
	}
	put(v.all)
	for _, name := range names {
		put(v.own[name])
	}
}

// readVariables reads --env-file and --env-vars.
func readVariables(files template.Files, envFile, envVars string) (*variables, error) {
	v := &variables{all: map[string]string{}, own: map[string]map[string]string{}}
	if envFile != "" {
		text, err := files.ReadFile(envFile)
		if err != nil {
			return nil, fmt.Errorf("--env-file: %w", err)
		}
		if v.all, err = dotenv(string(text)); err != nil {
			return nil, fmt.Errorf("--env-file %s: %w", envFile, err)
		}
	}
	if envVars == "" {
		return v, nil
	}
	text, err := files.ReadFile(envVars)
	if err != nil {
		return nil, fmt.Errorf("--env-vars: %w", err)
	}
	if err := v.sam(text); err != nil {
		return nil, fmt.Errorf("--env-vars %s: %w", envVars, err)
	}
	return v, nil
}

// sam reads the variables of functions by their name, and of all below Parameters.
// Documented: AWS SAM Developer Guide, sam local invoke, --env-vars.
func (v *variables) sam(text []byte) error {
	var read map[string]map[string]any
	if err := json.Unmarshal(text, &read); err != nil {
		return fmt.Errorf(`want {"Function": {"NAME": "value"}, "Parameters": {…}}: %w`, err)
	}
	for function, values := range read {
		given := map[string]string{}
		for name, value := range values {
			switch value := value.(type) {
			case string:
				given[name] = value
			case nil:
				given[name] = ""
			case bool, float64:
				whole, _ := json.Marshal(value) // of a number or a truth value
				given[name] = string(whole)
			default:
				return fmt.Errorf("%s of %s is no text", name, function)
			}
		}
		if function == "Parameters" {
			maps.Copy(v.all, given)
			continue
		}
		v.own[function] = given
	}
	return nil
}

// dotenv reads NAME=value lines. A value may stand in quotes, over several lines;
// in double ones \n, \t, \" and \\ are what they are elsewhere. Nothing is replaced in
// it, and # begins a comment.
func dotenv(text string) (map[string]string, error) {
	found := map[string]string{}
	text = strings.ReplaceAll(strings.TrimPrefix(text, "\ufeff"), "\r\n", "\n")
	for line := 1; text != ""; line++ {
		var this string
		this, text, _ = strings.Cut(text, "\n")
		this = strings.TrimSpace(this)
		if this == "" || this[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(strings.TrimPrefix(this, "export "), "=")
		if name = strings.TrimSpace(name); !ok || name == "" || strings.ContainsAny(name, " \t\"'") {
			return nil, fmt.Errorf("line %d: want NAME=value", line)
		}
		value = strings.TrimLeft(value, " \t")
		if value == "" || value[0] != '"' && value[0] != '\'' {
			if at := strings.Index(" "+value, " #"); at >= 0 {
				value = value[:max(0, at-1)]
			}
			found[name] = strings.TrimSpace(value)
			continue
		}
		for closed(value) < 0 && text != "" {
			var more string
			more, text, _ = strings.Cut(text, "\n")
			value += "\n" + more
			line++
		}
		end := closed(value)
		if end < 0 {
			return nil, fmt.Errorf("line %d: a quote is not closed", line)
		}
		if rest := strings.TrimSpace(value[end+1:]); rest != "" && rest[0] != '#' {
			return nil, errors.New("something follows the quotes of " + name)
		}
		if found[name] = value[1:end]; value[0] == '"' {
			found[name] = escapes.Replace(value[1:end])
		}
	}
	return found, nil
}

var escapes = strings.NewReplacer(`\n`, "\n", `\r`, "\r", `\t`, "\t", `\"`, `"`, `\\`, `\`, `\$`, "$")

// closed is where the quote that a value begins with is closed, -1 for nowhere.
func closed(value string) int {
	for i := 1; i < len(value); i++ {
		switch {
		case value[0] == '"' && value[i] == '\\':
			i++
		case value[i] == value[0]:
			return i
		}
	}
	return -1
}
