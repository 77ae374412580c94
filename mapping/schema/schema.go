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

// MaxSize is the longest model text, in bytes. It is more than the management API
// takes, 32,768 characters.
const MaxSize = 1 << 20

// Schema is a compiled model.
type Schema struct {
	root *rule
}

// InvalidError tells that a text is no draft 4 schema that can be used here.
// Observed: AWS's text begins so.
type InvalidError struct{ Reason string }

func (e *InvalidError) Error() string { return "Invalid model schema specified: " + e.Reason }

// Compile reads a model. lookup gives the text of another model of the API by
// its name; nil stands for an API without other models. Errors are
// *InvalidError.
func Compile(text string, lookup func(name string) (string, bool)) (*Schema, error) {
	const self = "https://model.invalid/self"
	total := new(counts)
	doc, err := document(text, total)
	if err != nil {
		return nil, &InvalidError{err.Error()}
	}
	if err := affordable(doc); err != nil {
		return nil, &InvalidError{err.Error()}
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft4)
	c.UseLoader(loader{lookup, total})
	c.UseRegexpEngine(new(patterns).compile)
	if err := c.AddResource(self, doc); err != nil {
		return nil, &InvalidError{reason(err)}
	}
	s, err := c.Compile(self)
	if err != nil {
		return nil, &InvalidError{reason(err)}
	}
	return &Schema{builder{}.rule(s)}, nil
}

// document decodes the text of a schema.
//
// Assumed: $schema is not heeded; models are draft 4 whatever it says.
func document(text string, total *counts) (any, error) {
	if len(text) > MaxSize {
		return nil, fmt.Errorf("it is longer than %d bytes", MaxSize)
	}
	if err := computable(text, total); err != nil {
		return nil, err
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

// computable refuses what is no JSON, and numbers that the validator would compute
// with for ever.
//
// Assumed: AWS takes such numbers.
func computable(text string, total *counts) error {
	doc, err := json.ParseStrict(text)
	if err != nil {
		return errors.New("it is not JSON")
	}
	defer doc.Release()
	return total.add(doc.Root())
}

// counts is what of a model and those that it refers to grows faster than their
// text.
type counts struct {
	schemas, digits int
	places          int // bytes and names of the paths to all schemas together
	path, depth     int // to the present one
}

// maxSchemas is how many objects a model may have: what it takes to compile them
// grows with their square.
const maxSchemas = 2500

// modelPlaces bounds how deep schemas are and how long their names: the compiler
// writes down the path to each.
const modelPlaces = 150_000

// modelDigits is how many digits all numbers of a model may stand for.
const modelDigits = 500_000

// Models that are referred to count as well: what a model costs is what all of
// them cost together.
func (c *counts) add(n json.Node) error {
	if n.Kind() == json.Object {
		if c.schemas++; c.schemas > maxSchemas {
			return fmt.Errorf("it has more than %d schemas", maxSchemas)
		}
		if c.places += c.path + 4*c.depth; c.places > modelPlaces {
			return errors.New("its schemas nest too deeply, or their names are too long")
		}
	}
	if literal := n.Number(); literal != "" {
		d := readDecimal(literal)
		if d.beyond {
			return fmt.Errorf("the number %.40s has an exponent beyond %d or more than %d digits", literal, maxExponent, maxDigits)
		}
		if c.digits += len(literal) + max(d.point, -d.point); c.digits > modelDigits {
			return fmt.Errorf("its numbers have more than %d digits together", modelDigits)
		}
	}
	for it := n.Iter(); it.Next(); {
		step := 1 + len(it.Key())
		c.path, c.depth = c.path+step, c.depth+1
		if err := c.add(it.Node()); err != nil {
			return err
		}
		c.path, c.depth = c.path-step, c.depth-1
	}
	return nil
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
	total  *counts
}

// Load implements jsonschema.URLLoader. It answers the form of references that the
// Developer Guide shows, Data models for REST APIs, and fetches nothing: a model must
// not make the gateway call an address.
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
			doc, err := document(text, l.total)
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

// patterns compiles those of one model, each once, and as many as may be.
// Compiling takes time before any payload comes, and an update compiles all
// models of an API.
type patterns struct {
	made  map[string]*pattern.Pattern
	spent int
}

// maxPatterns is what the patterns of a model may cost together.
const maxPatterns = 600_000

func (m *patterns) compile(src string) (jsonschema.Regexp, error) {
	if p := m.made[src]; p != nil {
		return expression{p}, nil
	}
	if m.spent > maxPatterns {
		return nil, errors.New("the patterns are too complex together")
	}
	p, err := pattern.Compile(src)
	if err != nil {
		m.spent += maxPatterns / 8 // it may have taken long to find that out
		return nil, err
	}
	m.spent += p.Spent() + len(src)
	if m.made == nil {
		m.made = map[string]*pattern.Pattern{}
	}
	m.made[src] = p
	return expression{p}, nil
}

// MatchString is for the compiler alone: payloads are matched by what they spend.
func (e expression) MatchString(s string) bool { return e.p.Find(s) != nil }
func (e expression) String() string            { return e.p.String() }

// Error tells how a payload breaks its model.
type Error struct {
	Text string // all violations, in API Gateway's words
	Path string // where the first one stands, such as $.items[0].id; "" where that is not known
}

func (e *Error) Error() string { return e.Text }

// Validate checks a payload. A payload that is not JSON breaks every model, and
// so does one that it would take too much work to check. Errors are *Error.
//
// Most payloads keep their model, so the first check only asks whether; the
// second one, which words all violations, runs for those that do not.
func (s *Schema) Validate(body []byte) error {
	doc, err := json.ParseStrict(string(body))
	if err != nil {
		return &Error{Text: "[the payload is not JSON]"}
	}
	defer doc.Release()
	work := leastWork + workPerByte*len(body)
	c := check{work: work}
	if c.value(s.root, doc.Root(), true) {
		return nil
	}
	if c.over == nil { // all of the violations, then
		c = check{work: c.work + work/2, chain: c.chain[:0]}
		c.value(s.root, doc.Root(), false)
	}
	if c.over != nil && c.over != errEnough && len(c.found) == 0 {
		return &Error{Text: "[the payload takes too much work to check]"}
	}
	return &Error{"[" + strings.Join(c.found, ", ") + "]", c.first}
}
