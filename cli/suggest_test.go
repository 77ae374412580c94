package cli

import (
	"strings"
	"testing"
)

// What is typed almost right is answered with what was meant, and a wrong command
// line of api exits as that of the AWS CLI does.
func TestSuggestions(t *testing.T) {
	for args, c := range map[string]struct {
		code int
		want string
	}{
		"api get-apiz":                      {252, "\tdragoman api get-apis\n"},
		"api get-apiz --api-id a":           {252, "\tdragoman api get-apis\n"},
		"api GetApis":                       {252, "\tdragoman api get-apis\n"},
		"api getapis":                       {252, "\tdragoman api get-apis\n"},
		"api update-integration-respons":    {252, "\tdragoman api update-integration-response\n"},
		"api frobnicate":                    {252, `unknown command "frobnicate" for "dragoman api"`},
		"api " + strings.Repeat("x", 10000): {252, "unknown command"},
		"api get-apis --max-itemz 1":        {252, "did you mean --max-items?"},
		"api get-api --api-idd a":           {252, "did you mean --api-id?"},
		"api get-api --region":              {252, "flag needs an argument: --region"},
		"api get-api":                       {252, "--api-id"},
		"api --regoin x get-apis":           {252, "did you mean --region?"},
		"api --frobnicate get-apis":         {252, "unknown flag: --frobnicate"},
		"api get-apis --output xml":         {252, "xml"},
		"srve":                              {2, "\tdragoman serve\n"},
		"get-apis":                          {2, "\tdragoman api get-apis\n"},
		"frobnicate":                        {2, `unknown command "frobnicate" for "dragoman"`},
		"serve --data-dri x":                {2, "did you mean --data-dir?"},
		"serve --frobnicate":                {2, "unknown flag: --frobnicate; dragoman serve --help lists the flags"},
	} {
		t.Run(args[:min(len(args), 40)], func(t *testing.T) {
			gateway(t, nil)
			code, stdout, stderr := dragoman(strings.Fields(args)...)
			if code != c.code || !strings.Contains(stderr, c.want) || stdout != "" {
				t.Errorf("got %d, %q and %q, want %d and %q", code, stdout, stderr, c.code, c.want)
			}
			if strings.Contains(c.want, "unknown") && strings.Contains(stderr, "id you mean") && strings.Contains(args, "frobnicate") {
				t.Errorf("got %q, want nothing suggested for what is like nothing", stderr)
			}
		})
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"kitten", "sitting", 3}, {"get-apiz", "get-apis", 1}, {"serve", "serve", 0}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance(%q, %q): got %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
