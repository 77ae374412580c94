package json

import (
	"errors"
	"math/big"
	"strconv"
	"strings"
	"testing"
)

func mustParse(t *testing.T, text string) Node {
	t.Helper()
	d, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return d.Root()
}

func get(t *testing.T, n Node, key string) Node {
	t.Helper()
	v, ok := n.Get(key)
	if !ok {
		t.Fatalf("no member %q", key)
	}
	return v
}

func TestChangesShowThroughEveryHandle(t *testing.T) {
	root := mustParse(t, `{"o":{"a":1,"b":2},"l":[1,2,3]}`)
	o, l := get(t, root, "o"), get(t, root, "l")
	same := get(t, root, "o")
	if old, had := o.Put("a", "x"); !had || old.Int64() != 1 {
		t.Errorf("Put answers %v, %v, want 1", old, had)
	}
	if _, had := o.Put("c", nil); had {
		t.Error("Put says that c was there")
	}
	if old, had := o.Delete("b"); !had || old.Int64() != 2 {
		t.Errorf("Delete answers %v, %v, want 2", old, had)
	}
	l.Insert(3, true)
	l.Insert(0, 1.5)
	l.Set(1, o)
	l.Remove(2)
	if got, want := root.JSON(), `{"o":{"a":"x","c":null},"l":[1.5,{"a":"x","c":null},3,true]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if same != o || same.Len() != 2 {
		t.Errorf("another handle sees %d members", same.Len())
	}
	l.Clear()
	o.Clear()
	if got, want := root.String(), `{o={}, l=[]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestVersionCountsStructuralChanges(t *testing.T) {
	root := mustParse(t, `{"a":1,"l":[1]}`)
	l := get(t, root, "l")
	v0, l0 := root.Version(), l.Version()
	root.Put("a", 2)
	l.Set(0, 2)
	if root.Version() != v0 || l.Version() != l0 {
		t.Error("replacing a value moved the version")
	}
	root.Put("b", 2)
	l.Insert(1, 2)
	if root.Version() == v0 || l.Version() == l0 {
		t.Error("adding a member did not move the version")
	}
}

func TestWrongPlacesAreLeftAlone(t *testing.T) {
	root := mustParse(t, `{"l":[1],"s":"x"}`)
	l, s := get(t, root, "l"), get(t, root, "s")
	for name, done := range map[string]bool{
		"insert beyond the end": l.Insert(2, 1), "insert before the start": l.Insert(-1, 1), "insert into an object": root.Insert(0, 1),
		"insert into a string": s.Insert(0, 1),
	} {
		if done {
			t.Errorf("%s was done", name)
		}
	}
	if _, ok := l.Set(1, 1); ok {
		t.Error("set beyond the end was done")
	}
	if _, ok := l.Remove(-1); ok {
		t.Error("remove before the start was done")
	}
	l.Put("a", 1)
	l.Delete("a")
	s.Clear()
	(Node{}).Put("a", 1)
	if got, want := root.JSON(), `{"l":[1],"s":"x"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestLargeObjects(t *testing.T) {
	var b strings.Builder
	for i := range 100 {
		b.WriteString(`"k` + strconv.Itoa(i%90) + `":` + strconv.Itoa(i) + `,`)
	}
	root := mustParse(t, "{"+b.String()+`"end":1}`)
	if v := get(t, root, "k5"); v.Int64() != 95 {
		t.Errorf("k5 is %d, want the last, 95", v.Int64())
	}
	if root.Len() != 91 {
		t.Errorf("%d members, want 91", root.Len())
	}
	root.Put("more", 1)
	root.Delete("k7")
	if _, ok := root.Get("k7"); ok || root.Len() != 91 || get(t, root, "k89").Int64() != 89 || get(t, root, "more").Kind() != Long {
		t.Errorf("after changes: %s", root.JSON())
	}
	it := root.Iter()
	it.Next()
	if it.Key() != "k0" || it.Node().Int64() != 90 {
		t.Errorf("the first member is %s=%d, want k0=90", it.Key(), it.Node().Int64())
	}
}

// loud is a value of another language.
type loud string

func (l loud) AppendAt(dst []byte, s Style, max, depth int) ([]byte, error) {
	if s == Java {
		return append(dst, l...), nil
	}
	return AppendString(dst, string(l)+"!", s), nil
}

func TestMadeValues(t *testing.T) {
	d := New()
	defer d.Release()
	if d.Root().Kind() != Missing {
		t.Error("a new document has a root")
	}
	o := d.Object()
	for _, m := range []struct {
		key string
		v   any
	}{{"nil", nil}, {"bool", true}, {"int", int32(1)}, {"long", int64(2)}, {"big", big.NewInt(3)}, {"double", 1.5},
		{"text", "a\"/"}, {"foreign", loud("f")}, {"decimal", d.Decimal("1.50")}, {"list", d.Array(d.Value("x"), d.Value(7))}, {"other", struct{}{}}} {
		o.Put(m.key, m.v)
	}
	want := `{"nil":null,"bool":true,"int":1,"long":2,"big":3,"double":1.5,"text":"a\"/","foreign":"f!","decimal":1.50,"list":["x",7],"other":null}`
	if got := o.JSON(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	want = `{nil=null, bool=true, int=1, long=2, big=3, double=1.5, text=a"/, foreign=f, decimal=1.50, list=["x",7], other=null}`
	if got := o.String(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if f := get(t, o, "foreign"); f.Kind() != Foreign || f.Foreign() != loud("f") {
		t.Errorf("the foreign value is %v", f.Foreign())
	}
}

func TestWritingIsBounded(t *testing.T) {
	root := mustParse(t, `{"a":[]}`)
	a := get(t, root, "a")
	a.Insert(0, a)
	if _, err := root.Append(nil, Compact, 0); !errors.Is(err, ErrTooDeep) {
		t.Errorf("a list in itself: got %v, want ErrTooDeep", err)
	}
	self := mustParse(t, `{"b":1}`)
	self.Put("me", self)
	if got := self.String(); got != "{b=1, me=(this Map)}" {
		t.Errorf("an object in itself prints as %s", got)
	}
	n := mustParse(t, `["xxxxxxxxxx"]`)
	for range 40 {
		n = n.Doc().Array(n, n)
	}
	if b, err := n.Append(nil, Printed, 1<<16); !errors.Is(err, ErrTooLong) || len(b) > 1<<17 {
		t.Errorf("doubling: %d bytes, %v, want ErrTooLong", len(b), err)
	}
}

func TestReleasedDocumentsStartAnew(t *testing.T) {
	root := mustParse(t, `{"a":{"b":1}}`)
	get(t, root, "a").Put("c", "kept")
	root.Doc().Release()
	for range 10 {
		again := mustParse(t, `{"a":{"b":2}}`)
		if got := again.JSON(); got != `{"a":{"b":2}}` {
			t.Fatalf("got %s", got)
		}
		again.Doc().Release()
	}
}

func TestItems(t *testing.T) {
	root := mustParse(t, `[10,[11,12],{"a":13},14]`)
	for i, want := range []string{"10", "[11,12]", `{"a":13}`, "14"} {
		if v, ok := root.Item(i); !ok || v.JSON() != want {
			t.Errorf("item %d is %s, want %s", i, v.JSON(), want)
		}
	}
	for _, i := range []int{-1, 4} {
		if _, ok := root.Item(i); ok {
			t.Errorf("there is an item %d", i)
		}
	}
}
