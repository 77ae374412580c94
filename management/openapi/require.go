package openapi

import (
	"slices"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/resource"
)

// nobody is the name by which SAM says that an operation has no authorization; the
// document has no scheme of this name.
const nobody = "NONE"

// demand is one scheme that a requirement names, with its scopes; its scheme is nil
// when no authorizer stands for it.
type demand struct {
	name   string
	scopes []string
	scheme *scheme
}

// authorization reads who may call an operation: its own requirement, or that of
// the document. It answers false when the operation is left out; one that is wrong is not.
func (d *reader) authorization(route *Route, operation tree.Node) (admitted bool, err error) {
	route.AuthorizationType = resource.AuthNone
	// The extension x-amazon-apigateway-auth of an operation says what AWS shall do;
	// its security says so for every tool, and so comes second.
	if kind := operation.Get(authMember, "type").Text(); kind != "" {
		switch kind = strings.ToUpper(kind); kind {
		case resource.AuthNone:
			return true, nil
		case resource.AuthIAM:
			route.AuthorizationType = kind
			return true, nil
		}
		return true, d.refused([]string{authMember, "type"}, "Invalid %s at %s: the type must be NONE or AWS_IAM, got %s", authMember, route.RouteKey, kind)
	}
	requirement := operation.Get("security")
	if requirement.Null() {
		// Documented: OpenAPI 3.0.3, Operation Object, security: it overrides that of
		// the document; an empty list removes it.
		requirement = d.security
	}
	choices, ok, err := d.choices(requirement, route.RouteKey)
	if err != nil || !ok {
		return true, err // its integration may be wrong too
	}
	return d.choose(route, choices)
}

// choices are the alternatives of a requirement, each a list of schemes that must
// all agree; one that asks for nothing is an empty list. A requirement of another
// form is refused: what is not understood must not open a route.
// Documented: OpenAPI 3.0.3, Security Requirement Object: one item of the list is
// enough, and within an item all schemes must be satisfied.
func (d *reader) choices(requirement tree.Node, at string) (choices [][]demand, ok bool, err error) {
	if requirement.Null() {
		return nil, true, nil
	}
	if !requirement.IsList() {
		return nil, false, d.refused([]string{"security"}, "Unable to parse API definition: the security at %s is not a list", at)
	}
	for i, item := range requirement.Items() {
		if !item.IsObject() {
			return nil, false, d.refused([]string{"security", strconv.Itoa(i)}, "Unable to parse API definition: the security at %s has an item that is not an object", at)
		}
		choice := []demand{}
		for name, scopes := range item.Members() {
			s := d.schemes[name]
			// Observed: the route then has authorization type NONE.
			if name == nobody && s == nil {
				continue
			}
			asked := demand{name: name, scheme: s}
			for _, scope := range scopes.Items() {
				asked.scopes = append(asked.scopes, scope.Text())
			}
			choice = append(choice, asked)
		}
		choices = append(choices, choice)
	}
	return choices, true, nil
}

// choose gives a route the one authorizer that its requirement comes to. Several
// would have to be tried one after the other, or all at once; a route has one.
//
// Assumed: an alternative that asks for nothing makes a route that everybody may
// call; of alternatives of which an authorizer stands for one alone, that one
// counts; an operation that asks for a scheme without an authorizer is left out, or
// with Options.Open made without what it lacks. AWS says nothing of either.
func (d *reader) choose(route *Route, choices [][]demand) (admitted bool, err error) {
	if len(choices) == 0 || slices.ContainsFunc(choices, func(c []demand) bool { return len(c) == 0 }) {
		if len(choices) > 1 {
			d.warn("The authorization at " + route.RouteKey + " is optional: everybody may call the route, and no token is looked at")
		}
		return true, nil
	}
	var kept, blind []demand // with an authorizer, and without one
	sure := false            // some alternative is kept whole
	for _, choice := range choices {
		whole := true
		for _, asked := range choice {
			if asked.scheme == nil {
				whole = false
				blind = append(blind, asked)
			} else {
				kept = append(kept, asked)
			}
		}
		sure = sure || whole
	}
	if len(kept) > 1 {
		return true, d.refused([]string{"security"}, "More than one security requirement at %s is not supported", route.RouteKey)
	}
	const unable = "Unable to find an authorizer for the security requirement "
	if !sure && !d.options.Open {
		d.leaveOut("operation "+route.RouteKey, "no authorizer stands for its security requirement "+blind[0].name,
			unable+blind[0].name+" at "+route.RouteKey+": the operation was left out")
		return false, nil
	}
	if len(kept) == 1 {
		d.guard(route, &kept[0])
	}
	for _, asked := range blind {
		if route.AuthorizationType == resource.AuthNone {
			d.warn(unable + asked.name + " at " + route.RouteKey + ": everybody may call the route")
		} else {
			d.warn(unable + asked.name + " at " + route.RouteKey + ": only " + kept[0].name + " is asked for")
		}
	}
	return true, nil
}

func (d *reader) guard(route *Route, asked *demand) {
	route.AuthorizationType, route.Authorizer = asked.scheme.authorization, asked.scheme.authorizer
	// Documented: API Gateway V2 API Reference, CreateRoute, authorizationScopes:
	// scopes go with JWT authorizers.
	if asked.scheme.authorization == resource.AuthJWT {
		route.AuthorizationScopes = asked.scopes
	}
}
