package json

import (
	stdjson "encoding/json"
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	for _, tt := range []struct {
		name, text, path, want string
		valid                  bool
	}{
		{"string", `{"action":"send"}`, "action", `"send"`, true},
		{"number", ` { "a" : 12.5e3 } `, "a", `12.5e3`, true},
		{"container", `{"a":{"b":[1,{"a":2}]},"c":1}`, "a", `{"b":[1,{"a":2}]}`, true},
		{"array", `{"x":0,"a":[1,[2]]}`, "a", `[1,[2]]`, true},
		{"nested", `{"a":{"b":"x"}}`, "a.b", `"x"`, true},
		{"three levels", `{"a":{"z":{"c":0},"b":{"c":7}}}`, "a.b.c", `7`, true},
		{"last of two wins", `{"a":1,"b":0,"a":2}`, "a", `2`, true},
		{"last parent wins", `{"a":{"b":1},"a":{"c":2}}`, "a.b", ``, true},
		{"last parent is a scalar", `{"a":{"b":1},"a":5}`, "a.b", ``, true},
		{"last parent is found again", `{"a":{"b":1},"a":{"b":3}}`, "a.b", `3`, true},
		{"same name deeper", `{"x":{"a":1},"y":[{"a":2}]}`, "a", ``, true},
		{"same name in the value", `{"a":{"a":1}}`, "a", `{"a":1}`, true},
		{"name after a matched parent closed", `{"a":{},"b":1}`, "a.b", ``, true},
		{"escaped key", `{"\u0061":1}`, "a", `1`, true},
		{"missing", `{"b":1}`, "a", ``, true},
		{"root array", `[{"a":1}]`, "a", ``, true},
		{"root scalar", `"a"`, "a", ``, true},
		{"empty", ``, "a", ``, false},
		{"blank", ` `, "a", ``, false},
		{"broken after the value", `{"action":"send"`, "action", ``, false},
		{"text after", `{"action":"send"} x`, "action", ``, false},
		{"trailing comma", `{"action":"send",}`, "action", ``, false},
		{"unquoted key", `{action:"send"}`, "action", ``, false},
		{"single quotes", `{'action':'send'}`, "action", ``, false},
		{"leading zero", `{"a":01}`, "a", ``, false},
		{"bare minus", `{"a":-}`, "a", ``, false},
		{"no fraction", `{"a":1.}`, "a", ``, false},
		{"control character", "{\"a\":\"\x01\"}", "a", ``, false},
		{"bad escape", `{"a":"\x41"}`, "a", ``, false},
		{"short unicode", `{"a":"\u12"}`, "a", ``, false},
		{"mismatched brackets", `{"a":[1}}`, "a", ``, false},
		{"deep", strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth), "a", ``, true},
		{"too deep", strings.Repeat("[", MaxDepth+1) + strings.Repeat("]", MaxDepth+1), "a", ``, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			raw, valid := Find([]byte(tt.text), strings.Split(tt.path, ".")...)
			if string(raw) != tt.want || valid != tt.valid {
				t.Errorf("Find(%q, %q) = %q, %v, want %q, %v", tt.text, tt.path, raw, valid, tt.want, tt.valid)
			}
		})
	}
}

func TestFindDoesNotAllocate(t *testing.T) {
	text := []byte(`{"a":{"b":1,"c":"x"},"action":"send"}`)
	if n := testing.AllocsPerRun(100, func() { Find(text, "action") }); n != 0 {
		t.Errorf("Find allocates %v times, want 0", n)
	}
}

// FuzzFind holds Find to the standard library: what is valid, and what the
// last value of a key is.
func FuzzFind(f *testing.F) {
	for _, s := range []string{`{"a":1,"a":{"b":[]}}`, `[1,-0.5e+3,"\ud800",true,null]`, `{"a":"x"`, order} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		raw, valid := Find([]byte(text), "a")
		if want := stdjson.Valid([]byte(text)); valid != want && strings.Count(text, "[")+strings.Count(text, "{") <= MaxDepth {
			t.Fatalf("valid %v, want %v: %q", valid, want, text)
		}
		d, err := ParseStrict(text)
		if valid != (err == nil) {
			t.Fatalf("Find says %v, ParseStrict %v: %q", valid, err, text)
		}
		if err != nil {
			return
		}
		defer d.Release()
		v, ok := d.Root().Get("a")
		if ok != (raw != nil) {
			t.Fatalf("Find found %q, Get %v: %q", raw, ok, text)
		}
		if !ok {
			return
		}
		o, err := ParseStrict(string(raw))
		if err != nil || o.Root().JSON() != v.JSON() {
			t.Fatalf("Find found %q, Get %s: %q", raw, v.JSON(), text)
		}
	})
}
