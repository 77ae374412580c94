package wire

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/cost"
)

// TestWorst: whatever a body says, no operation spends more than the bounds on
// reading and checking it.
func TestWorst(t *testing.T) {
	repeat := func(open, part, end string) string {
		var b strings.Builder
		b.WriteString(open)
		for i := 0; ; i++ {
			next := strings.ReplaceAll(part, "%d", fmt.Sprint(i))
			if b.Len()+len(next)+len(end) > cost.Size {
				break
			}
			b.WriteString(next)
		}
		return b.String() + end
	}
	bodies := map[string]string{
		"unknown members": repeat(`{"a":1`, `,"u%d":1`, "}"),
		"the same member": repeat(`{"name":"a"`, `,"name":"b"`, "}"),
		"nested":          strings.Repeat(`{"a":`, cost.Size/5),
		"lists":           strings.Repeat("[", cost.Size),
		"escapes":         repeat(`{"name":"`, `\u0041`, `"}`),
		"no JSON":         strings.Repeat("x", cost.Size),
		"one number":      `{"x":` + strings.Repeat("9", cost.Size-10) + "}",
	}
	seen := map[*Shape]bool{}
	for i, o := range model().operations {
		for name, body := range bodies {
			if i%10 != 0 { // they are all read alike
				break
			}
			cost.Within(t, func() { _, _ = decode(new(Request), o, nil, "", []byte(body)) })
			if t.Failed() {
				t.Fatalf("%s: %s", o.Name, name)
			}
		}
		for _, m := range o.Input {
			if m.In != InBody || seen[m.Shape] {
				continue
			}
			seen[m.Shape] = true
			for _, value := range []string{
				repeat(`{"k":"v"`, `,"k%d":"v"`, "}"), repeat(`["v"`, `,"v%d"`, "]"), repeat(`[{}`, `,{"a%d":1}`, "]"), repeat(`{"":{}`, `,"k%d":{"a":{}}`, "}"),
				`"` + strings.Repeat("a", cost.Size) + `"`, `"` + strings.Repeat("é", cost.Size/2) + `"`, strings.Repeat("1", cost.Size), "1e999999999", `{"":` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + "}",
			} {
				body := fmt.Sprintf("{%q:%s}", m.Wire, value)
				cost.Within(t, func() { _, _ = decode(new(Request), o, nil, "", []byte(body)) })
				if t.Failed() {
					t.Fatalf("%s: %s %.60s", o.Name, m.Wire, value)
				}
			}
		}
	}
	for _, query := range []string{strings.Repeat("a&", cost.Size/2), strings.Repeat("%41", cost.Size/3), repeat("a=b", "&k%d=v", ""), strings.Repeat(";", cost.Size)} {
		cost.Within(t, func() { _, _ = decodeQuery(query) })
	}
}
