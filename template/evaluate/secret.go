package evaluate

import (
	"slices"
	"strconv"
	"strings"
)

// Secrets are the values of NoEcho parameters, and of references to what is kept secret;
// longer ones first: one may be a part of another.
type Secrets []string

// Add adds a value. The empty one is no secret: it is in every text.
func (s *Secrets) Add(value string) {
	if value == "" || slices.Contains(*s, value) {
		return
	}
	i, _ := slices.BinarySearchFunc(*s, value, func(a, b string) int { return len(b) - len(a) })
	*s = slices.Insert(*s, i, value)
}

// in says whether a text holds one.
func (s Secrets) in(text string) bool {
	return slices.ContainsFunc(s, func(secret string) bool { return strings.Contains(text, secret) })
}

const (
	mask = "****"
	// tellable is how short a secret may be to be looked for within words: one of fewer
	// bytes is a part of any word, and is looked for as texts of templates are shown, in
	// quotes.
	tellable = 4
)

// Conceal takes them out of a text, as they are, as they are written within quotes, and
// where the text shows no more than how one begins.
// Documented: CloudFormation User Guide, Parameters, NoEcho: whatever describes a stack
// or its events has asterisks there, and faults are what is told of a stack here.
func (s Secrets) Conceal(text string) string {
	for _, secret := range s {
		within := strconv.Quote(secret)
		text = strings.ReplaceAll(text, within, `"`+mask+`"`)
		if len(secret) < tellable {
			continue
		}
		for _, form := range []string{secret, within[1 : len(within)-1]} {
			text = concealBeginnings(strings.ReplaceAll(text, form, mask), form)
		}
	}
	return text
}

// concealBeginnings takes out what is left of a secret before each place where a text
// was cut.
func concealBeginnings(text, secret string) string {
	parts := strings.Split(text, ellipsis)
	for i := range parts[:len(parts)-1] { // nothing was cut at the end of the last one
		for n := min(len(secret), len(parts[i])); n >= tellable; n-- {
			if before, is := strings.CutSuffix(parts[i], secret[:n]); is {
				parts[i] = before + mask
				break
			}
		}
	}
	return strings.Join(parts, ellipsis)
}
