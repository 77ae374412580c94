package laws

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/cli"
	"github.com/dragoman-gateway/dragoman/wire"
)

// commandsOf holds what a block of a shell calls of ours to what there is: commands of the program
// with their flags, targets of make, and operations of the AWS CLI with their members.
func commandsOf(t *testing.T, where, text string) {
	t.Helper()
	for _, words := range simpleCommands(text) {
		switch words[0] {
		case "dragoman", "./dragoman":
			if err := ofProgram(words[1:]); err != "" {
				t.Errorf("%s: %s: %s", where, strings.Join(words, " "), err)
			}
		case "make":
			if err := ofMake(t, words[1:]); err != "" {
				t.Errorf("%s: %s: %s", where, strings.Join(words, " "), err)
			}
		case "aws":
			if err := ofAWS(words[1:]); err != "" {
				t.Errorf("%s: %s: %s", where, strings.Join(words, " "), err)
			}
		}
	}
}

// ofProgram says what is wrong with a command line of the program, "" for nothing.
func ofProgram(arguments []string) string {
	// A command of its own for each line: flags remember what they were told.
	command, rest, err := cli.Command().Find(arguments)
	if err != nil {
		return err.Error()
	}
	if !command.HasParent() && len(arguments) > 0 && !strings.HasPrefix(arguments[0], "-") {
		return "there is no such command"
	}
	if err := command.ParseFlags(rest); err != nil {
		return err.Error()
	}
	return ""
}

// target is a rule of the Makefile.
var target = regexp.MustCompile(`(?m)^([a-z-]+):`)

func ofMake(t *testing.T, arguments []string) string {
	t.Helper()
	text, err := os.ReadFile(repository + "/Makefile")
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range arguments {
		known := slices.ContainsFunc(target.FindAllStringSubmatch(string(text), -1), func(m []string) bool { return m[1] == word })
		if !known && !strings.Contains(word, "=") && !strings.HasPrefix(word, "-") {
			return "make has no target " + word
		}
	}
	return ""
}

// kebab is a name as the AWS CLI writes it.
func kebab(name string) string {
	return strings.ToLower(regexp.MustCompile(`([a-z0-9])([A-Z])`).ReplaceAllString(name, "$1-$2"))
}

// ofAWS says what is wrong with a call of the V2 API by the AWS CLI.
func ofAWS(arguments []string) string {
	if len(arguments) < 2 || arguments[0] != "apigatewayv2" {
		return ""
	}
	i := slices.IndexFunc(wire.Operations(), func(o *wire.Operation) bool { return kebab(o.Name) == arguments[1] })
	if i < 0 {
		return "there is no such operation"
	}
	for _, word := range arguments[2:] {
		flag, ok := strings.CutPrefix(word, "--")
		global := slices.Contains([]string{"query", "output", "region", "profile", "endpoint-url", "cli-input-json"}, flag)
		if !ok || global || slices.ContainsFunc(wire.Operations()[i].Input, func(m wire.Member) bool {
			return kebab(m.Name) == strings.TrimPrefix(flag, "no-")
		}) {
			continue
		}
		return "it has no member " + word
	}
	return ""
}

// simpleCommands are the commands of a script, in words without their quotes: enough of a shell's
// grammar for what documents show, which bash has read before.
func simpleCommands(text string) (all [][]string) {
	var words []string
	var word strings.Builder
	begun, quote := false, byte(0)
	endWord := func() {
		// Variables that are set for one command, and what holds its output, are not its name.
		if w := word.String(); begun && (len(words) > 0 || !regexp.MustCompile(`^\w+=`).MatchString(w)) {
			words = append(words, w)
		}
		word.Reset()
		begun = false
	}
	endCommand := func() {
		endWord()
		if len(words) > 0 {
			all = append(all, words)
		}
		words = nil
	}
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quote == 0 && c == '\\' && i+1 < len(text) && text[i+1] == '\n':
			i++
			endWord()
		case quote != '\'' && c == '\\' && i+1 < len(text):
			i++
			word.WriteByte(text[i])
			begun = true
		case c == quote && quote != 0:
			quote = 0
		case quote != 0:
			word.WriteByte(c)
		case c == '\'' || c == '"':
			quote, begun = c, true
		case c == '#' && !begun:
			for i+1 < len(text) && text[i+1] != '\n' {
				i++
			}
		case strings.IndexByte("|&;()\n", c) >= 0:
			if c == '(' { // of $(…): what stands before it is set by what stands in it
				word.Reset()
				begun = false
			}
			endCommand()
		case c == '<' || c == '>': // a file, which is no argument
			endWord()
			for i+1 < len(text) && strings.IndexByte(" \n|;&", text[i+1]) < 0 {
				i++
			}
		case c == ' ' || c == '\t':
			endWord()
		default:
			word.WriteByte(c)
			begun = true
		}
	}
	endCommand()
	return all
}

// The reader of commands finds what a shell would run.
func TestSimpleCommands(t *testing.T) {
	const text = "A=1 dragoman serve --a 'b c' # no word\nAPI=$(aws apigatewayv2 x \\\n  --q \"y z\")\nsleep 3 | make build >out && dragoman trust; dragoman api x &\n"
	want := [][]string{{"dragoman", "serve", "--a", "b c"}, {"aws", "apigatewayv2", "x", "--q", "y z"}, {"sleep", "3"}, {"make", "build"}, {"dragoman", "trust"}, {"dragoman", "api", "x"}}
	if got := simpleCommands(text); !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, wrong := range []string{"sing", "serve --lister x", "trace --status"} {
		if ofProgram(strings.Fields(wrong)) == "" {
			t.Errorf("dragoman %s passes", wrong)
		}
	}
	if ofAWS([]string{"apigatewayv2", "create-api", "--nam", "x"}) == "" || ofAWS([]string{"apigatewayv2", "make-api"}) == "" || ofMake(t, []string{"tea"}) == "" {
		t.Error("what there is not passes")
	}
}
