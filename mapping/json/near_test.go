package json

import (
	"fmt"
	"testing"
)

// A key is found where it stands, wherever one of the same name stood in the object looked at before.
func TestMembersOfUnlikeObjects(t *testing.T) {
	for _, text := range []string{
		`[{"x":1,"y":2},{"y":2,"x":1},{"y":2},{"z":{"x":9,"y":9},"x":1,"y":2},{"x":1}]`,
		`[{"a":[{"x":9}],"x":1},{"x":1,"a":[{"x":9}]},{"a":[{"x":9}]},{"a":"x","b":"x","x":1}]`,
		`[{"x":9,"x":1},{"x":1},{"x":8,"y":0,"x":1},{"longer than eight":3,"x":1},{}]`,
		`[{'x':1},{x:1},{"y":120,"x":1},{"y":{"z":120},"x":1},{"\u0078":1},{"y":"","":0,"x":1}]`,
		`{"x":1,"o":{"o":{"x":1,"y":2},"y":2,"x":1},"y":2}`,
	} {
		d, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		objects(d.Root(), func(n Node) {
			for _, key := range []string{"x", "y", "", "longer than eight", "x"} {
				var want string // the last one of the name, by walking
				tape := d.tape
				for i := n.at + 1; i < tape[n.at].next; i = d.skip(i + 1) {
					if d.stringAt(i) == key {
						want = Node{d, i + 1}.JSON()
					}
				}
				got := ""
				if v, ok := n.Get(key); ok {
					got = v.JSON()
				}
				if got != want {
					t.Errorf("%s of %s in %s: got %s, want %s", fmt.Sprintf("%q", key), n.JSON(), text, got, want)
				}
			}
		})
		d.Release()
	}
}

// objects calls f with all objects of a value, the outer ones first.
func objects(n Node, f func(Node)) {
	if n.Kind() == Object {
		f(n)
	}
	for it := n.Iter(); it.Next(); {
		objects(it.Node(), f)
	}
}
