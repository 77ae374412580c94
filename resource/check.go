package resource

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/fault"
)

func bad(format string, args ...any) error { return fault.New(fault.BadRequest, format, args...) }

// first gives the first error of a list of checks, in order.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// length holds a text between least and most characters; an absent text is empty.
func length(member, value string, least, most int) error {
	if n := utf8.RuneCountInString(value); n < least || n > most {
		return bad("Invalid value specified for %s: it must have between %d and %d characters, got %d", member, least, most, n)
	}
	return nil
}

// oneOf holds an optional text to a list of words.
func oneOf(member, value string, words ...string) error {
	if value != "" && !slices.Contains(words, value) {
		return bad("Invalid value specified for %s: must be one of [%s]", member, strings.Join(words, ", "))
	}
	return nil
}

// form is a text of one to so many ASCII characters of a kind. How many is no part of the
// expression: one that counts to hundreds takes a millisecond to be compiled, which every
// command of the program would spend at its start.
type form struct {
	letters *regexp.Regexp // of the whole text
	most    int
}

// MatchString says whether a text has the form.
func (f form) MatchString(s string) bool { return len(s) <= f.most && f.letters.MatchString(s) }

func isTrue(b *bool) bool { return b != nil && *b }

// awsARN is the form of every ARN,
// "arn:partition:service:region:account:resource"; region and account may be
// empty. What an ARN names is not looked up: it lies in an account that this
// server does not see.
var awsARN = regexp.MustCompile(`^arn:[a-zA-Z0-9-]+:[a-zA-Z0-9-]+:.+$`)

// arn holds an optional ARN to its form; a stage variable may stand for it, since
// stages differ in the function that they call.
// Documented: API Gateway Developer Guide, Use stage variables for HTTP APIs.
func arn(member, value string) error {
	if value != "" && !awsARN.MatchString(value) && !strings.HasPrefix(value, "${stageVariables.") {
		return bad("Invalid ARN specified in the request: %s must be an ARN", member)
	}
	return nil
}

// ValidateTags holds tags to AWS's general rules: at most 50, keys of 1 to 128
// characters that do not begin with aws:, values of at most 256. The service
// model alone would allow values of 1,600.
// Documented: AWS General Reference, Tagging your AWS resources.
func ValidateTags(tags map[string]string) error {
	if len(tags) > MaxTags {
		return bad("Invalid value specified for Tags: a resource has at most %d tags", MaxTags)
	}
	for _, key := range sortedKeys(tags) {
		if strings.HasPrefix(strings.ToLower(key), "aws:") {
			return bad("Invalid tag key %q: keys that begin with aws: are reserved", key)
		}
		if err := first(length("tag key", key, 1, 128), length("the tag "+key, tags[key], 0, 256)); err != nil {
			return err
		}
	}
	return nil
}

// templates holds every template of a map to most characters.
func templates(member string, m map[string]string, most int) error {
	if most == 0 {
		most = MaxTemplate
	}
	for _, key := range sortedKeys(m) {
		if n := utf8.RuneCountInString(m[key]); n > most {
			return bad("Invalid value specified for %s: the template %q has %d characters, at most %d are allowed", member, key, n, most)
		}
	}
	return nil
}

// values holds every value of a parameter map to 1 to 512 characters.
// Documented: API Gateway V2 API Reference, StringWithLengthBetween1And512.
// Observed: the CDK's removeHeader and removeQueryString give what is to be removed no
// value at all, where the Developer Guide writes two quotes. Nothing is read of either.
func values(member string, m map[string]string) error {
	for _, key := range sortedKeys(m) {
		least := 1
		if strings.HasPrefix(key, "remove:") {
			least = 0
		}
		if n := utf8.RuneCountInString(m[key]); n < least || n > 512 {
			return bad("Invalid value specified for %s: the value of %q must have between 1 and 512 characters, got %d", member, key, n)
		}
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
