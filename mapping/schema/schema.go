package schema

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/dragoman-gateway/dragoman/mapping/json"
	"github.com/dragoman-gateway/dragoman/mapping/pattern"
)

// MaxSize is the longest model text, in bytes.
const MaxSize = 1 << 20

// Schema is a compiled model.
type Schema struct {
	compiled *jsonschema.Schema
}

// InvalidError tells that a text is no draft 4 schema that can be used here.
type InvalidError struct{ Reason string }

func (e *InvalidError) Error() string { return "Invalid model schema specified: " + e.Reason }

// Compile reads a model. lookup gives the text of another model of the API by
// its name; nil stands for an API without other models. Errors are
// *InvalidError.
func Compile(text string, lookup func(name string) (string, bool)) (*Schema, error) {
	const self = "https://model.invalid/self"
	doc, err := document(text)
	if err != nil {
		return nil, &InvalidError{err.Error()}
	}
	if err := affordable(doc); err != nil {
		return nil, &InvalidError{err.Error()}
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft4)
	c.UseLoader(loader{lookup})
	c.UseRegexpEngine(compilePattern)
	if err := c.AddResource(self, doc); err != nil {
		return nil, &InvalidError{reason(err)}
	}
	s, err := c.Compile(self)
	if err != nil {
		return nil, &InvalidError{reason(err)}
	}
	return &Schema{s}, nil
}

// document decodes the text of a schema.
//
// Assumed: $schema is not heeded; models are draft 4 whatever it says.
func document(text string) (any, error) {
	if len(text) > MaxSize {
		return nil, fmt.Errorf("it is longer than %d bytes", MaxSize)
	}
	if _, valid := json.Find([]byte(text)); !valid {
		return nil, errors.New("it is not JSON")
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return nil, errors.New("it is not JSON")
	}
	m, ok := doc.(map[string]any)
	if !ok {
		return nil, errors.New("it is not a JSON object")
	}
	delete(m, "$schema")
	return m, nil
}

// reason is the compiler's complaint without the address we made up.
func reason(err error) string {
	var bad *jsonschema.SchemaValidationError
	if errors.As(err, &bad) {
		var v *jsonschema.ValidationError
		if errors.As(bad.Err, &v) {
			return describe(v)
		}
	}
	var load *jsonschema.LoadURLError
	if errors.As(err, &load) {
		return load.Err.Error()
	}
	return strings.ReplaceAll(strings.ReplaceAll(err.Error(), "https://model.invalid/self", ""), "\n", " ")
}

// loader answers references out of the API's own models.
type loader struct {
	lookup func(string) (string, bool)
}

// Load implements jsonschema.URLLoader.
func (l loader) Load(ref string) (any, error) {
	u, err := url.Parse(ref)
	if err != nil || u.Scheme != "https" || u.Host != "apigateway.amazonaws.com" {
		return nil, fmt.Errorf("reference %q is not allowed", ref)
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	if len(parts) != 4 || parts[0] != "restapis" && parts[0] != "apis" || parts[2] != "models" {
		return nil, fmt.Errorf("reference %q is not allowed", ref)
	}
	if l.lookup != nil {
		if text, ok := l.lookup(parts[3]); ok {
			doc, err := document(text)
			if err == nil {
				err = affordable(doc)
			}
			if err != nil {
				return nil, fmt.Errorf("model %q: %w", parts[3], err)
			}
			return doc, nil
		}
	}
	return nil, fmt.Errorf("there is no model %q", parts[3])
}

// expression makes a Java pattern of the schema language's.
type expression struct{ p *pattern.Pattern }

func compilePattern(src string) (jsonschema.Regexp, error) {
	p, err := pattern.Compile(src)
	if err != nil {
		return nil, err
	}
	return expression{p}, nil
}

func (e expression) MatchString(s string) bool { return e.p.Find(s) != nil }
func (e expression) String() string            { return e.p.String() }

// Error tells how a payload breaks its model.
type Error struct{ Text string }

func (e *Error) Error() string { return e.Text }

// Validate checks a payload. A payload that is not JSON breaks every model.
// Errors are *Error.
func (s *Schema) Validate(body []byte) error {
	if _, valid := json.Find(body); !valid {
		return &Error{"[the payload is not JSON]"}
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(body)))
	if err != nil {
		return &Error{"[the payload is not JSON]"}
	}
	err = s.compiled.Validate(doc)
	var v *jsonschema.ValidationError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &v):
		return &Error{describe(v)}
	}
	return &Error{"[" + err.Error() + "]"}
}
