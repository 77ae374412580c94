package jsonpath

import (
	"errors"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// Limits of one path and one evaluation. A payload has at most 10 MB of which
// most are texts: looking through all of it once fits, paths that look through it
// again and again do not.
const (
	MaxLength = 4096    // bytes of a path
	maxSteps  = 1 << 20 // values visited
	maxNest   = 1000    // levels of a payload followed by ..
	maxGroups = 64      // nested parentheses and brackets in filters
)

// ErrTooMuch ends an evaluation that visits too many values.
var ErrTooMuch = errors.New("too many values to visit")

// SyntaxError says why a path cannot be compiled.
type SyntaxError struct {
	Path string
	Pos  int // byte offset
	Text string
}

func (e *SyntaxError) Error() string {
	return "invalid path " + strconv.Quote(e.Path) + ": " + e.Text + " at position " + strconv.Itoa(e.Pos)
}

// Path is a compiled path.
type Path struct {
	source   string
	steps    []step
	chain    []link // set when the path is names and single indexes only
	plain    bool   // it is
	definite bool
	call     function

	fewLinks [2]link // room for the chain of a short path
}

// Compile reads a path. Errors are *SyntaxError.
func Compile(path string) (*Path, error) {
	if out := compileNames(path); out != nil {
		return out, nil
	}
	p := &parser{src: path}
	out, err := p.path()
	if err != nil {
		return nil, err
	}
	out.source = path
	out.finish()
	return out, nil
}

// compileNames reads $.a.b, which most paths are, and templates are full of; nil of any other. It has
// no steps: a chain is followed without.
func compileNames(path string) *Path {
	if len(path) > MaxLength || !strings.HasPrefix(path, "$.") {
		return nil
	}
	begin := len("$.")
	for i := begin; i < len(path); i++ {
		switch c := path[i]; {
		case c|0x20 >= 'a' && c|0x20 <= 'z', c >= '0' && c <= '9', c == '_', c == '-':
		case c == '.' && i > begin:
			begin = i + 1
		default:
			return nil
		}
	}
	if begin == len(path) {
		return nil
	}
	out := &Path{source: path, plain: true, definite: true}
	out.chain = out.fewLinks[:0]
	begin = len("$.")
	for i := begin; i <= len(path); i++ {
		if i == len(path) || path[i] == '.' {
			out.chain = append(out.chain, named(path[begin:i]))
			begin = i + 1
		}
	}
	return out
}

// finish derives what evaluation wants to know: a chain of names and indexes is
// followed without any bookkeeping, and a name is sure when nothing of the path
// can lead to several values.
func (p *Path) finish() {
	p.definite, p.plain = true, p.call == nil
	p.chain = p.fewLinks[:0]
	for i, s := range p.steps {
		switch s := s.(type) {
		case *nameStep:
			p.chain = append(p.chain, named(s.name))
		case *indexStep:
			p.chain = append(p.chain, link{index: true, at: s.at[0]})
			p.plain = p.plain && len(s.at) == 1
		default:
			p.plain = false
		}
		p.definite = p.definite && s.definite(i == len(p.steps)-1)
	}
	sure := true
	for i := len(p.steps) - 1; i >= 0; i-- {
		sure = sure && p.steps[i].definite(true)
		if i+1 < len(p.steps) {
			if n, ok := p.steps[i+1].(*nameStep); ok {
				n.sure = sure
			}
		}
	}
	if len(p.steps) > 0 {
		if n, ok := p.steps[0].(*nameStep); ok {
			n.sure = sure
		}
	}
}

// Definite reports whether the path leads to one value at most.
// Documented: the README of Jayway JsonPath, What is Returned When: scans,
// filters, unions and slices are indefinite. A function makes one value of many.
func (p *Path) Definite() bool { return p.definite || p.call != nil }

// Chain reports whether the path is names and single indexes alone, whose evaluation makes no values.
func (p *Path) Chain() bool { return p.plain }

// String is the path as it was written.
func (p *Path) String() string { return p.source }

// Eval reads the path from the root of a payload. A definite path gives the
// value, which may be a JSON null, or found is false. Any other path gives a new
// array, unless a step meets a value of the wrong kind or misses its last name:
// then nothing is found. An error means that a filter met a value it cannot test, or ErrTooMuch.
func (p *Path) Eval(root json.Node) (v json.Node, found bool, err error) {
	budget := maxSteps
	return p.EvalWithin(root, &budget)
}

// EvalWithin is Eval with a budget of steps, from which it takes what it uses: one
// for each value that it visits, and some for the members that it looks through.
func (p *Path) EvalWithin(root json.Node, steps *int) (v json.Node, found bool, err error) {
	if !p.plain && root.Kind() < json.Array && len(p.steps) > 0 {
		return json.Node{}, false, nil
	}
	return p.eval(root, root, steps)
}

// membersAStep is how many members can be looked through in the time of a step.
const membersAStep = 4

// resultSteps is what a value costs that is found, for the room that it takes.
const resultSteps = 3

// link is a name or an index.
type link struct {
	name  string
	hash  uint64 // of the name
	index bool
	at    int
}

func named(name string) link { return link{name: name, hash: json.Hash(name)} }

// follow goes along a chain, which needs no bookkeeping.
func (p *Path) follow(n json.Node, budget *int) (json.Node, bool, error) {
	for i := range p.chain {
		l := &p.chain[i]
		var ok bool
		if *budget -= 1 + n.Width()/membersAStep; *budget < 0 {
			return json.Node{}, false, ErrTooMuch
		}
		if !l.index {
			n, ok = n.Member(l.name, l.hash)
		} else if l.at < 0 {
			n, ok = n.Item(n.Len() + l.at)
		} else {
			n, ok = n.Item(l.at)
		}
		if !ok {
			return json.Node{}, false, nil
		}
	}
	return n, n.Kind() != json.Missing, nil
}

// eval reads the path from item, with root as the meaning of $ in filters.
func (p *Path) eval(item, root json.Node, budget *int) (json.Node, bool, error) {
	if p.plain {
		return p.follow(item, budget)
	}
	e := evaluation{path: p, root: root, budget: budget}
	e.walk(item, 0)
	switch {
	case e.err != nil:
		return json.Node{}, false, e.err
	case e.gone:
		return json.Node{}, false, nil
	case !p.definite:
		// Documented: the README, What is Returned When: an indefinite path gives a
		// list, an empty one where nothing matches.
		out := literals().Array(e.out...) // lives no longer than who wants it
		if p.call != nil {
			return e.called(out)
		}
		return out, true, nil
	case len(e.out) == 0:
		return json.Node{}, false, nil
	}
	// A definite path has found one value; a function works on it alone.
	v := e.out[len(e.out)-1]
	if p.call != nil {
		return e.called(v)
	}
	return v, true, nil
}

// called is what the function at the end of the path makes of a value.
func (e *evaluation) called(v json.Node) (json.Node, bool, error) {
	if !e.afford(4 * v.Width()) {
		return json.Node{}, false, e.err
	}
	return e.path.call(v)
}

// evaluation is one walk along the steps of a path.
type evaluation struct {
	path   *Path
	root   json.Node
	out    []json.Node
	budget *int
	err    error

	// gone is set when the path leads nowhere at all, whatever was found
	// before; final when even a wildcard over an array does not forgive it.
	gone, final bool
}

// nowhere ends the evaluation without a result.
func (e *evaluation) nowhere() { e.gone = true }

// stopped tells a loop over many values to end.
func (e *evaluation) stopped() bool { return e.gone || e.err != nil }

// walk takes step i from n, or collects n after the last one.
func (e *evaluation) walk(n json.Node, i int) {
	if e.stopped() || !e.spend() {
		return
	}
	if i == len(e.path.steps) {
		if e.afford(resultSteps) {
			e.out = append(e.out, n)
		}
		return
	}
	e.path.steps[i].visit(e, n, i)
}

// look takes the steps of looking for a member.
func (e *evaluation) look(n json.Node) {
	if *e.budget -= n.Width() / membersAStep; *e.budget < 0 && e.err == nil {
		e.err = ErrTooMuch
	}
}

// One step for each value that is visited.
func (e *evaluation) spend() bool {
	if *e.budget--; *e.budget < 0 {
		e.err = ErrTooMuch
		return false
	}
	return true
}

// Names are those of a path that is a plain chain of names, $.a.b; nil for any
// other path.
func (p *Path) Names() []string {
	if !p.plain {
		return nil
	}
	var names []string
	for _, l := range p.chain {
		if l.index {
			return nil
		}
		names = append(names, l.name)
	}
	return names
}
