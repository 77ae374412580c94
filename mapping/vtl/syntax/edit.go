package syntax

// What an editor, a formatter or a debugger asks of a template.

// Parse reads a template for somebody who does not interpret it, and has no Binder.
// The error is an *Error.
func Parse(text string, o Options) (*Tree, error) {
	if o.Binder == nil {
		o.Binder = unbound{}
	}
	t := &Tree{Text: text}
	if err := t.Parse(o); err != nil {
		return nil, err
	}
	return t, nil
}

// unbound is the Binder of trees that nobody interprets.
type unbound struct{}

func (unbound) Property(*Property)   {}
func (unbound) Call(*Call) bool      { return false }
func (unbound) Reference(*Reference) {}
func (unbound) Name(string, int)     {}

// Children are the nodes that a node is made of, in the order of the text.
func Children(n Node) []Node {
	switch n := n.(type) {
	case *Block:
		return n.List
	case *If:
		return n.parts()
	case *Set:
		return []Node{n.Left, n.Right}
	case *Foreach:
		return with(n.Args, n.Block)
	case *Define:
		return []Node{n.Name, n.Body}
	case *Macro:
		return with(n.Args, n.Body)
	case *MacroCall:
		return with(n.Args, n.Body)
	case *Evaluate:
		return n.Args
	case *Break:
		return some(n.Scope)
	case *Stop:
		return some(n.Message)
	}
	return operands(n)
}

// operands are the children of what can stand in parentheses.
func operands(n Node) []Node {
	switch n := n.(type) {
	case *Reference:
		return n.Steps
	case *Call:
		return n.Args
	case *Index:
		return []Node{n.Arg}
	case *Interpolated:
		return n.List
	case *ListLiteral:
		return n.Items
	case *MapLiteral:
		return n.Items
	case *RangeLiteral:
		return []Node{n.From, n.To}
	case *Not:
		return []Node{n.Of}
	case *Binary:
		return []Node{n.Left, n.Right}
	}
	return nil
}

func (n *If) parts() []Node {
	var list []Node
	for _, b := range n.Branches {
		list = append(list, b.Condition, b.Body)
	}
	return with(list, n.Else)
}

func with(list []Node, b *Block) []Node {
	if b == nil {
		return list
	}
	// Into a copy: the list is the tree's own, and others read it.
	return append(list[:len(list):len(list)], b)
}

func some(n Node) []Node {
	// A list of one nothing would be a node to whoever ranges over it.
	if n == nil {
		return nil
	}
	return []Node{n}
}

// Find is the innermost node at a byte of the text, nil if there is none. Of two
// that meet there it is the one that begins.
func (t *Tree) Find(offset int) (found Node) {
	list := t.Body
	for i := 0; i < len(list); i++ {
		// The end is none of the node's: a cursor behind it is at what begins there.
		// Children lie within their parent, so that the search never has to come back.
		if at := list[i].At(); int(at.Start) <= offset && offset < int(at.End) {
			found, list, i = list[i], Children(list[i]), -1
		}
	}
	return found
}

// Print appends the template's text, in which every node for which replace has a
// text stands as that. Without replace it is the text that was parsed.
//
// Each node writes what it was written as: its own bytes around those of its
// children.
func (t *Tree) Print(dst []byte, replace func(Node) (text string, ok bool)) []byte {
	p := printer{t.Text, dst, replace}
	p.list(t.Body, Range{0, int32(len(t.Text))})
	return p.dst
}

type printer struct {
	text    string
	dst     []byte
	replace func(Node) (string, bool)
}

// list writes nodes and what stands before, between and behind them.
func (p *printer) list(nodes []Node, within Range) {
	for _, n := range nodes {
		at := n.At()
		p.dst = append(p.dst, p.text[within.Start:at.Start]...)
		p.node(n)
		within.Start = at.End
	}
	p.dst = append(p.dst, p.text[within.Start:within.End]...)
}

func (p *printer) node(n Node) {
	// What is replaced is not looked into: its text stands for all that is below.
	if p.replace != nil {
		if text, ok := p.replace(n); ok {
			p.dst = append(p.dst, text...)
			return
		}
	}
	p.list(Children(n), n.At())
}
