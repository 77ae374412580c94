package syntax

import "strings"

// isDirective tells the words that the directives stand for. API Gateway has
// no evaluate, parse and include.
//
// Source: directive.properties of Velocity 1.7 lists all of them.
//
// Observed: API Gateway prints #evaluate with its arguments as it stands.
func (p *parser) isDirective(name string) bool {
	switch name {
	case "foreach", "macro", "literal", "break", "define", "stop":
		return true
	case "evaluate", "parse", "include":
		return p.Stock
	}
	return false
}

// arguments are what stands in the parentheses of a directive.
type arguments []parsed

// words is a directive that was read: #name(args) body #end.
type words struct {
	name  string
	first int
	args  arguments
	body  *Block // nil without one
	begin int    // of the body
	last  int    // of the body
}

// directive reads #word, with its arguments if a parenthesis follows and with
// its body if it has one. A word that is no directive is the call of a macro
// that may be defined elsewhere, and prints its source if it is not.
func (p *parser) directive() Node {
	p.enter()
	outer := len(p.space.args)
	n := p.wholeDirective()
	p.space.args = p.space.args[:outer]
	p.leave()
	return n
}

func (p *parser) wholeDirective() Node {
	drops := p.space.drops
	t := p.take(p.kind())
	image := p.lex.image(t)
	w := words{name: image[1:], first: t}
	if p.kindOf(t) == tkBracketedWord {
		w.name = image[2 : len(image)-1]
	}
	// Source: the Directive production of Parser.jjt: without a parenthesis, which may
	// stand on another line, the word is all, and the rest is text again.
	p.lex.state = inDir
	if !p.lex.parenFollows() {
		if w.name == "macro" {
			p.fail(t, "#macro needs at least a name")
		}
		p.lex.pop()
		return p.build(&w)
	}
	w.args = p.directiveArgs(t, w.name)
	if !p.hasBlock(w.name) {
		return p.build(&w)
	}
	straight := p.straight
	p.straight = straight && p.isDirective(w.name) && w.name != "literal" // of which the tokens are wanted
	w.begin = p.tok + 1
	w.body = p.block()
	w.last = p.tok
	p.close()
	p.straight = straight
	if w.name == "macro" {
		p.named(&w)
	}
	n := p.build(&w)
	if d, ok := n.(*Define); ok {
		d.Drops = p.space.drops != drops
	}
	p.space.drops++ // a loop's variable, a block's, or what a macro does
	return n
}

// named notes that there is a macro of a name, which a backslash before its call
// then escapes.
func (p *parser) named(w *words) {
	if len(w.args) == 0 {
		p.fail(w.first, "#macro needs a name")
	}
	if p.macros == nil {
		p.macros = map[string]bool{}
	}
	p.macros[p.lex.image(w.args[0].first)] = true
}

// hasBlock tells the directives that an #end closes.
//
// Source: Foreach, Macro, Literal and Define of Velocity 1.7 are of type BLOCK, the
// others of type LINE; #@name is a macro that is called with a body.
func (p *parser) hasBlock(name string) bool {
	switch name {
	case "foreach", "macro", "literal", "define":
		return true
	}
	return strings.HasPrefix(name, "@")
}

// directiveArgs reads the arguments in parentheses.
func (p *parser) directiveArgs(t int, name string) arguments {
	open := len(p.space.args)
	p.blank()
	p.take(tkOpenParen)
	for p.beginsDirectiveArg() {
		p.blank()
		if p.optional(tkComma) {
			p.blank()
		}
		arg := p.directiveArg()
		isWord := p.kindOf(arg.first) == tkWord
		switch {
		case name == "macro" && len(p.space.args) == open && !isWord:
			p.fail(t, "the first argument of #macro is its name, without quotes")
		case isWord && p.isDirective(name) &&
			!(name == "macro" && len(p.space.args) == open) && !(name == "foreach" && len(p.space.args) == open+1):
			p.fail(t, "a bare word cannot stand in #"+name)
		}
		p.space.args = append(p.space.args, arg)
	}
	p.blank()
	p.take(tkCloseParen)
	return p.space.args[open:]
}

// beginsDirectiveArg looks two tokens ahead for an argument, behind white
// space or a comma. With two of those it takes for granted that one follows, and what
// does not is a fault.
//
// Source: LOOKAHEAD(2) of the Directive production of Parser.jjt.
func (p *parser) beginsDirectiveArg() bool {
	n := 1
	for _, k := range [...]tokenKind{tkSpace, tkComma, tkSpace} {
		if p.kindOf(p.ahead(n)) == k {
			if n++; n > 2 {
				return true // two tokens matched; that is as far as it looks
			}
		}
	}
	k := p.kindOf(p.ahead(n))
	return k == tkWord || beginsArgument(k) && k != tkSpace
}

// directiveArg is one argument: a single value, never an operation.
//
// Source: the DirectiveArg production of Parser.jjt of Velocity 1.7.
func (p *parser) directiveArg() parsed {
	switch p.kind() {
	case tkWord:
		return p.constant(p.take(tkWord), Literal{Kind: Word})
	case tkString:
		return p.stringLiteral()
	case tkInteger:
		return p.integerLiteral()
	}
	return p.compound()
}

// build makes the node of a directive. Faults of its arguments show when
// rendering begins.
func (p *parser) build(w *words) Node {
	at := p.since(w.first)
	switch {
	case !p.isDirective(w.name):
		return p.macroCall(w, at)
	case p.hasBlock(w.name) && w.body == nil:
		// Without parentheses it has no children, and its set-up fails.
		p.deferred(w.first, "#"+w.name+" needs arguments")
		return nil
	}
	switch w.name {
	case "foreach":
		return p.foreach(w, at)
	case "define":
		if len(w.args) != 1 {
			p.deferred(w.first, "#define needs one argument, the name of the block")
			return nil
		}
		return &Define{Range: at, Name: w.args[0].Node, Slot: p.slot(afterFirst(p.lex.image(w.args[0].first))), Body: w.body}
	case "literal":
		return p.literalText(w, at)
	case "macro":
		return p.macro(w, at)
	case "break":
		return &Break{Range: at, Scope: p.only(w)}
	case "stop":
		return &Stop{Range: at, Message: p.only(w)}
	}
	if w.name == "evaluate" && len(w.args) != 1 {
		p.deferred(w.first, "#evaluate needs one argument")
	}
	return &Evaluate{Range: at, Name: w.name, Args: p.nodes(w.args)}
}

// only is the one argument that a directive may have.
//
// Source: Break.init and Stop.init of Velocity 1.7 refuse more than one.
func (p *parser) only(w *words) Node {
	if len(w.args) > 1 {
		p.deferred(w.first, "#"+w.name+" takes at most one argument")
	}
	if len(w.args) != 1 {
		return nil
	}
	return w.args[0].Node
}

func (p *parser) nodes(args arguments) []Node {
	var few [6]Node
	list := few[:0]
	for _, a := range args {
		list = append(list, a.Node)
	}
	return p.space.lists.keep(list)
}

func afterFirst(image string) string {
	if image == "" {
		return ""
	}
	return image[1:]
}

// foreach takes its arguments and the block for one list, of which it wants the
// third and the fourth.
//
// Source: Foreach.init and render of Velocity 1.7 take their children by number and never
// look at the word between, so that "of" does as well as "in".
func (p *parser) foreach(w *words, at Range) Node {
	n := p.space.loops.next()
	n.Range, n.Args, n.Block, n.Body = at, p.nodes(w.args), w.body, w.body
	switch len(w.args) {
	case 0:
		n.Slot = p.slot("")
	default:
		if r, ok := w.args[0].Node.(*Reference); ok {
			n.Slot = int(r.Slot)
		} else {
			n.Slot = p.slot(afterFirst(p.lex.image(w.args[0].first)))
		}
	}
	switch len(w.args) {
	case 0, 1:
		n.Broken = true
	case 2:
		n.Over, n.Body = w.body, &Block{} // the block's value is null, so the loop does nothing
	case 3:
		n.Over = n.Args[2]
	default:
		n.Over, n.Body = n.Args[2], n.Args[3]
	}
	return n
}

// literalText is the source of the first argument or of the body.
//
// Source: Literal.init of Velocity 1.7 takes the literal of its first child, whatever
// that is.
func (p *parser) literalText(w *words, at Range) Node {
	if len(w.args) > 0 {
		return p.made(p.spanLiteral(w.args[0].first, w.args[0].last), at)
	}
	if p.kindOf(w.begin) == tkEnd {
		p.deferred(w.begin, "#literal without a body")
		return nil
	}
	return p.made(p.spanLiteral(w.begin, w.last), at)
}

// macro notes a definition, of which the first of a name stays. API Gateway has no
// macros; what it refuses is checked and dropped.
//
// Source: velocimacro.permissions.allow.inline.to.replace.global of Velocity 1.7 is false
// by default.
//
// Observed: API Gateway prints a call of a macro as it stands.
func (p *parser) macro(w *words, at Range) Node {
	n := &Macro{Range: at, Name: p.lex.image(w.args[0].first), Args: p.nodes(w.args), Body: w.body}
	if !p.Stock || p.t.Macros[n.Name] != nil {
		return n
	}
	for _, a := range w.args[1:] {
		n.Params = append(n.Params, p.slot(strings.TrimPrefix(p.lex.image(a.first), "$")))
	}
	if p.t.Macros == nil {
		p.t.Macros = map[string]*Macro{}
	}
	p.t.Macros[n.Name] = n
	return n
}

// macroCall is #name(…) of anything that is no directive.
func (p *parser) macroCall(w *words, at Range) Node {
	// A block macro without parentheses has no body to close, so it is a text.
	if strings.HasPrefix(w.name, "@") && w.body == nil {
		return p.made("#"+w.name, at)
	}
	source := p.images(w.first, p.tok)
	if !p.Stock {
		return p.made(source, at)
	}
	return &MacroCall{
		Range: at, Name: strings.TrimPrefix(w.name, "@"), Source: source, Args: p.nodes(w.args),
		Body: w.body, Content: p.slot("bodyContent"),
	}
}

// images joins the tokens without what was pending before them.
func (p *parser) images(first, last int) string {
	var b strings.Builder
	for t := first; t <= last; t++ {
		b.WriteString(p.lex.image(t))
	}
	return b.String()
}
