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
		{"long", `["` + strings.Repeat("lorem ipsum dolor ", 5000) + `"]`},
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

func BenchmarkFind(b *testing.B) {
	item := `{"id":12345,"name":"a name of some length","tags":["a","bc"],"price":12.5,"ok":true},`
	dense := `{"action":"x","items":[` + strings.Repeat(item, 100<<10/len(item)) + `null],"action":"send"}`
	text := `{"action":"x","data":"` + strings.Repeat("lorem ipsum dolor sit amet ", 4000) + `","action":"send"}`
	for _, bb := range []struct{ name, text string }{
		{"1KB", `{"id":"0123456789abcdef","body":"` + strings.Repeat("word ", 165) + `","list":[1,2,3,{"a":"b"}],"item":` + item + `"action":"send"}`},
		{"100KB dense", dense},
		{"100KB spaced", strings.NewReplacer(",", ",\n        ", ":", ": ").Replace(dense)},
		{"100KB text", text},
	} {
		b.Run(bb.name, func(b *testing.B) {
			msg := []byte(bb.text)
			b.ReportAllocs()
			b.SetBytes(int64(len(msg)))
			for b.Loop() {
				if raw, ok := Find(msg, "action"); !ok || string(raw) != `"send"` {
					b.Fatalf("got %q, %v", raw, ok)
				}
			}
		})
	}
}
