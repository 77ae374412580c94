package lambda

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/authorizer"
)

// action is what every request to an API asks for, execute-api:Invoke, in lower
// case: names of actions have no case.
// Documented: IAM User Guide, IAM JSON policy elements: Action.
const action = "execute-api:invoke"

// policy is a policy document as far as it is judged.
type policy struct {
	statements []statement
}

// statement is one statement of a policy. Of actions and notActions exactly one
// is set, and so with resources.
type statement struct {
	deny         bool
	opaque       bool // has a variable or a condition that we cannot evaluate
	variable     bool // has a variable in its resources
	conditions   []condition
	actions      []string
	notActions   []string
	resources    []string
	notResources []string
	text         string // as it is told
}

// verdict is what a policy says of one request.
type verdict uint8

const (
	silent  verdict = iota // no statement is about it: denied
	allowed                // a statement allows it and none denies it
	denied                 // a statement denies it
)

// oneOrMany is a member that is a string or a list of strings.
type oneOrMany []string

func (o *oneOrMany) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*o = oneOrMany{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(o))
}

// fields are the members of a JSON object by their exact names: encoding/json
// would take "effect" for "Effect".
type fields map[string]json.RawMessage

// parsePolicy reads a policy document. What it does not understand is an error,
// since half a policy might allow what the whole one denies.
func parsePolicy(text []byte) (*policy, error) {
	var doc fields
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, errors.New("policyDocument is no JSON object")
	}
	var raw []fields
	if json.Unmarshal(doc["Statement"], &raw) != nil {
		raw = make([]fields, 1)
		if err := json.Unmarshal(doc["Statement"], &raw[0]); err != nil {
			return nil, errors.New("policyDocument has no valid Statement")
		}
	}
	p := &policy{}
	for i, r := range raw {
		s, err := r.statement()
		if err != nil {
			return nil, err
		}
		s.text = r.told(i + 1)
		p.statements = append(p.statements, s)
	}
	return p, nil
}

func (f fields) statement() (statement, error) {
	var effect string
	var s statement
	for name, into := range map[string]any{
		"Effect": &effect, "Action": (*oneOrMany)(&s.actions), "NotAction": (*oneOrMany)(&s.notActions),
		"Resource": (*oneOrMany)(&s.resources), "NotResource": (*oneOrMany)(&s.notResources),
	} {
		if text, ok := f[name]; ok && json.Unmarshal(text, into) != nil {
			return s, errors.New("a statement has no valid " + name)
		}
	}
	if effect != "Allow" && effect != "Deny" {
		return s, errors.New("the Effect of a statement must be Allow or Deny")
	}
	if (len(s.actions) == 0) == (len(s.notActions) == 0) {
		return s, errors.New("a statement needs either Action or NotAction")
	}
	if (len(s.resources) == 0) == (len(s.notResources) == 0) {
		return s, errors.New("a statement needs either Resource or NotResource")
	}
	for _, list := range [][]string{s.actions, s.notActions} {
		for i, a := range list {
			list[i] = strings.ToLower(a)
		}
	}
	s.deny = effect == "Deny"
	s.variable = hasVariable(s.resources) || hasVariable(s.notResources)
	var known bool
	s.conditions, known = parseConditions(f["Condition"])
	s.opaque = s.variable || !known
	return s, nil
}

// judge evaluates the policy for a request: an explicit deny wins, then an allow;
// silence denies.
// Documented: IAM User Guide, Policy evaluation logic.
//
// Of what cannot be evaluated the stricter is taken: such an Allow does not hold,
// such a Deny does. A Deny also speaks of the request by the other readings of
// its path; an Allow must name it as it was sent.
//
// by is the number of the statement that decides, from 1, and 0 for none: the first that
// denies, else the first that allows.
func (p *policy) judge(r *authorizer.Request) (v verdict, by int) {
	for i := range p.statements {
		s := &p.statements[i]
		switch {
		case s.deny && (s.about(r.ARN) || slices.ContainsFunc(r.Also, s.naming)) && (s.opaque || s.holds(r)):
			return denied, i + 1
		case !s.deny && s.about(r.ARN) && !s.opaque && s.holds(r) && v == silent:
			v, by = allowed, i+1
		}
	}
	return v, by
}

// about reports whether the statement speaks of invoking arn. With a variable
// in its resources it may speak of anything.
func (s *statement) about(arn string) bool {
	return names(s.actions, s.notActions, action) && (s.variable || names(s.resources, s.notResources, arn))
}

// naming reports whether the statement names arn, rather than all but others.
func (s *statement) naming(arn string) bool { return len(s.notResources) == 0 && s.about(arn) }

// holds reports whether all conditions of the statement are met.
func (s *statement) holds(r *authorizer.Request) bool {
	for i := range s.conditions {
		if !s.conditions[i].met(r) {
			return false
		}
	}
	return true
}

func hasVariable(list []string) bool {
	for _, s := range list {
		if strings.Contains(s, "${") {
			return true
		}
	}
	return false
}

func names(patterns, notPatterns []string, text string) bool {
	if len(notPatterns) > 0 {
		return !matchesAny(notPatterns, text)
	}
	return matchesAny(patterns, text)
}

func matchesAny(patterns []string, text string) bool {
	for _, p := range patterns {
		if glob(p, text) {
			return true
		}
	}
	return false
}

// glob matches a pattern in which * stands for any text, slashes and colons
// included, and ? for one character. It takes time in the product of the two
// lengths at worst, whatever the pattern.
// Documented: IAM User Guide, IAM JSON policy elements: Resource.
func glob(pattern, text string) bool {
	p, t := 0, 0
	star, from := -1, 0 // the last * and where in text it ends so far
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p, t = p+1, t+1
		case star >= 0:
			from++
			p, t = star+1, from
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
