package vtl

import (
	"errors"
	"time"

	"github.com/dragoman-gateway/dragoman/mapping/vtl/java"
)

// DefaultTemplate is how many bytes a template may have unless Limits says otherwise.
//
// Documented: API Gateway Developer Guide, "Amazon API Gateway quotas and important
// notes", mapping template size.
const DefaultTemplate = 300 << 10

// Limits keeps templates from taking a server down. A zero field means its
// default.
type Limits struct {
	Template int           // bytes of a template: 300 KB
	Nesting  int           // directives, brackets and quoted strings within each other: 400
	Output   int           // bytes of a rendering, and of any one string: 10 MB
	Memory   int           // bytes that a rendering holds at once, its payload aside: 16 MiB
	Elements int           // elements of one list, map or range: 1,000,000
	Rounds   int           // rounds of one #foreach, which then ends: 1,000 for API Gateway, none for Velocity
	Work     int           // steps, each weighted by the size of what it touches; about 10 ns each: 8,000,000
	Time     time.Duration // of a rendering, with what it waits for others: 5 s
}

// What a rendering was given up for; errors.Is finds them in a RenderError.
var (
	ErrOutput   = java.ErrOutput
	ErrMemory   = java.ErrMemory
	ErrElements = java.ErrElements
	ErrWork     = java.ErrWork
	ErrTime     = errors.New("the rendering takes too long")
	ErrShared   = errors.New("all templates together use too much memory, and this one the most")
)

// bounds are the limits that values look at themselves.
func (l *Limits) bounds() java.Bounds {
	return java.Bounds{Output: l.Output, Memory: l.Memory, Elements: l.Elements}
}

// usual are the limits of most templates, which need not be made for each that is parsed.
var usual = Limits{}.filled(false)

func (l Limits) withDefaults(stock bool) *Limits {
	if l == (Limits{}) && !stock {
		return &usual
	}
	own := l.filled(stock) // which l itself must not be: it would be an allocation each time
	return &own
}

func (l Limits) filled(stock bool) Limits {
	def := func(field *int, v int) {
		if *field == 0 {
			*field = v
		}
	}
	def(&l.Template, DefaultTemplate)
	def(&l.Nesting, 400)
	def(&l.Output, 10<<20)
	def(&l.Memory, 16<<20)
	def(&l.Elements, 1_000_000)
	def(&l.Work, 8_000_000)
	if stock {
		// Source: directive.foreach.maxloops of Velocity 1.7 is -1 by default: no bound.
		def(&l.Rounds, 1<<31-1)
	}
	// Documented: API Gateway Developer Guide, quotas: iterations of #foreach.
	def(&l.Rounds, 1000)
	if l.Time == 0 {
		l.Time = 5 * time.Second
	}
	return l
}
