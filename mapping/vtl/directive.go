package vtl

import "strings"

// isDirective tells the words that the directives stand for. API Gateway has
// no evaluate, parse and include.
func (p *parser) isDirective(name string) bool {
	switch name {
	case "foreach", "macro", "literal", "break", "define", "stop":
		return true
	case "evaluate", "parse", "include":
		return p.t.stock
	}
	return false
}

// arguments are what stands in the parentheses of a directive.
type arguments []parsed

// directive reads #word, with its arguments if a parenthesis follows and with
// its body if it has one. A word that is no directive is the call of a macro
// that may be defined elsewhere, and prints its source if it is not.
func (p *parser) directive() node {
	p.enter()
	defer p.leave()
	first, drops := p.ahead(1), p.space.drops
	t := p.take(first.kind)
	name := t.image[1:]
	if t.kind == tkBracketedWord {
		name = t.image[2 : len(t.image)-1]
	}
	p.lex.state = inDir
	if !p.lex.parenFollows() {
		if name == "macro" {
			p.fail(t, "#macro needs at least a name")
		}
		p.lex.pop()
		return p.build(name, first, nil, nil, nil)
	}
	var few [4]parsed
	args := p.directiveArgs(t, name, few[:0])
	if !p.hasBlock(name) {
		return p.build(name, first, args, nil, nil)
	}
	begin := p.ahead(1)
	body := p.block()
	end := p.tok
	p.take(tkEnd)
	if name == "macro" {
		if len(args) == 0 {
			p.fail(t, "#macro needs a name")
		}
		if p.macros == nil {
			p.macros = map[string]bool{}
		}
		p.macros[args[0].first.image] = true
	}
	n := p.build(name, first, args, body, &span{begin, end})
	if d, ok := n.(*defineNode); ok {
		d.drops = p.space.drops != drops
	}
	p.space.drops++ // a loop's variable, a block's, or what a macro does
	return n
}

// dropsValues tells the methods that can take a value out of a collection.
func dropsValues(m methodID) bool {
	switch m {
	case mClear, mRemove, mRemoveAll, mRetainAll, mPut, mPutAll, mSet, mSetValue, mReplace:
		return true
	}
	return false
}

type span struct{ first, last *token }

func (p *parser) hasBlock(name string) bool {
	switch name {
	case "foreach", "macro", "literal", "define":
		return true
	}
	return strings.HasPrefix(name, "@")
}

// directiveArgs reads the arguments in parentheses, into args.
func (p *parser) directiveArgs(t *token, name string, args arguments) arguments {
	p.optional(tkSpace)
	p.take(tkOpenParen)
	for p.beginsDirectiveArg() {
		p.optional(tkSpace)
		if p.optional(tkComma) {
			p.optional(tkSpace)
		}
		arg := p.directiveArg()
		isWord := arg.first.kind == tkWord
		switch {
		case name == "macro" && len(args) == 0 && !isWord:
			p.fail(t, "the first argument of #macro is its name, without quotes")
		case isWord && p.isDirective(name) &&
			!(name == "macro" && len(args) == 0) && !(name == "foreach" && len(args) == 1):
			p.fail(t, "a bare word cannot stand in #"+name)
		}
		args = append(args, arg)
	}
	p.optional(tkSpace)
	p.take(tkCloseParen)
	return args
}

// beginsDirectiveArg looks two tokens ahead for an argument, behind white
// space or a comma.
func (p *parser) beginsDirectiveArg() bool {
	n := 1
	for _, k := range [...]tokenKind{tkSpace, tkComma, tkSpace} {
		if p.ahead(n).kind == k {
			if n++; n > 2 {
				return true // two tokens matched; that is as far as it looks
			}
		}
	}
	k := p.ahead(n).kind
	return k == tkWord || beginsArgument(k) && k != tkSpace
}

func (p *parser) directiveArg() parsed {
	switch p.kind() {
	case tkWord:
		t := p.take(tkWord)
		return parsed{p.constant(Value{}), t, t}
	case tkString:
		return p.stringLiteral()
	case tkInteger:
		return p.integerLiteral()
	}
	return p.compound()
}

// build makes the node of a directive. Faults of its arguments show when
// rendering begins.
func (p *parser) build(name string, first *token, args arguments, body *blockNode, at *span) node {
	offset := p.base + first.begin
	switch {
	case !p.isDirective(name):
		return p.macroCall(name, first, args, body)
	case p.hasBlock(name) && body == nil:
		// Without parentheses it has no children, and its set-up fails.
		p.deferred(first, "#"+name+" needs arguments")
		return nil
	}
	switch name {
	case "foreach":
		return p.buildForeach(first, args, body)
	case "define":
		if len(args) != 1 {
			p.deferred(first, "#define needs one argument, the name of the block")
			return nil
		}
		return &defineNode{slot: p.t.slot(afterFirst(args[0].first.image)), body: body, offset: offset}
	case "literal":
		return p.literalText(args, at)
	case "macro":
		p.define(args, body)
		return nil
	case "break":
		if len(args) > 1 {
			p.deferred(first, "#break takes at most one argument")
			return nil
		}
		n := &breakNode{offset: offset}
		if len(args) == 1 {
			n.scope = args[0].node
		}
		return n
	case "stop":
		if len(args) > 1 {
			p.deferred(first, "#stop takes at most one argument")
		}
		n := &stopNode{}
		if len(args) == 1 {
			n.message = args[0].node
		}
		return n
	}
	return p.stockDirective(name, first, args)
}

func afterFirst(image string) string {
	if image == "" {
		return ""
	}
	return image[1:]
}

func (p *parser) buildForeach(first *token, args arguments, body *blockNode) node {
	n := &foreachNode{offset: p.base + first.begin}
	var few [6]node
	children := few[:0]
	for _, a := range args {
		children = append(children, a.node)
	}
	children = append(children, body)
	if len(args) == 0 {
		n.slot = p.t.slot("")
	} else if r, ok := args[0].node.(*refNode); ok {
		n.slot = int(r.slot)
	} else {
		n.slot = p.t.slot(afterFirst(args[0].first.image))
	}
	if len(children) < 3 {
		n.broken = true
		return n
	}
	n.over = children[2]
	if len(children) > 3 {
		n.body = children[3]
	} else {
		n.over, n.body = body, &blockNode{} // the block's value is null, so the loop does nothing
	}
	return n
}

// literalText is the source of the first argument or of the body.
func (p *parser) literalText(args arguments, at *span) node {
	if len(args) > 0 {
		return &textNode{text: args[0].literal(), begin: -1}
	}
	if at.first.kind == tkEnd {
		p.deferred(at.first, "#literal without a body")
		return nil
	}
	return &textNode{text: spanLiteral(at.first, at.last), begin: -1}
}

// stopNode is #stop.
type stopNode struct {
	silent
	message node
}

func (n *stopNode) render(st *state) {
	if n.message != nil {
		n.message.value(st)
	}
	if !st.done {
		st.done, st.why = true, stopAll
	}
}

// breakNode is #break.
type breakNode struct {
	silent
	scope  node
	offset int
}

func (n *breakNode) render(st *state) {
	if n.scope == nil {
		st.done, st.why = true, stopBreak
		return
	}
	v := n.scope.value(st)
	if st.done {
		return
	}
	s, ok := v.o.(*scope)
	if !ok {
		st.at = n.offset
		st.throw("org.apache.velocity.exception.VelocityException: the argument of #break is not a scope such as $foreach")
		return
	}
	st.done, st.why, st.target = true, stopScope, s
}

// defineNode is #define.
type defineNode struct {
	silent
	slot   int
	body   *blockNode
	offset int
	drops  bool // it may take values out of variables and collections
}

// block is what #define stores: it renders anew wherever it is printed.
type block struct {
	node  *defineNode
	body  node // of a macro call; else the node's
	depth int
}

// maxBlocks is how many blocks may be rendered within each other. Java's stack has
// an end too, at some more.
const maxBlocks = 64

// maxBlockDepth is how often a block may stand within itself.
const maxBlockDepth = 2

func (n *defineNode) render(st *state) {
	st.put(n.slot, st.newObject(&block{node: n, body: n.body}, objectSize))
}

// exhausted holds when one more rendering would be too deep.
func (b *block) exhausted() bool { return b.depth >= maxBlockDepth }

func (b *block) render(st *state) {
	if st.blocks++; st.blocks > maxBlocks {
		st.throw("java.lang.StackOverflowError: null")
		return
	}
	outer := st.pause(b.node.drops)
	b.depth++
	b.body.render(st)
	st.resume(outer)
	st.blocks--
	if !st.done || st.why == stopBreak {
		b.depth--
	}
	if st.done && st.why == stopBreak {
		st.done, st.why = false, goOn
	}
}

// append renders the block behind dst, which need not be the output.
func (b *block) append(st *state, dst []byte) []byte {
	if b.exhausted() {
		return append(dst, "null"...)
	}
	kept := st.out
	st.out = dst
	b.render(st)
	dst, st.out = st.out, kept
	return dst
}

func (b *block) place(st *state) string {
	line, column, _ := place(st.t.src, b.node.offset)
	return intText(line) + ":" + intText(column)
}
