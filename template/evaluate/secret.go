package evaluate

import (
	"slices"
	"strings"
)

// secrets are the values of NoEcho parameters, and of references to what is kept secret;
// longer ones first: one may be a part of another.
type secrets []string

func (s *secrets) add(value string) {
	if value == "" || slices.Contains(*s, value) {
		return
	}
	i, _ := slices.BinarySearchFunc(*s, value, func(a, b string) int { return len(b) - len(a) })
	*s = slices.Insert(*s, i, value)
}

// in says whether a text holds one.
func (s secrets) in(text string) bool {
	return slices.ContainsFunc(s, func(secret string) bool { return strings.Contains(text, secret) })
}

// conceal takes them out of a text. One that is as short as a word of ours is looked for as
// texts of templates are shown, in quotes.
// Documented: CloudFormation User Guide, Parameters, NoEcho: whatever describes a stack
// or its events has asterisks there, and faults are what is told of a stack here. The
// empty value is no secret: it is in every text.
func (s secrets) conceal(text string) string {
	const short = 4
	for _, secret := range s {
		if len(secret) < short {
			text = strings.ReplaceAll(text, quoted(secret), `"****"`)
		} else {
			text = strings.ReplaceAll(text, secret, "****")
		}
	}
	return text
}
