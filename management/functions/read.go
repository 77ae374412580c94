package functions

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/dragoman-gateway/dragoman/function/local"
	"github.com/dragoman-gateway/dragoman/management/tree"
)

// Bounds of a document: functions, the items of a list or mapping of one, and the bytes
// of a property.
const (
	most      = 1000
	mostItems = 1000
	mostBytes = 1 << 20
)

// Read reads the value of a document's member functions, which may be missing. Paths in
// it begin at dir, the document's folder. An error has all that is wrong, which Faults
// tells one by one.
func Read(node tree.Node, dir string) ([]local.Function, error) {
	if node.Null() {
		return nil, nil
	}
	all := value{node, (*tree.Path)(nil).Below("functions")}
	if !node.IsObject() {
		return nil, all.wrong("expected a mapping of names to functions")
	}
	// Each is a folder that is looked at and a process that may run.
	if node.Len() > most {
		return nil, all.wrong("%d functions, more than %d", node.Len(), most)
	}
	var found []local.Function
	var wrong []error
	for name, n := range node.Members() {
		if n.Unread() {
			continue // it was told where it is
		}
		at := value{n, all.way.Below(name)}
		f, err := at.function(name, dir)
		// Rules on the whole hold of one that is whole.
		if err == nil && !n.Torn() {
			// By the rules of the command line: a function is the same wherever it was written down.
			f, err = f.Complete()
			err = at.whole(err)
		}
		found, wrong = append(found, f), append(wrong, err)
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	return found, nil
}

// whole tells what is wrong with a function, be it several things.
func (v value) whole(err error) error {
	var wrong []error
	for _, one := range each(err) {
		wrong = append(wrong, v.wrong("%s", one))
	}
	return errors.Join(wrong...)
}

// Faults are what an error of Read is made of.
func Faults(err error) (found []*tree.Error) {
	for _, one := range each(err) {
		if one, ok := errors.AsType[*tree.Error](one); ok {
			found = append(found, one)
		}
	}
	return found
}

// each is the errors that one was joined of, none of nil.
func each(err error) (found []error) {
	many, ok := err.(interface{ Unwrap() []error })
	if !ok {
		if err != nil {
			found = []error{err}
		}
		return found
	}
	for _, one := range many.Unwrap() {
		found = append(found, each(one)...)
	}
	return found
}

// value is a value of the document with the way to it.
type value struct {
	tree.Node
	way *tree.Path
}

func (v value) wrong(format string, a ...any) error {
	return &tree.Error{Line: v.Line(), Column: v.Column(), Path: v.way.String(), Message: fmt.Sprintf(format, a...)}
}

// each calls the taker of each member.
func (v value) each(takers map[string]func(value) error) error {
	if !v.IsObject() {
		return v.wrong("expected a mapping")
	}
	if err := v.Unique(); err != nil {
		return v.wrong("%s", err)
	}
	var wrong []error
	for name, n := range v.Members() {
		member := value{n, v.way.Below(name)}
		// Refused and not passed over: a misspelled timeout would be the default without a word.
		take := takers[name]
		if take == nil {
			wrong = append(wrong, member.wrong("unknown member %q, expected one of %v", name, slices.Sorted(maps.Keys(takers))))
			continue
		}
		// "timeout:" with nothing behind it is as if it were not there.
		if n.Null() {
			continue
		}
		wrong = append(wrong, take(member))
	}
	return errors.Join(wrong...)
}

func (v value) function(name, dir string) (local.Function, error) {
	f := local.Function{Name: name}
	err := v.each(map[string]func(value) error{
		"dir":         path(&f.Dir, dir),
		"handler":     text(&f.Handler),
		"runtime":     text(&f.Runtime),
		"command":     texts(&f.Command),
		"environment": pairs(&f.Env),
		"timeout":     seconds(&f.Timeout),
		"memorySize":  number(&f.Memory),
		"layers":      func(v value) error { return layers(v, &f.Layers, dir) },
		// A pointer, for 0 is a value here: a function that is not to be invoked at all.
		"reservedConcurrency": func(v value) error { f.Reserved = new(int); return number(f.Reserved)(v) },
		"versions":            texts(&f.Versions),
		"aliases":             pairs(&f.Aliases),
		"logicalId":           text(&f.LogicalID),
		"build":               func(v value) error { return v.build(&f.Build) },
		"events":              func(v value) error { return v.events(&f.Events) },
		"inspect":             func(v value) error { f.Inspect = new(int); return number(f.Inspect)(v) },
		"logging":             func(v value) error { return v.logging(&f.Logging) },
	})
	if at := v.Get("dir"); v.IsObject() && at.Null() && !at.Unread() && !v.Holed() {
		err = errors.Join(err, v.wrong("expected dir, the folder of its code"))
	}
	return f, err
}

func (v value) build(b *local.Build) error {
	return v.each(map[string]func(value) error{
		"method": func(v value) error {
			// Documented: AWS SAM Developer Guide, BuildMethod; of its values those that can be done here.
			if method := (&local.Build{Method: v.Text()}); !method.Known() {
				return v.wrong("expected esbuild, makefile, go, rust-cargolambda, or a runtime of Java, Ruby or .NET")
			}
			return text(&b.Method)(v)
		},
		"target": text(&b.Target),
		"properties": func(v value) error {
			if !v.IsObject() {
				return v.wrong("expected a mapping")
			}
			b.Properties = map[string]json.RawMessage{}
			for name, n := range v.Members() {
				plain, err := n.JSON(tree.Limits{Bytes: mostBytes, Unique: true})
				if err != nil {
					return value{n, v.way.Below(name)}.wrong("%s", err)
				}
				b.Properties[name] = plain
			}
			return nil
		},
	})
}

// events are the rules for the function itself, or a list with one for each qualifier.
func (v value) events(all *[]local.Events) error {
	items := []tree.Node{v.Node}
	if v.IsList() {
		items = v.Items()[:min(v.Len(), mostItems)]
	}
	var wrong []error
	for i, n := range items {
		at := value{n, v.way}
		if v.IsList() {
			at.way = v.way.Below(strconv.Itoa(i))
		}
		var e local.Events
		wrong = append(wrong, at.each(map[string]func(value) error{
			"qualifier": text(&e.Qualifier),
			"retries":   func(v value) error { e.Retries = new(int); return number(e.Retries)(v) },
			"maxAge":    seconds(&e.Age),
			"onSuccess": text(&e.OnSuccess),
			"onFailure": text(&e.OnFailure),
		}))
		*all = append(*all, e)
	}
	return errors.Join(wrong...)
}

func (v value) logging(l *local.Logging) error {
	return v.each(map[string]func(value) error{
		"format": func(v value) error {
			if l.JSON = v.Text() == "JSON"; !l.JSON && v.Text() != "Text" {
				return v.wrong("expected JSON or Text")
			}
			return nil
		},
		"level":       text(&l.Level),
		"systemLevel": text(&l.System),
		"group":       text(&l.Group),
	})
}

func text(to *string) func(value) error {
	return func(v value) error {
		if v.IsObject() || v.IsList() {
			return v.wrong("expected a text")
		}
		*to = v.Text()
		return nil
	}
}

func path(to *string, dir string) func(value) error {
	return func(v value) error {
		if err := text(to)(v); err != nil {
			return err
		}
		// From the document and not from where the program was started: a file can be moved with its code.
		if !filepath.IsAbs(*to) {
			*to = filepath.Join(dir, filepath.FromSlash(*to))
		}
		return nil
	}
}

func texts(to *[]string) func(value) error {
	return func(v value) error {
		if !v.IsList() || v.Len() > mostItems {
			return v.wrong("expected a list of texts, %d at most", mostItems)
		}
		var wrong []error
		for i, n := range v.Items() {
			var one string
			wrong = append(wrong, text(&one)(value{n, v.way.Below(strconv.Itoa(i))}))
			*to = append(*to, one)
		}
		return errors.Join(wrong...)
	}
}

func layers(v value, to *[]local.Layer, dir string) error {
	var folders []string
	if err := texts(&folders)(v); err != nil {
		return err
	}
	for _, folder := range folders {
		if !filepath.IsAbs(folder) {
			folder = filepath.Join(dir, filepath.FromSlash(folder))
		}
		*to = append(*to, local.Layer{Dir: folder})
	}
	return nil
}

func pairs(to *map[string]string) func(value) error {
	return func(v value) error {
		if !v.IsObject() || v.Len() > mostItems {
			return v.wrong("expected a mapping of names to texts, %d at most", mostItems)
		}
		*to = map[string]string{}
		var wrong []error
		for name, n := range v.Members() {
			var one string
			wrong = append(wrong, text(&one)(value{n, v.way.Below(name)}))
			(*to)[name] = one
		}
		return errors.Join(wrong...)
	}
}

func number(to *int) func(value) error {
	return func(v value) error {
		// From the text: YAML's 0x10 and 1_000 are numbers that no author of a timeout means.
		n, err := strconv.ParseInt(v.Text(), 10, 32)
		if err != nil || v.IsObject() || v.IsList() {
			return v.wrong("expected a whole number")
		}
		*to = int(n)
		return nil
	}
}

// seconds takes a number of seconds, which may have a fraction.
func seconds(to *time.Duration) func(value) error {
	return func(v value) error {
		n, err := strconv.ParseFloat(v.Text(), 64)
		// A million seconds are eleven days: beyond them a number was meant in milliseconds.
		if err != nil || math.IsNaN(n) || n <= 0 || n > 1e6 {
			return v.wrong("expected seconds")
		}
		*to = time.Duration(n * float64(time.Second))
		return nil
	}
}

// Beside are the functions of a document with those of the command line, which count
// where both have a name.
func Beside(document, flags []local.Function) []local.Function {
	named := map[string]bool{}
	for _, f := range flags {
		named[f.Name] = true
	}
	// Capped, so that append copies: the list of flags is its caller's.
	all := flags[:len(flags):len(flags)]
	for _, f := range document {
		if !named[f.Name] {
			all = append(all, f)
		}
	}
	return all
}
