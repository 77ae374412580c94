package lambda

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/authorizer"
)

// mostTold is how many bytes of a statement are told.
const mostTold = 500

// told is a statement in the words of its policy, with its number and its Sid:
//
//	2 (OnlyPets): Allow execute-api:Invoke on arn:aws:execute-api:…/GET/pets
func (f fields) told(number int) string {
	var b strings.Builder
	b.WriteString(strconv.Itoa(number))
	var sid, effect string
	if json.Unmarshal(f["Sid"], &sid) == nil && sid != "" {
		b.WriteString(" (" + sid + ")")
	}
	_ = json.Unmarshal(f["Effect"], &effect) // statement has judged it
	b.WriteString(": " + effect)
	for _, part := range [...]struct{ name, words string }{{"Action", " "}, {"NotAction", " all but "}, {"Resource", " on "}, {"NotResource", " on all but "}} {
		var list oneOrMany
		if json.Unmarshal(f[part.name], &list) == nil && len(list) > 0 {
			b.WriteString(part.words + strings.Join(list, ", "))
		}
	}
	if len(f["Condition"]) > 0 {
		b.WriteString(" under a condition")
	}
	if b.Len() > mostTold {
		return strings.ToValidUTF8(b.String()[:mostTold], "") + "…"
	}
	return b.String()
}

// explain notes what a policy decided by. Where nothing did, it is what people look for: the
// statement that nearly allows, because its condition does not hold or cannot be known
// here, or that there is none about what was asked for.
func (p *policy) explain(r *authorizer.Request, by int) {
	if by > 0 {
		r.Notes.Number, r.Notes.Statement = by, p.statements[by-1].text
		return
	}
	r.Notes.Said = "no statement of its policy allows " + action + " on " + r.ARN
	for i := range p.statements {
		s := &p.statements[i]
		switch {
		case s.deny || !s.about(r.ARN):
		case s.opaque:
			r.Notes.Said = "a variable or condition that cannot be evaluated here keeps the statement " + s.text + " from allowing"
			return
		default:
			r.Notes.Said = "the condition of the statement " + s.text + " does not hold"
			return
		}
	}
}
