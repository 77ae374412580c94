package control

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/dragoman-gateway/dragoman/fault"
)

// maxRules is how many faults are told of one noun.
const maxRules = 8

// decisive are members that rules on other members look at: where one of them is wrong,
// nothing can be said of those.
var decisive = []string{"protocolType", "integrationType", "integrationSubtype", "connectionType", "authorizerType", "authorizationType", "routeKey"}

// Decisive says whether rules on other members of a noun look at one.
func Decisive(member string) bool { return slices.Contains(decisive, member) }

// all tells an error of the rules on a noun with the member that it is about, and the
// errors that check has besides: rules end at their first, and of several mistakes in one
// noun each is to be told. They are found by checking the noun without what is wrong.
func all[T any](l *Loader, noun *T, err error, path []string, check func(*T) error) {
	text, encoding := json.Marshal(noun)
	var members map[string]json.RawMessage
	if encoding != nil || json.Unmarshal(text, &members) != nil {
		l.report(part(err, path))
		return
	}
	var wrong []string
	for range maxRules {
		at := About(members, fault.Message(err))
		// What is told next may be that something is missing which was taken out.
		if len(wrong) > 0 && len(at) == 0 || slices.ContainsFunc(wrong, func(name string) bool {
			return Mentions(fault.Message(err), name) && at[len(at)-1] != name
		}) {
			return
		}
		told := part(err, path)
		if e, ok := errors.AsType[*PartError](told); ok {
			e.Member = at
		}
		l.report(told)
		if len(at) == 0 || Decisive(at[0]) {
			return
		}
		remove(members, at)
		wrong = append(wrong, at[len(at)-1])
		rest, encoding := json.Marshal(members)
		copied := new(T)
		if encoding != nil || json.Unmarshal(rest, copied) != nil {
			return
		}
		if err = check(copied); err == nil {
			return
		}
	}
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

// judge holds a noun to rules. Where errors are collected it goes on.
func judge[T any](l *Loader, noun *T, check func(*T) error) error {
	err := check(noun)
	if err == nil || l.report == nil {
		return err
	}
	all(l, noun, err, nil, check)
	return nil
}

// meant are members that the words of the rules call otherwise.
//
// Observed: AWS's texts, which the rules have.
var meant = []struct{ words, member string }{
	{"Integration identifier", "target"}, {"authorizer ID", "authorizerId"}, {"domain name configuration", "domainNameConfigurations"}, {"target in route", "target"}, {"Timeout", "timeoutInMillis"}, {"URI", "integrationUri"}, {"HTTP endpoint", "integrationUri"},
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
