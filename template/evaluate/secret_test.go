package evaluate

import (
	"strings"
	"testing"
)

func TestSecretsAreConcealed(t *testing.T) {
	var s Secrets
	long := strings.Repeat("0123456789", 30)
	for _, secret := range []string{"", "no", "hunter2", "hunter2-and-more", "tab\tand \"quote\"", long} {
		s.Add(secret)
	}
	for _, row := range []struct{ text, want string }{
		{"nothing is hidden", "nothing is hidden"},
		{`no "no" and known`, `no "****" and known`},
		{"xhunter2-and-morex hunter2.", "x****x ****."},
		{quoted("tab\tand \"quote\""), `"****"`},
		{"it is tab\tand \"quote\" here", "it is **** here"},
		{quoted("key=" + long), `"key=****…"`},
		{"a … b", "a … b"},
		{quoted(strings.Repeat("x", 95) + "hunter2"), `"` + strings.Repeat("x", 95) + `****…"`},
		{quoted(strings.Repeat("x", 97) + "hunter2"), `"` + strings.Repeat("x", 97) + `hun…"`}, // three letters are of any word
	} {
		if got := s.Conceal(row.text); got != row.want {
			t.Errorf("%q: got %s, want %s", row.text, got, row.want)
		}
	}
}
