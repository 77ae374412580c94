package console

import (
	"encoding/json"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// call makes a call of the browser's protocol whose answer says nothing.
func call[P, R any](b *browser, command cdp.Command[P, R], p P) error {
	_, err := chromedp.Call(b.ctx, command, p)
	return err
}

// node is something that the page shows, as its accessibility tree has it.
type node struct {
	b          *browser
	id         cdp.BackendNodeID
	role, name string
}

// all are the nodes with a role and a name ("" for any), within another or in the page.
func (b *browser) all(role, name string, within ...*node) []*node {
	query := accessibility.QueryAXTreeParams{Role: role, AccessibleName: name}
	if len(within) > 0 && within[0] != nil {
		query.BackendNodeID = within[0].id
	} else {
		document, err := chromedp.Call(b.ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: "document"})
		if err != nil || document.Result == nil {
			return nil
		}
		query.ObjectID = document.Result.ObjectID
	}
	answer, err := chromedp.Call(b.ctx, accessibility.QueryAXTree, query)
	if err != nil {
		return nil // the page is being replaced
	}
	var found []*node
	for _, n := range answer.Nodes {
		if !n.Ignored && n.BackendDOMNodeID != 0 && (name == "" || textOf(n.Name) == name) {
			found = append(found, &node{b, n.BackendDOMNodeID, textOf(n.Role), textOf(n.Name)})
		}
	}
	return found
}

func textOf(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	var text string
	_ = json.Unmarshal(v.Value, &text)
	return text
}

// find waits for the one node with a role and a name, within another or in the page.
func (b *browser) find(role, name string, within ...*node) (found *node) {
	b.t.Helper()
	b.until("one "+role+" "+name, func() bool {
		all := b.all(role, name, within...)
		if len(all) == 1 {
			found = all[0]
		}
		return found != nil
	})
	return found
}

// has says whether there is such a node now.
func (b *browser) has(role, name string, within ...*node) bool {
	return len(b.all(role, name, within...)) > 0
}

// gone waits until there is no such node.
func (b *browser) gone(role, name string, within ...*node) {
	b.t.Helper()
	b.until("no "+role+" "+name, func() bool { return !b.has(role, name, within...) })
}

// containing waits for a node of a role whose name has all parts in it.
func (b *browser) containing(role string, parts ...string) (found *node) {
	b.t.Helper()
	b.until("a "+role+" with "+strings.Join(parts, ", "), func() bool {
		for _, n := range b.all(role, "") {
			has := true
			for _, part := range parts {
				has = has && strings.Contains(n.name, part)
			}
			if has {
				found = n
			}
		}
		return found != nil
	})
	return found
}

// click clicks on a node with the mouse, once it stands still.
func (b *browser) click(role, name string, within ...*node) {
	b.t.Helper()
	b.find(role, name, within...).click()
}

// fill types a text into the field with a label, in place of what stands there.
func (b *browser) fill(label, text string, within ...*node) {
	b.t.Helper()
	var field *node
	b.until("one field "+label, func() bool {
		var all []*node
		for _, role := range []string{"textbox", "searchbox", "spinbutton"} {
			all = append(all, b.all(role, label, within...)...)
		}
		if len(all) == 1 {
			field = all[0]
		}
		return field != nil
	})
	field.click()
	b.press("a", chromedp.KeyModifiers(kb.ModifierCtrl))
	b.press(kb.Delete)
	b.press(text)
}

// choose chooses what a select with a label shows as option.
func (b *browser) choose(label, option string) {
	b.t.Helper()
	field := b.find("combobox", label)
	b.until(label+" offers "+option, func() bool {
		return field.eval(`function(option) {
			const found = [...this.options].find((o) => o.text === option);
			if (!found) return false;
			this.value = found.value;
			this.dispatchEvent(new Event('input', {bubbles: true}));
			this.dispatchEvent(new Event('change', {bubbles: true}));
			return true;
		}`, option) == true
	})
}

// click scrolls a node into view and clicks on its middle.
func (n *node) click() {
	b := n.b
	b.t.Helper()
	b.until(n.role+" "+n.name+" can be clicked", func() bool {
		if call(b, dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{BackendNodeID: n.id}) != nil {
			return false
		}
		quads, err := chromedp.Call(b.ctx, dom.GetContentQuads, dom.GetContentQuadsParams{BackendNodeID: n.id})
		if err != nil || len(quads.Quads) == 0 {
			return false
		}
		q := quads.Quads[0]
		x, y := (q[0]+q[2]+q[4]+q[6])/4, (q[1]+q[3]+q[5]+q[7])/4
		// What lies over it would be clicked instead.
		if n.eval(`function(x, y) { const at = document.elementFromPoint(x, y); return at !== null && (this === at || this.contains(at) || at.contains(this)); }`, x, y) != true {
			return false
		}
		return chromedp.Do(b.ctx, chromedp.MouseClickXY(x, y)) == nil
	})
}

// text is what a node shows, with the line ends and spaces that it has.
func (n *node) text() string {
	text, _ := n.eval(`function() { return this.textContent; }`).(string)
	return text
}

// value is what stands in a field.
func (n *node) value() string {
	text, _ := n.eval(`function() { return this.value; }`).(string)
	return text
}

// attribute is one of its element, "" for none.
func (n *node) attribute(name string) string {
	text, _ := n.eval(`function(name) { return this.getAttribute(name) ?? ''; }`, name).(string)
	return text
}

// eval calls a function with the node's element as this; nil where it is gone.
func (n *node) eval(function string, arguments ...any) (answer any) {
	object, err := chromedp.Call(n.b.ctx, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: n.id})
	if err != nil || object.Object == nil {
		return nil
	}
	p := runtime.CallFunctionOnParams{FunctionDeclaration: function, ObjectID: object.Object.ObjectID, ReturnByValue: new(true)}
	for _, a := range arguments {
		text, _ := json.Marshal(a)
		p.Arguments = append(p.Arguments, &runtime.CallArgument{Value: text})
	}
	got, err := chromedp.Call(n.b.ctx, runtime.CallFunctionOn, p)
	if err != nil || got.Result == nil || got.ExceptionDetails != nil {
		return nil
	}
	_ = json.Unmarshal(got.Result.Value, &answer)
	return answer
}

// node is the node of an expression's element.
func (b *browser) node(expression string) *node {
	b.t.Helper()
	object, err := chromedp.Call(b.ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: expression})
	must(b.t, err)
	tree, err := chromedp.Call(b.ctx, accessibility.GetPartialAXTree, accessibility.GetPartialAXTreeParams{ObjectID: object.Result.ObjectID})
	must(b.t, err)
	for _, n := range tree.Nodes {
		if n.BackendDOMNodeID != 0 {
			return &node{b, n.BackendDOMNodeID, textOf(n.Role), textOf(n.Name)}
		}
	}
	b.t.Fatalf("%s is not in the page", expression)
	return nil
}
