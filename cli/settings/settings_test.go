package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
)

// flags are some of each kind.
func flags() *pflag.FlagSet {
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.String("settings", "", "")
	f.String("listen", "here", "")
	f.Int("in-flight", 16, "")
	f.Bool("console", true, "")
	f.Duration("drain", time.Second, "")
	f.StringArray("function", nil, "")
	f.StringSlice("proxies", nil, "")
	return f
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "dragoman.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// apply reads a command line, variables and a file that is there by default.
func apply(args []string, variables map[string]string, file string) (*pflag.FlagSet, *Read, error) {
	f := flags()
	if err := f.Parse(args); err != nil {
		return nil, nil, err
	}
	r := &Reader{Default: file, Scratch: flags, Lookup: func(name string) (string, bool) { v, ok := variables[name]; return v, ok }}
	read, err := r.Apply(f)
	return f, read, err
}

// A flag goes before the environment, that before the file, and that before defaults.
func TestWhatCounts(t *testing.T) {
	secret := write(t, "from-a-secret\n")
	many := write(t, "a=1\n\n  b=two words\n")
	path := write(t, "in-flight: 3\nlisten: file\ndrain: 5s\nconsole: false\nfunction: {x: ./x, y: ./y z}\nproxies: [10.0.0.0/8, \"::1\"]\n")
	for _, row := range []struct {
		name         string
		args         []string
		variables    map[string]string
		file         string
		flag         string
		want, origin string
	}{
		{"nothing", nil, nil, "", "listen", "here", "default"},
		{"no file", nil, nil, filepath.Join(t.TempDir(), "none"), "listen", "here", "default"},
		{"a file", nil, nil, path, "listen", "file", path + ":2"},
		{"the environment", nil, map[string]string{"DRAGOMAN_LISTEN": "env"}, path, "listen", "env", "DRAGOMAN_LISTEN"},
		{"an empty variable", nil, map[string]string{"DRAGOMAN_LISTEN": ""}, path, "listen", "", "DRAGOMAN_LISTEN"},
		{"a secret in a file", nil, map[string]string{"DRAGOMAN_LISTEN_FILE": secret}, path, "listen", "from-a-secret", "DRAGOMAN_LISTEN_FILE"},
		{"the command line", []string{"--listen", "line"}, map[string]string{"DRAGOMAN_LISTEN": "env"}, path, "listen", "line", "--listen"},
		{"a number", nil, nil, path, "in-flight", "3", path + ":1"},
		{"a duration", nil, nil, path, "drain", "5s", path + ":3"},
		{"yes or no", nil, nil, path, "console", "false", path + ":4"},
		{"a mapping", nil, nil, path, "function", "[x=./x,y=./y z]", path + ":5"},
		{"a list", nil, nil, path, "proxies", "[10.0.0.0/8,::1]", path + ":6"},
		{"a variable that repeats", nil, map[string]string{"DRAGOMAN_FUNCTION": "a=1 b=2"}, path, "function", "[a=1,b=2]", "DRAGOMAN_FUNCTION"},
		{"a file that repeats", nil, map[string]string{"DRAGOMAN_FUNCTION_FILE": many}, path, "function", "[a=1,b=two words]", "DRAGOMAN_FUNCTION_FILE"},
		{"a file that the environment names", nil, map[string]string{"DRAGOMAN_SETTINGS": path}, "", "listen", "file", path + ":2"},
		{"an empty file", nil, nil, write(t, "# nothing\n"), "listen", "here", "default"},
		{"another word for it", []string{"--settings", write(t, "listen: named\n")}, nil, path, "drain", "1s", "default"},
	} {
		f, read, err := apply(row.args, row.variables, row.file)
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		if got := f.Lookup(row.flag).Value.String(); got != row.want || read.Origins[row.flag] != row.origin {
			t.Errorf("%s: got %q from %s, want %q from %s", row.name, got, read.Origins[row.flag], row.want, row.origin)
		}
	}
}

// What is wrong is told with its line, all of it, even where something else goes before it.
func TestWhatIsRefused(t *testing.T) {
	_, _, err := apply([]string{"--in-flight", "1"}, map[string]string{"DRAGOMAN_DRAIN": "2s"},
		write(t, "\nlistn: x\nin-flight: many\ndrain: soon\nconsole: perhaps\nlisten: [a]\nfunction:\n  - a\n  - [b]\nproxies:\nsettings: other.yaml\nhelp: true\n"))
	for _, want := range []string{
		"line 2: listn: there is no such setting", "line 3: in-flight: ", "line 4: drain: ", "line 5: console: ", "line 6: listen: want one value",
		"line 9: function: want a value here", "line 10: proxies: want a value here", "line 11: settings: there is no such setting", "line 12: help: there is no such setting",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
	for name, row := range map[string]struct {
		variables map[string]string
		file      string
		want      string
	}{
		"a key that is there twice":  {nil, write(t, "listen: a\nlisten: b\n"), "line 2"},
		"a list":                     {nil, write(t, "- listen\n"), "want members"},
		"no YAML":                    {nil, write(t, "listen: [\n"), "settings "},
		"a file that is missing":     {map[string]string{"DRAGOMAN_SETTINGS": "/none/of.yaml"}, "", "/none/of.yaml"},
		"both ways at once":          {map[string]string{"DRAGOMAN_LISTEN": "a", "DRAGOMAN_LISTEN_FILE": "b"}, "", "DRAGOMAN_LISTEN_FILE says the same"},
		"a secret that is missing":   {map[string]string{"DRAGOMAN_LISTEN_FILE": "/none/of"}, "", "DRAGOMAN_LISTEN_FILE: open /none/of"},
		"a variable of a wrong kind": {map[string]string{"DRAGOMAN_IN_FLIGHT": "many"}, "", "DRAGOMAN_IN_FLIGHT: "},
		"a file that is too large":   {nil, write(t, strings.Repeat("# much\n", most/6)), "larger than"},
	} {
		if _, _, err := apply(nil, row.variables, row.file); err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got %v, want %q", name, err, row.want)
		}
	}
}
