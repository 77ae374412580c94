package json

import (
	"strings"
	"testing"
)

const order = `{"action":"create","meta":{"k":"v","n":[1,2,3]},"items":[` +
	`{"id":1,"name":"first thing","qty":3,"price":12.5,"tags":["a","b"]},` +
	`{"id":2,"name":"the \"second\"","qty":1,"price":99,"tags":[]},` +
	`{"id":3,"name":"third","qty":5,"price":10,"tags":["x","y","z"]}]}`

func BenchmarkParse(b *testing.B) {
	spaced := strings.NewReplacer(",", ",\n    ", ":", ": ").Replace(order)
	for _, bb := range []struct{ name, text string }{
		{"small", `{"type":"msg","data":{"a":1}}`},
		{"order", order},
		{"spaced", spaced},
		{"long", `["` + strings.Repeat(order[:0]+"lorem ipsum dolor ", 5000) + `"]`},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(bb.text)))
			for b.Loop() {
				d, err := Parse(bb.text)
				if err != nil {
					b.Fatal(err)
				}
				d.Release()
			}
		})
	}
}

func BenchmarkWrite(b *testing.B) {
	d, err := Parse(order)
	if err != nil {
		b.Fatal(err)
	}
	for _, s := range []struct {
		name  string
		style Style
	}{{"compact", Compact}, {"printed", Printed}, {"java", Java}} {
		b.Run(s.name, func(b *testing.B) {
			b.ReportAllocs()
			var dst []byte
			for b.Loop() {
				dst, _ = d.Root().Append(dst[:0], s.style, 0)
			}
		})
	}
}

func BenchmarkGet(b *testing.B) {
	d, err := Parse(order)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		items, _ := d.Root().Get("items")
		for it := items.Iter(); it.Next(); {
			if v, ok := it.Node().Get("price"); !ok || v.Kind() < Int {
				b.Fatal("no price")
			}
		}
	}
}
