package syntax

import "math/big"

// A Range is a part of the template's text: its bytes from Start up to End.
type Range struct{ Start, End int32 }

// At is where a node stands; every node has it by embedding its Range.
func (r Range) At() Range { return r }

// Holds reports whether another range lies within this one.
func (r Range) Holds(other Range) bool { return r.Start <= other.Start && other.End <= r.End }

// A Node is a piece of a template. Its children stand within it, in order and
// without overlap; what stands between them is its own.
type Node interface{ At() Range }

// Tree is a template that was parsed. It never changes.
type Tree struct {
	Text     string            // what was parsed
	Body     []Node            // the statements
	Comments []Range           // what prints nothing and belongs to no statement
	Names    []string          // of all variables; a slot is an index of it
	Macros   map[string]*Macro // of stock Velocity: the first of each name
	slots    map[string]int    // of more than a few names
}

// Text is copied to the output.
type Text struct {
	Range
	Text string // what it prints; backslashes, comments and such may have vanished from it
}

// Block is the body of a directive.
type Block struct {
	Range
	List []Node
}

// If is #if … #elseif … #else … #end.
type If struct {
	Range
	Branches []Branch
	Else     *Block // nil without one
}

// Branch is a condition and what it guards.
type Branch struct {
	Condition Node
	Body      *Block
}

// Set is #set(left = right).
type Set struct {
	Range
	Left  *Reference
	Right Node
	Slot  int // of the variable, when Left has no steps
}

// Foreach is #foreach. The grammar takes any arguments: the third is walked over
// and the fourth is the body, which is the block unless there are too many.
type Foreach struct {
	Range
	Args   []Node
	Block  *Block
	Slot   int  // of the variable
	Over   Node // what is walked over
	Body   Node
	Broken bool // too few arguments: fails when it is reached
}

// Define is #define: a block that is rendered anew wherever it is printed.
type Define struct {
	Range
	Name  Node // as the argument was written
	Slot  int
	Body  *Block
	Drops bool // it may take values out of variables and collections
}

// Macro is #macro. API Gateway checks a definition and drops it.
type Macro struct {
	Range
	Name   string
	Args   []Node // the name first
	Params []int  // slots
	Body   *Block
}

// MacroCall is #name(…) or #@name(…) … #end of stock Velocity.
//
// Source: VTL Reference, "Velocimacros"; velocimacro.body.reference is bodyContent.
type MacroCall struct {
	Range
	Name    string
	Source  string // what it prints without a macro of the name
	Args    []Node
	Body    *Block // nil without one
	Content int    // slot of $bodyContent
}

// Evaluate is #evaluate, #parse or #include of stock Velocity.
type Evaluate struct {
	Range
	Name string
	Args []Node
}

// Break is #break, out of the scope that is its argument if it has one.
type Break struct {
	Range
	Scope Node // or nil
}

// Stop is #stop.
type Stop struct {
	Range
	Message Node // or nil
}

// Reference is a variable and the steps from it, from its $ on. A bare word among
// the arguments of a method is one too.
type Reference struct {
	Range
	Slot    int32
	Quiet   bool // $!: prints nothing without a value
	Escaped bool // an odd number of backslashes: prints its text
	Bare    bool // a bare word among method arguments: always null
	Hidden  bool // $\!name: never has a value in an expression
	Steps   []Step
	Text    string  // as it prints without a value
	Before  *Before // nil in nearly all cases
	Form    uint8   // the Binder's
	only    [1]Step // room for what most have no more of
}

// Before is what belongs to the token of a reference but not to the reference.
type Before struct {
	Range
	Escapes string // backslashes to print
	Prefix  string // characters before the $
}

// Step goes from a value to the next: a *Property, *Call or *Index.
type Step = Node

// Property is .name, without the dot.
type Property struct {
	Range
	Name string
	ID   uint16 // the Binder's
	Hash uint64 // the Binder's
}

// Call is .name(arguments), without the dot.
type Call struct {
	Range
	Name  string
	Args  []Node
	ID    uint16 // the Binder's
	Bound any    // the Binder's
}

// Index is [argument].
type Index struct {
	Range
	Arg Node
}

// LiteralKind tells what a Literal is.
type LiteralKind uint8

const (
	Word     LiteralKind = iota // a bare word among the arguments of a directive: null
	Boolean                     // Int is 0 or 1
	Integer                     // Int fits 32 bits
	Long                        // Int
	Big                         // Big
	Floating                    // Float
	String                      // Text
)

// Literal is a constant: a number, a truth value, a word, or a string without
// references.
type Literal struct {
	Range
	Kind  LiteralKind
	Int   int64
	Float float64
	Big   *big.Int
	Text  string
}

// Interpolated is a string in double quotes with references or directives.
type Interpolated struct {
	Range
	Content Range // between the quotes
	List    []Node
	Trim    bool // the space added behind the text is to be taken away
	Drops   bool // it may take values out of variables and collections
}

// ListLiteral is [a, b].
type ListLiteral struct {
	Range
	Items []Node
}

// MapLiteral is {a: b}; its items are keys and values in turn.
type MapLiteral struct {
	Range
	Items []Node
}

// RangeLiteral is [From..To].
//
// Both ends belong to it, and it may go down.
type RangeLiteral struct {
	Range
	From, To Node
}

// Not is !.
type Not struct {
	Range
	Of Node
}

// Binary is an operation with two operands.
type Binary struct {
	Range
	Op          Op
	Operator    int32 // where the operator stands
	Left, Right Node

	// What stands in the source, which is what a missing operand of a
	// concatenation prints. Of Plus alone.
	LeftText, RightText string
}

// Op is an operator with two operands.
type Op uint8

const (
	Or Op = iota
	And
	Equal
	NotEqual
	Less
	LessEqual
	Greater
	GreaterEqual
	Plus
	Minus
	Times
	Divide
	Modulo
)
