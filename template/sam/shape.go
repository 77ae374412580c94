package sam

import (
	"strings"
)

// A kind is what a value must be. Intrinsic functions may stand for all of them, and
// scalars for each other: parameters are texts, and CloudFormation converts.
type kind byte

const (
	anything kind = iota // judged by CloudFormation, or by whoever reads it
	aText                // a scalar
	anObject
	aList
	textOrObject
	textOrList
)

var kindNames = map[kind]string{aText: "a text", anObject: "an object", aList: "a list", textOrObject: "a text or an object", textOrList: "a text or a list"}

// shape is which members an object may have, in the order in which they are told.
type shape struct {
	names []string
	kinds map[string]kind
	needs []string
}

// members is a shape by words: a name, with ":" and o (an object), l (a list), t (a text),
// to or tl (one of both) for its kind, and "!" for what is needed.
func members(words string) shape {
	s := shape{kinds: map[string]kind{}}
	for _, word := range strings.Fields(words) {
		word, needed := strings.CutSuffix(word, "!")
		name, letters, _ := strings.Cut(word, ":")
		s.names = append(s.names, name)
		s.kinds[name] = map[string]kind{"t": aText, "o": anObject, "l": aList, "to": textOrObject, "tl": textOrList}[letters]
		if needed {
			s.needs = append(s.needs, name)
		}
	}
	return s
}

// check says what is wrong with the members of an object, one below the other, which is
// called by what it is.
func (s shape) check(of spot, what string) {
	for name, value := range of.members() {
		kind, known := s.kinds[name]
		if !known {
			value.misnamed(what+" has no member "+name, name, s.names)
			continue
		}
		value.check(kind)
	}
}

// loose is check for an object of which AWS's transform reads the members that it knows:
// it loses others without a word.
func (s shape) loose(of spot, what string) {
	for name, value := range of.members() {
		if kind, known := s.kinds[name]; known {
			value.check(kind)
		} else {
			value.lost(what, name, s.names)
		}
	}
}

// needed says which members are missing that an object needs.
func (s shape) needed(of spot, what string) {
	for _, name := range s.needs {
		if of.get(name).Null() {
			of.get(name).fault(what+" needs "+name, "")
		}
	}
}

// judge is check and needed: for an object that is written in one place.
func (s shape) judge(of spot, what string) {
	s.check(of, what)
	s.needed(of, what)
}

// check says that a value is of another kind, and whether it is of this one.
func (s spot) check(k kind) bool {
	if s.Null() || intrinsic(s.Node) != "" {
		return true
	}
	fits := true
	switch k {
	case aText:
		fits = isText(s.Node)
	case anObject:
		fits = s.IsObject()
	case aList:
		fits = s.IsList()
	case textOrObject:
		fits = !s.IsList()
	case textOrList:
		fits = !s.IsObject()
	}
	if !fits {
		s.fault("it must be "+kindNames[k], "")
	}
	return fits
}
