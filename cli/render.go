package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dragoman-gateway/dragoman/evaluation"
	"github.com/dragoman-gateway/dragoman/mapping/json"
	"github.com/dragoman-gateway/dragoman/mapping/vtl"
)

const renderLong = `Renders a mapping template as API Gateway would and prints the result, or the error with
its line, column and source line.

  dragoman render --template response.vtl --body payload.json --context context.json
  dragoman render --template request.vtl --params '{"querystring":{"q":"1"}}' --explain

--explain lists, on standard error, every reference with its value, and marks those that
lead nowhere: API Gateway prints nothing for them and says nothing.

--batch reads JSON lines {name, template, profile, body, params, context, stageVariables, vars}
from standard input and answers each with {"name","output"} or {"name","error","message"};
error is parse, render or payload. The profile velocity is stock Velocity 1.7, where vars are
the references.`

// renderOptions are the flags of render.
type renderOptions struct {
	template, body, context, params string
	stage                           []string
	explain, batch                  bool
	profile                         string
	maxTemplate                     int
}

func newRenderCommand() *cobra.Command {
	o := &renderOptions{}
	cmd := &cobra.Command{
		Use:   "render",
		Short: "Try a mapping template",
		Long:  renderLong,
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return o.run(cmd) },
	}
	f := cmd.Flags()
	f.StringVar(&o.template, "template", "", "the template, a `FILE`; - is standard input")
	f.StringVar(&o.body, "body", "", "the payload, a `FILE`; - is standard input")
	f.StringVar(&o.context, "context", "", "$context, a `FILE` of JSON")
	f.StringVar(&o.params, "params", "", `request parameters, JSON or a FILE of it: {"path":{},"querystring":{},"header":{}}`)
	f.StringArrayVar(&o.stage, "stage-variable", nil, "a stage variable, `NAME=VALUE` (repeatable)")
	f.BoolVar(&o.explain, "explain", false, "list every reference with its value")
	f.BoolVar(&o.batch, "batch", false, "render JSON lines from standard input")
	f.StringVar(&o.profile, "profile", "apigw", "apigw, or velocity for stock Velocity 1.7")
	f.IntVar(&o.maxTemplate, "max-template", 300<<10, "refuse larger templates, in bytes")
	return cmd
}

func (o *renderOptions) run(cmd *cobra.Command) error {
	limits := vtl.Limits{Template: o.maxTemplate}
	if o.batch {
		return renderBatch(cmd.Context(), cmd.InOrStdin(), cmd.OutOrStdout(), evaluation.Options{Limits: limits})
	}
	if o.template == "" {
		return misused(errors.New("--template is missing"))
	}
	if o.profile != "apigw" && o.profile != "velocity" {
		return misused(fmt.Errorf("--profile %q: want apigw or velocity", o.profile))
	}
	text, err := readInput(cmd, o.template)
	if err != nil {
		return err
	}
	vars, err := o.vars(cmd)
	if err != nil {
		return err
	}
	t, err := vtl.ParseWith(string(text), vtl.Options{Limits: limits, Stock: o.profile == "velocity"})
	if err == nil {
		var seen evaluation.Explanation
		if o.explain {
			seen.Listen(vars)
		}
		err = t.RenderContext(cmd.Context(), cmd.OutOrStdout(), vars)
		printExplanation(cmd.ErrOrStderr(), &seen)
	}
	if err != nil {
		return &exitError{1, errors.New(described(o.template, err))}
	}
	printOverrides(cmd.ErrOrStderr(), vars)
	return nil
}

func readInput(cmd *cobra.Command, name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(cmd.InOrStdin())
	}
	return os.ReadFile(name)
}

func (o *renderOptions) vars(cmd *cobra.Command) (*vtl.Vars, error) {
	var sample evaluation.Sample
	var err error
	if o.body != "" {
		if sample.Body, err = readInput(cmd, o.body); err != nil {
			return nil, err
		}
	}
	if o.context != "" {
		if sample.Context, err = readJSON(cmd, "context", o.context); err != nil {
			return nil, err
		}
	}
	if sample.Params, err = readJSON(cmd, "params", o.params); err != nil {
		return nil, err
	}
	v := sample.Vars()
	if v.StageVariables, err = pairs("stage-variable", o.stage); err != nil {
		return v, misused(err)
	}
	return v, nil
}

// readJSON reads an object given as JSON or as the name of a file of it.
func readJSON(cmd *cobra.Command, flag, value string) (json.Node, error) {
	if value == "" {
		value = "{}"
	}
	text := value
	if !strings.HasPrefix(strings.TrimSpace(value), "{") {
		b, err := readInput(cmd, value)
		if err != nil {
			return json.Node{}, fmt.Errorf("--%s: %w", flag, err)
		}
		text = string(b)
	}
	doc, err := json.ParseStrict(text)
	if err != nil {
		return json.Node{}, misused(fmt.Errorf("--%s is not JSON: %w", flag, err))
	}
	if doc.Root().Kind() != json.Object {
		return json.Node{}, misused(fmt.Errorf("--%s: want a JSON object", flag))
	}
	return doc.Root(), nil
}

// described words an error for a person: where, what, and the line with a
// caret under the place.
func described(file string, err error) string {
	f := evaluation.FaultOf(err)
	if f.Line == 0 {
		return file + ": " + f.String()
	}
	// Tabs stay tabs under the line, so that the caret is where it should be.
	blank := strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, firstRunes(f.SourceLine, f.Column-1))
	return fmt.Sprintf("%s:%s\n  %s\n  %s^", file, f, f.SourceLine, blank)
}

func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s + strings.Repeat(" ", max(n, 0))
}
