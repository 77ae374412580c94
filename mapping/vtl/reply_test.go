package vtl

import (
	"fmt"
	"strings"
	"testing"
)

// A backend's reply may be ten times the memory that a template has; it is not held
// against the template, which reads and prints it as any other.
func TestLargeReplies(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"items":[`)
	for i := 0; b.Len() < 9<<20; i++ {
		fmt.Fprintf(&b, `{"id":%d,"name":"customer number %d","mail":"someone%d@example.com","tags":["a","b"],"price":12.5},`, i, i, i)
	}
	b.WriteString(`{"id":-1}],"next":"token"}`)
	reply := b.String()
	for _, row := range []struct{ template, want string }{
		{"$input.path('$.next')", "token"},
		{"$input.json('$.next')", `"token"`},
		{"$input.path('$.items[1].name') $input.path('$').next", "customer number 1 token"},
		{"#set($p=$input.path('$'))#foreach($i in $p.items)#if($i.id > 2)#break#end$i.id,#end", "0,1,2,"},
		{"$input.path('$.items').size()", fmt.Sprint(strings.Count(reply, `"id"`))},
		{"#set($x=$input.json('$'))$x.length()", fmt.Sprint(len(reply))},
		{"$input.body.length()", fmt.Sprint(len(reply))},
	} {
		for _, body := range []*Vars{{Text: reply}, {Body: []byte(reply)}} {
			account := NewAccount(0)
			tt, err := ParseWith(row.template, Options{Account: account})
			if err != nil {
				t.Fatal(err)
			}
			if out, err := tt.Append(t.Context(), nil, body); err != nil || string(out) != row.want {
				t.Errorf("%s: got %.100q, %v, want %q", row.template, out, err, row.want)
			}
		}
	}
}
