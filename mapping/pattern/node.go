package pattern

// A node is a piece of a parsed pattern.
type node interface{ width() (least, most int) } // in characters; most is unbounded when < 0

const unbounded = -1

type (
	// empty matches nothing of the text.
	empty struct{}
	// char matches one character of a set.
	char struct{ c *class }
	// sequence matches its parts one after the other.
	sequence struct{ parts []node }
	// choice tries its branches in order.
	choice struct{ branches []node }
	// group captures what its body matched.
	group struct {
		index int
		body  node
	}
	// repeat matches its body between min and max times.
	repeat struct {
		body     node
		min, max int
		mode     mode
		isGroup  bool // the body is a group, capturing or not
	}
	// backref matches the text that a group captured.
	backref struct {
		index   int
		fold    bool
		unicode bool
	}
	// look asserts that its body matches, or does not, ahead or behind.
	look struct {
		body           node
		behind, negate bool
		least, most    int  // how far behind, as Java counts
		units          bool // which is in units of UTF-16, unless the pattern goes beyond those
	}
	// atomic matches its body and forgets the alternatives within.
	atomic struct{ body node }
	// anchor asserts something of a place.
	anchor struct{ kind anchorKind }
	// lineBreak is \R. Where it is repeated it never gives back the second
	// half of a carriage return and line feed.
	lineBreak struct{}
)

// mode says how a repetition behaves.
// Documented: the class, Greedy, Reluctant and Possessive quantifiers.
type mode uint8

const (
	greedy mode = iota
	lazy
	possessive
)

type anchorKind uint8

const (
	beginText      anchorKind = iota // \A, and ^ without m
	endText                          // \z
	endTextLine                      // \Z, and $ without m
	endTextUnix                      // the same under d
	beginLine                        // ^ under m
	endLine                          // $ under m
	beginLineUnix                    // under d
	endLineUnix                      // under d
	wordEdge                         // \b
	notWordEdge                      // \B
	unicodeEdge                      // \b under U
	notUnicodeEdge                   // \B under U
	lastMatch                        // \G
)

func (empty) width() (int, int)     { return 0, 0 }
func (char) width() (int, int)      { return 1, 1 }
func (lineBreak) width() (int, int) { return 1, 2 }
func (look) width() (int, int)      { return 0, 0 }
func (anchor) width() (int, int)    { return 0, 0 }
func (backref) width() (int, int)   { return 0, unbounded }
func (g group) width() (int, int)   { return g.body.width() }
func (a atomic) width() (int, int) {
	return a.body.width()
}

func (s sequence) width() (int, int) {
	least, most := 0, 0
	for _, p := range s.parts {
		l, m := p.width()
		least += l
		if m < 0 || most < 0 {
			most = unbounded
		} else {
			most += m
		}
	}
	return least, most
}

func (c choice) width() (int, int) {
	least, most := -1, 0
	for _, b := range c.branches {
		l, m := b.width()
		if least < 0 || l < least {
			least = l
		}
		if m < 0 || most < 0 {
			most = unbounded
		} else {
			most = max(most, m)
		}
	}
	return max(least, 0), most
}

func (r repeat) width() (int, int) {
	l, m := r.body.width()
	if m == 0 || r.max == 0 {
		return 0, 0
	}
	if m < 0 || r.max < 0 {
		return capped(l, r.min), unbounded
	}
	return capped(l, r.min), capped(m, r.max)
}

// capped multiplies without overflow; beyond a billion characters the exact
// width no longer matters.
func capped(a, b int) int {
	const limit = 1 << 30
	if a != 0 && b > limit/a {
		return limit
	}
	return a * b
}
