package schema

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/mapping/json"
	"github.com/dragoman-gateway/dragoman/mapping/pattern"
)

// The work that holding a payload against a model may be, and what is told of it.
// Work grows with the payload, so that a long and plain one always passes, and a
// short one has room for a model of any size that somebody writes by hand.
const (
	leastWork   = 500_000 // steps; a schema that meets a value is one
	workPerByte = 16
	maxNesting  = 4000        // schemas within each other that meet values within each other
	maxFound    = 100         // violations
	maxText     = 16 << 10    // bytes of them together
	maxWorded   = 8 * maxText // bytes of those too that are told already
)

// check holds one payload against a model. It may be asked quietly, for yes or no
// alone, which ends with the first violation; or loudly, and notes all.
type check struct {
	work  int
	chain []meeting // what led here
	keys  keyRoom   // for enum and uniqueItems
	found []string
	size  int   // of what was found
	words int   // of all that was worded
	over  error // why it was given up

	path  []string // of the value that is looked at, loudly alone: .name and [index]
	first string   // where what was found first stands, such as $.items[0].id
}

// meeting is a schema that met a value.
type meeting struct {
	rule *rule
	at   json.Node
}

// spend takes steps, and says whether the check goes on.
func (c *check) spend(steps int) bool {
	if c.work -= steps; c.work < 0 && c.over == nil {
		c.over = errWork
	}
	return c.over == nil
}

// violated notes a violation, unless quietly. It is false, for the check has
// failed.
func (c *check) violated(quiet bool, words func() string) bool {
	if quiet || c.over != nil {
		return false
	}
	text := words()
	if len(c.found) == 0 {
		c.first = cut("$" + strings.Join(c.path, ""))
	}
	if !slices.Contains(c.found, text) {
		c.found = append(c.found, text)
		c.size += len(text)
	}
	if c.words += 100 + len(text); len(c.found) >= maxFound || c.size >= maxText || c.words >= maxWorded {
		c.over = errEnough
	}
	return false
}

// An ended check says nothing of the payload. errEnough is different: what was
// found before it is told.
var (
	errEnough = errors.New("there are violations enough")
	errNested = errors.New("model and payload nest too deeply")
)

// value says whether a value keeps a rule. Without more work left the answer
// means nothing, and c.over says so.
//
// A schema that meets the same value again, within itself, would go on for ever.
func (c *check) value(r *rule, n json.Node, quiet bool) bool {
	if !c.spend(1) {
		return false
	}
	for i := len(c.chain) - 1; i >= 0 && c.chain[i].at == n; i-- {
		// Only meetings with this very value can go round: every other one led to
		// something smaller.
		if c.chain[i].rule == r {
			return c.violated(quiet, func() string { return "the model refers to itself without an end" })
		}
		if !c.spend(1) {
			return false
		}
	}
	if len(c.chain) >= maxNesting {
		c.over = errNested
		return false
	}
	c.chain = append(c.chain, meeting{r, n})
	ok := c.meet(r, n, quiet)
	c.chain = c.chain[:len(c.chain)-1]
	return ok && c.over == nil
}

// meet is value, noted. What is of the wrong type or no allowed value is told
// once, and nothing else of it: its other violations would say the same again.
// Keywords about a kind of value hold of that kind alone (validation draft 4
// section 4.1): a text is never too small.
func (c *check) meet(r *rule, n json.Node, quiet bool) bool {
	// JSON Reference section 3: a reference stands for what it names, with
	// nothing of its own.
	if r.ref != nil {
		return c.value(r.ref, n, quiet)
	}
	if !c.typed(r, n, quiet) || !c.listed(r, n, quiet) || !c.formatted(r, n, quiet) {
		return false
	}
	switch n.Kind() {
	case json.Object:
		return c.object(r, n, quiet)
	case json.Array:
		return c.array(r, n, quiet)
	case json.String:
		return c.both(c.text(r, n.Text(), quiet), quiet, func() bool { return c.combined(r, n, quiet) })
	// Draft 4 has no keywords for these kinds alone: enum, type and combinations are
	// all there is (validation section 5).
	case json.Null, json.Bool:
		return c.combined(r, n, quiet)
	}
	return c.both(c.number(r, n, quiet), quiet, func() bool { return c.combined(r, n, quiet) })
}

// both goes on after a violation only where all are to be told.
func (c *check) both(ok, quiet bool, more func() bool) bool {
	if !ok && (quiet || c.over != nil) {
		return false
	}
	return more() && ok
}

// Validation draft 4 section 5.5.2. Every integer is a number too.
func (c *check) typed(r *rule, n json.Node, quiet bool) bool {
	if r.types == 0 {
		return true
	}
	is, name := typeOf(n)
	if r.types&is != 0 {
		return true
	}
	if is == number && r.types&integer != 0 {
		literal := n.Number()
		d := readDecimal(literal)
		if !c.spend(len(literal) / 16) {
			return false
		}
		if d.integer() {
			return true
		}
	}
	return c.violated(quiet, func() string {
		return "instance type (" + name + ") does not match any allowed primitive type (allowed: " + r.wanted + ")"
	})
}

// Validation draft 4 section 5.5.1; what is equal is in core section 3.6: numbers
// by value, objects whatever the order of their members.
func (c *check) listed(r *rule, n json.Node, quiet bool) bool {
	// An enum has one value at least (validation draft 4 section 5.5.1.1), so that
	// none means no rule.
	if r.enum == nil {
		return true
	}
	ok, err := r.enum.has(n, &c.keys, &c.work)
	if !c.spend(0) {
		return false
	}
	if ok && err == nil {
		return true
	}
	return c.violated(quiet, func() string {
		return "instance value (" + shown(n) + ") not found in enum (possible values: " + cut(r.enum.text) + ")"
	})
}

// Validation draft 4 section 7: formats are about texts alone. The steps are what
// they were measured to take; of a pattern the reader decides it.
func (c *check) formatted(r *rule, n json.Node, quiet bool) bool {
	if r.format == nil || n.Kind() != json.String {
		return true
	}
	s := n.Text()
	steps := 10 + len(s)/4
	if r.format.Name == "regex" {
		steps = 40 * (10 + min(len(s), pattern.MaxSource))
	}
	if !c.spend(steps) {
		return false
	}
	err := r.format.Validate(s)
	if err == nil {
		return true
	}
	return c.violated(quiet, func() string { return badFormat(s, r.format.Name, err) })
}

// Validation draft 4 section 5.1. RFC 8259 section 6 lets a reader bound numbers,
// which is where those that cannot be compared are told of.
func (c *check) number(r *rule, n json.Node, quiet bool) bool {
	if len(r.bounds) == 0 && r.multiple == nil {
		return true
	}
	literal := n.Number()
	d := readDecimal(literal)
	if !c.spend(len(literal) / 16) {
		return false
	}
	if d.beyond {
		return c.violated(quiet, func() string { return incomparable })
	}
	ok := true
	for i := range r.bounds {
		b := &r.bounds[i]
		// The text of the payload is told, not a number read from it: its author looks
		// for what was written.
		if !b.holds(&d) {
			if ok = c.violated(quiet, func() string { return b.broken(literal) }); quiet {
				return false
			}
		}
	}
	if r.multiple == nil {
		return ok
	}
	if !c.spend(r.multiple.steps(&d)) {
		return false
	}
	if !r.multiple.divides(&d) {
		ok = c.violated(quiet, func() string { return "multipleOf: got " + plain(literal) + ", want " + r.multiple.String() })
	}
	return ok
}

// Validation draft 4 section 5.2: a length counts characters, not bytes or UTF-16
// units. A pattern may match anywhere in the text (section 3.3).
func (c *check) text(r *rule, s string, quiet bool) bool {
	ok := true
	if r.minLength != nil || r.maxLength != nil {
		if !c.spend(len(s) / 16) {
			return false
		}
		// RFC 8259 section 7 writes characters beyond U+FFFF as two escapes, which are
		// one character here.
		length := utf8.RuneCountInString(s)
		if r.minLength != nil && length < *r.minLength {
			ok = c.violated(quiet, func() string {
				return fmt.Sprintf("string is too short (length: %d, required minimum: %d)", length, *r.minLength)
			})
		}
		if r.maxLength != nil && length > *r.maxLength {
			ok = c.violated(quiet, func() string {
				return fmt.Sprintf("string is too long (length: %d, maximum allowed: %d)", length, *r.maxLength)
			})
		}
	}
	if r.pattern == nil || !ok && quiet {
		return ok
	}
	matches, err := c.matches(r.pattern, s)
	if err != nil {
		return false
	}
	if !matches {
		ok = c.violated(quiet, func() string {
			return "ECMA 262 regex " + strconv.Quote(r.pattern.String()) + " does not match input string " + strconv.Quote(cut(s))
		})
	}
	return ok
}

// matches looks for a pattern, whose steps are work of the check: a pattern that
// backtracks is the cheapest way to make a short payload expensive.
func (c *check) matches(p *pattern.Pattern, s string) (bool, error) {
	if !c.spend(1) {
		return false, c.over
	}
	found, err := p.FindWithin(s, &c.work)
	if err != nil {
		c.work = -1
		c.spend(0)
		return false, c.over
	}
	return found != nil, nil
}

// combined holds a value against what is made of other schemas (validation draft
// 4 sections 5.5.3 to 5.5.6). Of anyOf, oneOf and not only the outcome is told:
// each of several schemas has its own reason, and none of them is the reason.
func (c *check) combined(r *rule, n json.Node, quiet bool) bool {
	ok := true
	// Validation draft 4 section 5.5.6. It is asked quietly: the violations of a
	// schema that shall fail are no faults of the payload.
	for _, not := range r.not {
		if c.value(not, n, true) && c.over == nil {
			ok = c.violated(quiet, func() string { return "instance matched a schema which it should not have" })
		}
	}
	// Validation draft 4 section 5.5.3. Here each reason counts, for each schema
	// must hold.
	for _, one := range r.all {
		if !ok && quiet || c.over != nil {
			return false
		}
		ok = c.value(one, n, quiet) && ok
	}
	if !ok && quiet || c.over != nil {
		return false
	}
	// Validation draft 4 section 5.5.4: one that holds is enough, so the others are
	// not looked at.
	if len(r.any) > 0 && !slices.ContainsFunc(r.any, func(one *rule) bool { return c.value(one, n, true) }) {
		ok = c.violated(quiet, func() string { return "instance failed to match at least one required schema" })
	}
	if len(r.one) > 0 && (ok || !quiet) {
		// Validation draft 4 section 5.5.5: exactly one. A second one decides, so
		// nothing is looked at behind it.
		matched := 0
		for i := 0; i < len(r.one) && matched < 2; i++ {
			if c.value(r.one[i], n, true) {
				matched++
			}
		}
		if matched != 1 {
			ok = c.violated(quiet, func() string { return fmt.Sprintf("instance failed to match exactly one schema (matched %d)", matched) })
		}
	}
	return ok
}
