package record

import (
	"fmt"
	"strings"
	"testing"
)

// tellSecrets has a draft told of secrets, and of steps in which the last of them stands.
func tellSecrets(d *Draft, values ...string) {
	for _, value := range values {
		d.Private("ticket", value)
	}
	last := values[len(values)-1]
	d.Add(Step{Name: Receive, Why: "it came with " + last, Data: Data{Text("path", "/"+last), Number("n", 7)}})
	d.Add(Step{Name: Frame, Outcome: Failed, Why: "it fails for " + last, Data: Data{Body([]byte("so " + last))}})
}

func values(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("value-%d-of-many", i))
	}
	return all
}

// A value that is told again is known already, however often it is.
func TestSecretsAreKnownOnce(t *testing.T) {
	d := Begin(began, func(*Draft) {})
	for range 3 {
		for _, value := range values(mostSecrets) {
			d.Private("ticket", value)
		}
	}
	if d.Open(); len(d.Secrets) != mostSecrets {
		t.Fatalf("%d secrets are known, want %d", len(d.Secrets), mostSecrets)
	}
	d.Secret(values(1)[0]) // without its name
	d.Private("ticket", values(1)[0])
	if d.Summarize(); d.Unfit != "" || len(d.Secrets) != mostSecrets {
		t.Errorf("told again when it is open: %q, %d secrets", d.Unfit, len(d.Secrets))
	}
}

// Of more secrets than are known nothing is shown that came from outside, opened early or late,
// and the record says so.
func TestOfTooManySecretsNothingIsShown(t *testing.T) {
	for _, early := range []bool{false, true} {
		g := NewRing(10, 0)
		shown := 0
		g.Fit(func(d *Draft) bool { shown++; return true }, nil)
		d := Begin(began, g.Keep)
		d.ID, d.Origin = "a", "somebody"
		if early {
			d.Open()
		}
		tellSecrets(d, values(mostSecrets+1)...)
		if early {
			d.Open()
		}
		d.End(began)
		r := g.Get("a")
		if r == nil || shown != 1 {
			t.Fatalf("early %v: got %+v, made fit %d times", early, r, shown)
		}
		text := string(r.Append(nil))
		if strings.Contains(text, "of-many") || r.Origin != nil || r.Unfit == "" {
			t.Errorf("early %v: it tells %s", early, text)
		}
		if len(r.Steps) != 2 || r.Failure() == nil || r.Failure().Name != Frame || r.Summary != withheld || r.Steps[0].Why != withheld || r.Unfit != withheld {
			t.Errorf("early %v: it does not say what was done, or why nothing else is shown: %s", early, text)
		}
	}
}
