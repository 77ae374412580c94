package lambda

import (
	"fmt"
	"path"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/authorizer"
)

const getPets = "arn:aws:execute-api:us-east-1:123456789012:api1/dev/GET/pets/7"

func TestPolicy(t *testing.T) {
	// statement writes one; * in resource position means all.
	statement := func(effect, action, resource string) string {
		return fmt.Sprintf(`{"Effect":%q,"Action":%q,"Resource":%q}`, effect, action, resource)
	}
	list := func(s ...string) string { return `{"Version":"2012-10-17","Statement":[` + strings.Join(s, ",") + `]}` }
	allow := func(resource string) string { return list(statement("Allow", "execute-api:Invoke", resource)) }
	all := statement("Allow", "execute-api:Invoke", "*")
	tests := []struct {
		name, policy string
		want         verdict
	}{
		{"the ARN itself", allow(getPets), allowed},
		{"everything", allow("*"), allowed},
		{"one statement without a list", `{"Statement":` + all + `}`, allowed},
		{"the stage", allow("arn:aws:execute-api:us-east-1:123456789012:api1/dev/*"), allowed},
		{"any stage, GET, any path", allow("arn:aws:execute-api:*:*:api1/*/GET/*"), allowed},
		{"a star in the middle", allow("arn:aws:execute-api:*/pets/*"), allowed},
		{"a question mark", allow("arn:aws:execute-api:us-east-1:123456789012:api1/dev/G?T/pets/?"), allowed},
		{"another method", allow("arn:aws:execute-api:us-east-1:123456789012:api1/dev/POST/*"), silent},
		{"another case", allow(strings.ToUpper(getPets)), silent},
		{"a prefix is no match", allow("arn:aws:execute-api:us-east-1:123456789012:api1/dev/GET/pets"), silent},
		{"no resource at all", list(), silent},
		{"several resources", `{"Statement":[{"Effect":"Allow","Action":["x:y","execute-api:Invoke"],"Resource":["a","*/pets/7"]}]}`, allowed},
		{"action in another case", list(statement("Allow", "EXECUTE-API:invoke", "*")), allowed},
		{"action by star", list(statement("Allow", "execute-api:*", "*")), allowed},
		{"any action", list(statement("Allow", "*", "*")), allowed},
		{"another action", list(statement("Allow", "execute-api:ManageConnections", "*")), silent},
		{"deny wins after", list(all, statement("Deny", "execute-api:Invoke", getPets)), denied},
		{"deny wins before", list(statement("Deny", "execute-api:Invoke", "*/pets/*"), all), denied},
		{"deny of another route", list(all, statement("Deny", "execute-api:Invoke", "*/dogs/*")), allowed},
		{"deny of another action", list(all, statement("Deny", "execute-api:ManageConnections", "*")), allowed},
		{"NotAction leaves the rest", `{"Statement":{"Effect":"Allow","NotAction":"s3:*","Resource":"*"}}`, allowed},
		{"NotAction leaves us out", `{"Statement":{"Effect":"Allow","NotAction":["execute-api:*"],"Resource":"*"}}`, silent},
		{"NotResource leaves the rest", `{"Statement":{"Effect":"Allow","Action":"*","NotResource":"*/dogs"}}`, allowed},
		{"NotResource leaves us out", `{"Statement":{"Effect":"Allow","Action":"*","NotResource":"*/pets/*"}}`, silent},
		{"Deny with NotResource", list(all, `{"Effect":"Deny","Action":"*","NotResource":"*/dogs"}`), denied},
		{"allow with an unknown condition does not allow", `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}}}`, silent},
		{"deny with an unknown condition denies", list(all, `{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"x":"y"}}}`), denied},
		{"deny with a condition of another route", list(all, `{"Effect":"Deny","Action":"*","Resource":"*/dogs","Condition":{"Bool":{"x":"y"}}}`), allowed},
		{"an empty condition is none", `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{}}}`, allowed},
		{"allow with a variable does not allow", allow("*${aws:username}*"), silent},
		{"deny with a variable denies", list(all, statement("Deny", "*", "arn:${aws:username}")), denied},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := parsePolicy([]byte(tt.policy))
			if err != nil {
				t.Fatal(err)
			}
			if got := verdictOf(p, request()); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

func TestParsePolicyRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"nothing": ``, "null": `null`, "a string": `"x"`, "no statement": `{"Version":"2012-10-17"}`, "statement of text": `{"Statement":"x"}`,
		"lower case": `{"Statement":{"effect":"Allow","action":"*","resource":"*"}}`,
		"no effect":  `{"Statement":{"Action":"*","Resource":"*"}}`, "odd effect": `{"Statement":{"Effect":"allow","Action":"*","Resource":"*"}}`,
		"no action": `{"Statement":{"Effect":"Allow","Resource":"*"}}`, "no resource": `{"Statement":{"Effect":"Allow","Action":"*"}}`,
		"both actions":   `{"Statement":{"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"}}`,
		"both resources": `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","NotResource":"*"}}`,
		"empty list":     `{"Statement":{"Effect":"Allow","Action":[],"Resource":"*"}}`,
		"number":         `{"Statement":{"Effect":"Allow","Action":7,"Resource":"*"}}`,
		"list of lists":  `{"Statement":{"Effect":"Allow","Action":"*","Resource":[["*"]]}}`,
		"a bad second":   `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny"}]}`,
	} {
		if p, err := parsePolicy([]byte(text)); err == nil {
			t.Errorf("%s: taken, and says %d", name, verdictOf(p, request()))
		}
	}
}

// FuzzGlob holds glob against path.Match, on patterns that both read alike.
func FuzzGlob(f *testing.F) {
	f.Add("a*b?c", "aXXbYc")
	f.Add("**", "")
	f.Add("*a*a*a*b", strings.Repeat("a", 50))
	f.Fuzz(func(t *testing.T, pattern, text string) {
		got := glob(pattern, text)
		if strings.ContainsAny(pattern, `[]\`) || strings.Contains(text, "/") || !ascii(pattern) || !ascii(text) {
			return
		}
		want, err := path.Match(pattern, text)
		if err == nil && got != want && !strings.Contains(pattern, "/") {
			t.Errorf("glob(%q, %q) = %v, want %v", pattern, text, got, want)
		}
	})
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func BenchmarkJudge(b *testing.B) {
	p, err := parsePolicy([]byte(`{"Statement":[{"Effect":"Deny","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:*:*:api1/*/DELETE/*"},
		{"Effect":"Allow","Action":"execute-api:Invoke","Resource":["arn:aws:execute-api:*:*:api1/*/GET/*"]}]}`))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if verdictOf(p, request()) != allowed {
			b.Fatal("not allowed")
		}
	}
}

// A path that can be read otherwise is denied by the name that it then has; it is
// allowed by the name that it was sent with alone.
func TestPolicyOfOtherReadings(t *testing.T) {
	const base = "arn:aws:execute-api:us-east-1:123456789012:api1/dev/GET/p/"
	r := &authorizer.Request{ARN: base + "%61dmin", Also: []string{base + "admin"}}
	for _, row := range []struct {
		name, statements string
		want             verdict
	}{
		{"denied by name", `{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"*","Resource":"` + base + `admin"}`, denied},
		{"another denied", `{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"*","Resource":"` + base + `other"}`, allowed},
		{"all but this denied", `{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"*","NotResource":"` + base + `%61dmin"}`, allowed},
		{"allowed as it was sent", `{"Effect":"Allow","Action":"*","Resource":"` + base + `%61dmin"}`, allowed},
		{"allowed by another reading alone", `{"Effect":"Allow","Action":"*","Resource":"` + base + `admin"}`, silent},
	} {
		p, err := parsePolicy([]byte(`{"Statement":[` + row.statements + `]}`))
		if err != nil {
			t.Fatal(err)
		}
		if got := verdictOf(p, r); got != row.want {
			t.Errorf("%s: got %d, want %d", row.name, got, row.want)
		}
	}
}

func verdictOf(p *policy, r *authorizer.Request) verdict {
	v, _ := p.judge(r)
	return v
}

// Which statement has decided is told by its number and its Sid, or what is missing.
func TestStatements(t *testing.T) {
	c := Config{}
	for _, row := range []struct{ name, statements, want string }{
		{"the first that allows", `{"Effect":"Allow","Action":"other:*","Resource":"*"},{"Sid":"Mine","Effect":"Allow","Action":"execute-api:*","Resource":["a","*"]},{"Effect":"Allow","Action":"*","Resource":"*"}`,
			"2 (Mine): Allow execute-api:* on a, *"},
		{"the one that denies", `{"Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"No","Effect":"Deny","NotAction":"s3:*","NotResource":"b"}`, "2 (No): Deny all but s3:* on all but b"},
		{"none", `{"Effect":"Allow","Action":"*","Resource":"b"}`, "no statement of its policy allows execute-api:invoke on "},
		{"a condition", `{"Sid":"S","Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:UserAgent":"x"}}}`, "the condition of the statement 1 (S): Allow * on * under a condition does not hold"},
		{"an unknown condition", `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"x"}}}`, "a variable or condition that cannot be evaluated here keeps the statement 1: Allow"},
	} {
		a, err := c.parse([]byte(`{"principalId":"me","policyDocument":{"Statement":[` + row.statements + `]}}`))
		if err != nil {
			t.Fatalf("%s: %v", row.name, err)
		}
		r := request()
		r.Notes = new(authorizer.Notes)
		a.For(r)
		if got := r.Notes.Statement + r.Notes.Said; !strings.HasPrefix(got, row.want) {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
	c.Simple = true
	a, err := c.parse([]byte(`{"isAuthorized":false}`))
	r := request()
	r.Notes = new(authorizer.Notes)
	if err != nil || a.For(r).Outcome != authorizer.Deny || r.Notes.Said != "isAuthorized is false" {
		t.Errorf("a simple answer: got %+v %v", r.Notes, err)
	}
}
