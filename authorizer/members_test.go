package authorizer

import (
	"fmt"
	"testing"
)

func TestMembersKeepTheirOrder(t *testing.T) {
	got, err := Members([]byte(` {"z": 1, "a":{"y":[ 1 ]}, "z":"last", "":null} `))
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprintf("%s", got); text != `[{z "last"} {a {"y":[ 1 ]}} { null}]` {
		t.Errorf("got %s", text)
	}
	if got, err := Members([]byte("{}")); err != nil || len(got) != 0 {
		t.Errorf("an empty object: got %s, %v", got, err)
	}
}

func TestMembersRefuses(t *testing.T) {
	for _, text := range []string{"", "null", "[]", "7", `{`, `{"a"`, `{"a":}`, `{"a":1,}`, `{"a":1}x`, `{"a":1}{}`, `{a:1}`, "\xff"} {
		if got, err := Members([]byte(text)); err == nil {
			t.Errorf("%q was taken as %s", text, got)
		}
	}
}

func FuzzMembers(f *testing.F) {
	f.Add(`{"a":{"b":[1,2]},"a":null}`)
	f.Fuzz(func(t *testing.T, text string) {
		members, err := Members([]byte(text))
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, m := range members {
			if seen[m.Name] || len(m.Value) == 0 {
				t.Errorf("%q comes twice or has no value", m.Name)
			}
			seen[m.Name] = true
		}
	})
}
