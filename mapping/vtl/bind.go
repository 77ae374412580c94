package vtl

import (
	"github.com/dragoman-gateway/dragoman/mapping/jsonpath"
	"github.com/dragoman-gateway/dragoman/mapping/vtl/syntax"
)

// binder keeps with the nodes of a template what their evaluation needs.
type binder Template

var _ syntax.Binder = (*binder)(nil)

// Property notes what the name can stand for.
func (b *binder) Property(p *syntax.Property) { p.ID = beanIDs[p.Name] }

// Call notes the method, and compiles what the arguments fix: a JSON path that
// stands in the template. A broken one is left to fail when it is reached.
func (b *binder) Call(c *syntax.Call) (drops bool) {
	m := methodNames[c.Name]
	c.ID = uint16(m)
	if len(c.Args) == 1 && (m == mPath || m == mJson) {
		if l, ok := c.Args[0].(*syntax.Literal); ok && l.Kind == syntax.String && l.Text != "$" {
			if p, err := jsonpath.Compile(l.Text); err == nil {
				c.Bound = p
			}
		}
	}
	return dropsValues(m)
}

// dropsValues tells the methods that can take a value out of a collection.
func dropsValues(m methodID) bool {
	switch m {
	case mClear, mRemove, mRemoveAll, mRetainAll, mPut, mPutAll, mSet, mSetValue, mReplace:
		return true
	}
	return false
}

// Reference notes whether the template can use $foreach after its loop.
func (b *binder) Reference(r *syntax.Reference, name string) {
	if name == "foreach" && outlives(r) {
		b.keepsScopes = true
	}
}
