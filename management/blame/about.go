package blame

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// decisive are members that rules on other members look at: where one of them is wrong,
// nothing can be said of those.
var decisive = []string{"protocolType", "integrationType", "integrationSubtype", "connectionType", "authorizerType", "authorizationType", "routeKey"}

// Decisive says whether rules on other members of a noun look at one.
func Decisive(member string) bool { return slices.Contains(decisive, member) }

// meant are members that the words of the rules call otherwise.
//
// Observed: AWS's texts, which the rules have.
var meant = []struct{ words, member string }{
	{"Integration identifier", "target"}, {"authorizer ID", "authorizerId"}, {"domain name configuration", "domainNameConfigurations"}, {"target in route", "target"}, {"Timeout", "timeoutInMillis"}, {"HttpMethod", "integrationMethod"}, {"URI", "integrationUri"}, {"HTTP endpoint", "integrationUri"},
	{"Deployment identifier", "deploymentId"}, {"certificate", "domainNameConfigurations"}, {"Access Log format", "accessLogSettings"}, {"context variables", "accessLogSettings"},
	{"context variables", "format"}, {"stage variable", "stageVariables"}, {"protocol specified", "protocolType"},
}

// About is the way to the member of a noun, and within it, that an error of the rules is
// about: the one with the longest name that its text has, which may stand there in words.
// None where the text names no member that is there.
func About(members map[string]json.RawMessage, text string) (way []string) {
	name := named(members, text)
	if name == "" {
		// Most rules on a member of a member name that alone: MaxAge of a CorsConfiguration.
		for _, above := range slices.Sorted(maps.Keys(members)) {
			if name := named(object(members[above]), text); name != "" {
				return []string{above, name}
			}
		}
	}
	for ; name != ""; name = named(members, text) {
		way, members = append(way, name), object(members[name])
	}
	return way
}

// object is the members of a value of JSON, none of one that is no object.
func object(text json.RawMessage) (members map[string]json.RawMessage) {
	_ = json.Unmarshal(text, &members)
	return members
}

// named is the member that a text names, "" for none.
func named(members map[string]json.RawMessage, text string) (name string) {
	for _, m := range meant {
		if _, there := members[m.member]; there && strings.Contains(text, m.words) {
			return m.member
		}
	}
	for key := range members {
		if (len(key) > len(name) || len(key) == len(name) && key < name) && Mentions(text, key) {
			name = key
		}
	}
	return name
}

// Mentions says whether a text names a member, be it in words.
func Mentions(text, member string) bool {
	for _, m := range meant {
		if m.member == member && strings.Contains(text, m.words) {
			return true
		}
	}
	return len(member) > 3 && strings.Contains(letters(text), strings.ToLower(member))
}

// letters are those of a text alone: AWS's texts say "stage name" of StageName.
func letters(text string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, text))
}

// remove takes out what a way leads to, so that rules find nothing wrong with it.
func remove(members map[string]json.RawMessage, way []string) {
	if len(way) > 1 {
		if within := object(members[way[0]]); within != nil {
			remove(within, way[1:])
			if text, err := json.Marshal(within); err == nil {
				members[way[0]] = text
				return
			}
		}
	}
	delete(members, way[0])
	if good, ok := whole[way[0]]; ok {
		members[way[0]] = json.RawMessage(good)
	}
}

// whole are members that no noun is without: what is wrong with one stands there no more
// when it has this value.
var whole = map[string]string{"payloadFormatVersion": `"1.0"`, "stageName": `"a"`, "name": `"a"`}
