package blame

import (
	"slices"
	"strings"
)

// Told is what was found wrong with a document: rules are then not held against what may
// only follow from that. The zero value is ready.
type Told struct {
	broken []string // paths
	holes  []hole
	lost   map[string]bool // parts of which a noun could not be read
}

// Broken notes that something is wrong at a path.
func (t *Told) Broken(path string) { t.broken = append(t.broken, path) }

// Lost notes that a noun of a part (routes, stages) could not be read, so that others do
// not find it.
func (t *Told) Lost(part string) {
	if t.lost == nil {
		t.lost = map[string]bool{}
	}
	t.lost[part] = true
}

// hole is a noun of which members may be unknown.
type hole struct {
	path string
	has  func(member string) bool
}

// Holed notes that the noun at a path may have more members than those that it has.
func (t *Told) Holed(path string, has func(member string) bool) {
	t.holes = append(t.holes, hole{path, has})
}

// Follows says whether an error of the rules on a member of a noun, "" for the whole of
// it, may be one of what was told already. noun is its path.
func (t *Told) Follows(noun, member, message string) bool {
	if Missing(message, func(part string) bool { return t.lost[part] }) {
		return true
	}
	if slices.ContainsFunc(t.holes, func(h hole) bool {
		return h.path == noun && MayMiss(noun, h.has, member, message) || h.path != noun && touches(h.path, noun, member, message)
	}) {
		return true
	}
	return slices.ContainsFunc(t.broken, func(path string) bool { return touches(path, noun, member, message) })
}

// touches says whether an error of the rules on a member of a noun may follow from what is
// wrong at a path.
func touches(path, noun, member, message string) bool {
	// Of which protocol an API is decides over all that is below it.
	if api, ok := strings.CutSuffix(path, ".protocolType"); ok && (noun == api || strings.HasPrefix(noun, api+".")) {
		return true
	}
	rest, within := strings.CutPrefix(path, noun)
	if !within || rest != "" && rest[0] != '.' {
		return false
	}
	// It stands in the same noun: it is the member itself, one that the rule looks at as
	// well, or the rule is about the noun as a whole.
	wrong, _, _ := strings.Cut(strings.TrimPrefix(rest, "."), ".")
	if slices.Contains(below, wrong) {
		return false
	}
	return member == "" || wrong == "" || wrong == member || Decisive(wrong) || Mentions(message, wrong)
}

// below are members of nouns that hold other nouns.
var below = []string{"authorizers", "models", "integrations", "routes", "deployments", "stages", "mappings", "rules", "keys", "pages", "endpoints", "responses"}

// Wants says whether an error of the rules is that a member is missing, which they may tell
// at another one.
func Wants(message string) bool {
	return slices.ContainsFunc(wants, func(words string) bool { return strings.Contains(message, words) })
}

var wants = []string{"must be specified", "requires a", "is required", "are required", "is a required", "must be set"}

// judgedBy are the members by which rules on the others judge a noun of a part, where it
// has them.
var judgedBy = map[string][]string{
	"apis": {"protocolType"}, "routes": {"routeKey"}, "integrations": {"integrationType", "integrationSubtype", "connectionType"}, "authorizers": {"authorizerType"},
}

// MayMiss says whether an error of the rules on a member of a noun, "" for the whole of it,
// may be one only because the noun has members of which not even the names are known. path
// is that of the noun, by which is known what it is.
func MayMiss(path string, has func(member string) bool, member, message string) bool {
	if member == "" || !has(member) || Wants(message) {
		return true
	}
	names := strings.Split(path, ".")
	if len(names) > 1 && !Decisive(member) && slices.ContainsFunc(judgedBy[names[len(names)-2]], func(by string) bool { return !has(by) }) {
		return true
	}
	// Whatever else its words name is looked at as well.
	return slices.ContainsFunc(decisive, func(by string) bool { return by != member && !has(by) && Mentions(message, by) }) ||
		strings.HasPrefix(member, "authoriz") && !has("authorizationType") && !has("authorizerType")
}

// Missing says whether an error of the rules is that something is not there, or is not what
// it has to be, of a part of a document that lacks one.
func Missing(message string, lacks func(part string) bool) bool {
	for _, a := range absences {
		if strings.Contains(message, a.words) && lacks(a.part) {
			return true
		}
	}
	return false
}

// absences are the words of all rules that look for something.
var absences = []struct{ words, part string }{
	{"Integration identifier", "integrations"}, {"authorizer ID", "authorizers"}, {"model identifier", "models"}, {"Deployment identifier", "deployments"},
	{"stage identifier", "stages"}, {"API Stage not found", "stages"}, {"Unable to find Route", "routes"}, {"At least one route", "routes"},
	{"API identifier", "apis"}, {"VPC link identifier", "vpcLinks"},
}
