package authorize

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/authorizer"
	"github.com/dragoman-gateway/dragoman/exchange"
	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/record"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/sigv4"
)

// note records a decision, and what it was made by. Values of identity sources are
// secrets, whatever they are: they are in the record by whether they were found. Claims
// are shown, for which one refuses a token is what people want to know, and no token can
// be made again from its claims.
func (d *Decider) note(to *record.Draft, began time.Time, decision *authorizer.Decision, sources []string, notes *authorizer.Notes) {
	s := record.Step{Name: record.Authorize, At: began, Took: time.Since(began), Data: record.Data{
		record.Text("type", d.kind), record.Some("authorizer", d.name), record.Truth("cached", notes.Cached),
	}}
	to.Secret(d.secret(sources)...)
	missing := ""
	var rows []record.Data
	for i, value := range sources {
		rows = append(rows, record.Data{record.Text("source", d.texts[i]), record.Truth("found", value != "")})
		if value == "" && missing == "" {
			missing = d.texts[i]
		}
	}
	s.Data = append(s.Data, record.Objects("sources", rows), record.Some("principal", decision.Principal), record.Some("statement", notes.Statement))
	if len(notes.Checks) > 0 {
		s.Data = append(s.Data, record.Objects("checks", checked(notes.Checks)))
	}
	if len(notes.Logs) > 0 {
		s.Data = append(s.Data, record.Texts("logs", notes.Logs))
	}
	if context := shown(decision.Context); context != nil {
		s.Data = append(s.Data, record.Object("context", context))
	}
	s.Why = d.words(decision, notes, missing)
	// Also where it could not decide: nobody was let in.
	if decision.Outcome != authorizer.Allow {
		s.Outcome = record.Failed
	}
	to.Add(s)
}

// checked are comparisons of claims in the order in which they are made, so that the first
// that is not ok is the one that decided.
func checked(checks []authorizer.Check) (rows []record.Data) {
	for _, c := range checks {
		rows = append(rows, record.Data{record.Text("name", c.Name), record.Text("wants", c.Wants), record.Text("has", c.Has), record.Truth("ok", c.OK), record.Text("why", compared(&c))})
	}
	return rows
}

// claims are what the claims of a token say, for those who do not know them by heart.
// Source: RFC 7519, section 4.1; RFC 7515, section 4.1.4; RFC 8693, section 4.2.
var claims = map[string]string{
	"iss": "who has issued it", "aud": "whom it is for", "exp": "when it ends", "nbf": "when it begins", "iat": "when it was issued",
	"kid": "the key that has signed it", "scope": "what it allows",
}

// compared is a check in words: what the claim says, what it is, and what it must be.
func compared(c *authorizer.Check) string {
	has := strconv.Quote(c.Has)
	if c.Has == "" {
		has = "not there"
	}
	if c.OK {
		return c.Name + " (" + claims[c.Name] + ") is " + has + ", as it must be: " + c.Wants
	}
	return c.Name + " (" + claims[c.Name] + ") is " + has + ", and must be " + c.Wants
}

// shown is the context that an authorizer hands on.
func shown(values exchange.Values) (data record.Data) {
	for _, v := range values {
		if inner, ok := v.Value.(exchange.Values); ok {
			data = append(data, record.Object(v.Name, shown(inner)))
			continue
		}
		data = append(data, record.Text(v.Name, text(v.Value)))
	}
	return data
}

// text is a value of a context as templates would show it; what is JSON stays as it is
// written.
func text(value any) string {
	if raw, ok := value.(interface{ MarshalJSON() ([]byte, error) }); ok {
		b, _ := raw.MarshalJSON()
		return string(b)
	}
	return fmt.Sprint(value)
}

// words say why a decision was made, with the name of what matters: the claim that did
// not fit with what it is and what it should be, the identity source that is missing, the
// statement of a policy. What clients are told says less, on purpose.
func (d *Decider) words(decision *authorizer.Decision, notes *authorizer.Notes, missing string) string {
	who := "the authorizer " + d.name
	if d.name == "" {
		who = d.kind
	}
	if decision.Outcome == authorizer.Allow {
		switch {
		case notes.Statement != "":
			return who + " allows by the statement " + notes.Statement
		case notes.Said != "":
			return who + " allows: " + notes.Said
		case notes.Cached:
			return who + " allows, as it has answered before (cached)"
		}
		return who + " allows"
	}
	for _, c := range notes.Checks {
		if !c.OK {
			return fmt.Sprintf("%s refuses the token: %s (claim %s is %q, wanted %s)", who, reason(decision), c.Name, c.Has, c.Wants)
		}
	}
	switch {
	// The words of AWS's own answer do not say whose endpoint it is that was asked.
	case strings.Contains(reason(decision), "communication error"):
		return who + " cannot have the keys of its issuer: " + reason(decision)
	case missing != "":
		return who + " needs the identity source " + missing + ", which the request does not have"
	case notes.Statement != "":
		return who + " denies by the statement " + notes.Statement
	case notes.Said != "":
		return who + " denies: " + notes.Said
	}
	if d.kind == resource.AuthIAM {
		return who + ": " + reason(decision) + d.toSign(decision)
	}
	return who + ": " + reason(decision)
}

// toSign is what to send where a signature is missing or does not fit, which AWS's own words
// do not say. The string that was signed is not repeated: it may hold a session token.
func (d *Decider) toSign(decision *authorizer.Decision) string {
	switch {
	case decision.Doubt != "":
		return "; " + HowToSign
	case decision.ErrorType == sigv4.MissingAuthenticationToken, decision.ErrorType == sigv4.IncompleteSignature:
		return "; send the headers Authorization (AWS4-HMAC-SHA256 with Credential, SignedHeaders and Signature) and X-Amz-Date, or the same in the query, signed for the service execute-api and the region " + d.region
	case decision.ErrorType == sigv4.InvalidSignature && strings.Contains(reason(decision), "does not match"):
		return "; what was signed is another method, path, query, header or body than what came, or the secret is another one"
	}
	return ""
}

// reason is why not, its first line: what follows repeats what was signed.
func reason(d *authorizer.Decision) string {
	first, _, _ := strings.Cut(fault.Plain(d.Why()), "\n")
	return first
}
