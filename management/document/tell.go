package document

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/management/tree"
)

// ruleError is an error of the rules, which an author sees as any other.
type ruleError struct {
	seen   *tree.Error
	noun   string // path
	member string // of it; "" where the rule is about the whole
}

// Error tells what its author sees.
func (e *ruleError) Error() string { return e.seen.Error() }

// Unwrap gives that.
func (e *ruleError) Unwrap() error { return e.seen }

// told is what was found wrong with the form of a document: rules are then not held
// against what only follows from that.
type told struct {
	broken []string        // paths
	lost   map[string]bool // kinds of nouns of which one could not be read
}

// unread keeps an error of the form of a document where all are collected, and answers it
// otherwise.
func (l *loader) unread(err error) error {
	if e, ok := errors.AsType[*tree.Error](err); ok {
		l.told.broken = append(l.told.broken, e.Path)
	}
	return l.met(err)
}

// lose is unread for a noun of which nothing is known, so that others do not find it.
func (l *loader) lose(kind string, err error) error {
	if err != nil {
		if l.told.lost == nil {
			l.told.lost = map[string]bool{}
		}
		l.told.lost[kind] = true
	}
	return l.unread(err)
}

// only refuses a mapping that has members; expected says which it may have.
func (l *loader) only(p place, expected string) error {
	for name, value := range p.Members() {
		if err := l.unread(p.child(name, value).wrong("unknown member%s", expected)); err != nil {
			return err
		}
	}
	return nil
}

// decode reads a place into a noun. Where errors are collected each member that cannot be
// read is told, and the noun has the others.
func (l *loader) decode(p place, noun any) error {
	err := p.decode(noun)
	if err == nil {
		return nil
	}
	most := 1
	if l.all {
		most = math.MaxInt
	}
	if _, ok := errors.AsType[*tree.Error](err); ok {
		l.told.broken = append(l.told.broken, p.way.String()) // nothing of it was read
	}
	for _, e := range p.wrongs(noun, err, most) {
		if err := l.unread(e); err != nil {
			return err
		}
	}
	return nil
}

// wrongs tells of each part of a place that a noun cannot be read from.
func (p place) wrongs(noun any, err error, most int) (found []error) {
	if _, ok := errors.AsType[*tree.Error](err); ok {
		return []error{err} // a key that is there twice: not what the values are, but how many
	}
	fresh := reflect.TypeOf(noun).Elem()
	limits := tree.Limits{Bytes: maxPart}
	for _, e := range p.Wrong(func(part tree.Node) error {
		text, err := part.JSON(limits)
		if err != nil {
			return err
		}
		if err := strictly(text, reflect.New(fresh).Interface()); err != nil {
			return errors.New(explain(err))
		}
		return nil
	}, most) {
		if strings.HasPrefix(e.Message, "unknown member") {
			e.Message += expected(fresh, strings.Split(e.Path, "."))
		}
		found = append(found, p.below(e))
	}
	return found
}

// expected tells what stands in a type where an unknown member does, "" where that is not known.
func expected(t reflect.Type, way []string) string {
	for _, name := range way[:len(way)-1] {
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		switch t.Kind() {
		case reflect.Map, reflect.Slice:
			t = t.Elem()
			continue
		case reflect.Struct:
		default:
			return ""
		}
		below := t
		for f := range t.Fields() {
			if memberName(&f) == name {
				below = f.Type
			}
		}
		t = below
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return ""
	}
	var names []string
	for f := range t.Fields() {
		if name := memberName(&f); name != "" && name != "-" {
			names = append(names, name)
		}
	}
	return fmt.Sprintf(", expected one of %v", names)
}

// memberName is what a field is called in JSON.
func memberName(f *reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// maxPart bounds what is looked at again of a noun that cannot be read, in bytes of JSON.
const maxPart = 1 << 20

// judged keeps an error of the rules, unless it may only follow from what is told already.
func (l *loader) judged(err error) error {
	e, ok := errors.AsType[*ruleError](err)
	if !ok {
		return l.unread(err)
	}
	if !l.all {
		return e.seen
	}
	if l.told.follows(e) {
		return nil
	}
	if control.Decisive(e.member) {
		l.told.broken = append(l.told.broken, e.seen.Path)
	}
	return l.met(e.seen)
}

// follows says whether an error of the rules may be one of what could not be read alone.
func (t *told) follows(e *ruleError) bool {
	if slices.ContainsFunc(Absences, func(a Absence) bool { return strings.Contains(e.seen.Message, a.Words) && t.lost[a.Part] }) {
		return true
	}
	return slices.ContainsFunc(t.broken, func(path string) bool {
		// Of which protocol an API is decides over all that is below it.
		if api, ok := strings.CutSuffix(path, ".protocolType"); ok && (e.noun == api || strings.HasPrefix(e.noun, api+".")) {
			return true
		}
		rest, within := strings.CutPrefix(path, e.noun)
		if !within || rest != "" && rest[0] != '.' {
			return false
		}
		// It stands in the same noun: it is the member itself, one that the rule looks at as
		// well, or the rule is about the noun as a whole.
		wrong, _, _ := strings.Cut(strings.TrimPrefix(rest, "."), ".")
		if slices.Contains(below, wrong) {
			return false
		}
		return e.member == "" || wrong == "" || wrong == e.member || control.Decisive(wrong) || control.Mentions(e.seen.Message, wrong)
	})
}

// below are members of nouns that hold other nouns.
var below = append([]string{"deployments", "stages", "mappings", "rules", "keys", "pages", "endpoints", "responses"}, configParts...)

// Absence is what the rules say of something that is not there, or is not what it has to
// be, and the part of a document that would be it.
type Absence struct{ Words, Part string }

// Absences are the words of all rules that look for something.
var Absences = []Absence{
	{"Integration identifier", "integrations"}, {"authorizer ID", "authorizers"}, {"model identifier", "models"}, {"Deployment identifier", "deployments"},
	{"stage identifier", "stages"}, {"API Stage not found", "stages"}, {"Unable to find Route", "routes"}, {"At least one route", "routes"},
	{"API identifier", "apis"}, {"VPC link identifier", "vpcLinks"},
}
