package gateway

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/dragoman-gateway/dragoman/management/blame"
	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// spot is where in a template something of the document comes from.
type spot struct {
	r    *resource
	node tree.Node
	path *tree.Path
}

// came notes where what stands at a path of the document comes from.
func (b *builder) came(at string, s spot) { b.spots[at] = s }

// refused tells an error of the document where its template says what is wrong.
func (b *builder) refused(e *tree.Error) {
	s, rest := b.spot(e.Path)
	if s.r == nil {
		// Nothing of ours is without a place; what is left out of it must not be lost.
		if len(b.result.Faults) < maxFaults {
			b.result.Faults = append(b.result.Faults, source.Fault{Path: e.Path, Message: e.Message})
		}
		return
	}
	n, path := s.member(rest, e.Message)
	if b.follows(s, path, e) {
		return
	}
	b.tell(s.r, n, path, e.Message, remedy(e.Message))
}

// follows says whether an error of the document, which is told at a path, may only follow
// from faults that are told: it is then told, if it is one, when those are mended.
func (b *builder) follows(s spot, path *tree.Path, e *tree.Error) bool {
	if b.hides(s, path, e) || b.mayMiss(s, path, e) {
		return true
	}
	for id := range b.hollow {
		if strings.Contains(e.Path, ".apis."+id+".") || s.names(id) {
			return true
		}
	}
	// What has a fault is part of the document with what is right of it, so that others find
	// it by its id. It cannot be found by what it lacks.
	return blame.Missing(e.Message, func(part string) bool { return b.Partial || b.lacks[part] })
}

// hides says whether faults of a spot that are told may be what an error of it comes from:
// they are about the same property, or one that rules on others look at, or it is about
// the spot as a whole.
func (b *builder) hides(s spot, path *tree.Path, e *tree.Error) bool {
	at, about := s.path.String(), path.String()
	whole := about == at
	if b.vague[s.r.key()] || whole && at == s.r.properties().String() && b.wrong[s.r.key()] {
		return true
	}
	file := cmp.Or(s.node.File(), s.r.Node.File())
	return slices.ContainsFunc(b.Told, func(f source.Fault) bool {
		rest, within := strings.CutPrefix(f.Path, at)
		if !within || f.File != file && f.File != s.r.Node.File() || rest != "" && rest[0] != '.' {
			return false
		}
		if whole || rest == "" || f.Path == about || strings.HasPrefix(f.Path, about+".") || strings.HasPrefix(about, f.Path+".") {
			return true
		}
		return slices.ContainsFunc(strings.Split(rest[1:], "."), func(name string) bool {
			return name != "" && (blame.Decisive(strings.ToLower(name[:1])+name[1:]) || blame.Mentions(e.Message, name))
		})
	})
}

// mayMiss says whether an error of a spot in an OpenAPI document may be one only because not
// all of it could be read.
func (b *builder) mayMiss(s spot, path *tree.Path, e *tree.Error) bool {
	rest, _ := strings.CutPrefix(path.String(), s.path.String())
	member, _, _ := strings.Cut(strings.TrimPrefix(rest, "."), ".")
	if below := s.node.Get(member); below.Torn() {
		return true
	}
	if !s.node.Holed() {
		// What it wants may have stood in anything around it.
		at := source.Fault{File: s.node.File(), Path: path.String()}
		return blame.Wants(e.Message) && slices.ContainsFunc(b.holes, func(hole source.Fault) bool { return hole.Holds(at) })
	}
	for name, spelled := range inOpenAPI {
		if spelled == member {
			member = name
		}
	}
	// The path of the noun, by which is known what it is.
	noun := e.Path
	for names := strings.Split(noun, "."); len(names) > 1; names = names[:len(names)-1] {
		if kind := names[len(names)-2]; slices.Contains([]string{"apis", "routes", "integrations", "authorizers"}, kind) {
			noun = strings.Join(names, ".")
			break
		}
	}
	return blame.MayMiss(noun, func(name string) bool { n, _ := property(s.node, name); return n.There() }, member, e.Message)
}

// toldWithin says whether a fault was told already of something at or below a spot.
func (b *builder) toldWithin(s spot) bool {
	at := source.Fault{File: s.r.Node.File(), Path: s.path.String()}
	in := source.Fault{File: s.node.File(), Path: at.Path}
	return slices.ContainsFunc(b.Told, func(f source.Fault) bool { return at.Holds(f) || in.Holds(f) })
}

// names says whether a value of the spot names something by its id.
func (s spot) names(id string) bool {
	var within func(n tree.Node) bool
	within = func(n tree.Node) bool {
		if strings.Contains(n.Text(), id) {
			return true
		}
		for _, value := range n.Members() {
			if within(value) {
				return true
			}
		}
		return slices.ContainsFunc(n.Items(), within)
	}
	return within(s.node)
}

// remedy is what would be right where the words of API Gateway do not say it: most of its
// refusals do, but for those of an id, which nobody writes into a template.
func remedy(message string) string {
	what, is := strings.CutSuffix(message, " identifier specified")
	if what, ours := strings.CutPrefix(what, "Invalid "); is && ours {
		return "name a resource of the template, by !Ref LogicalId, or ${LogicalId} in !Sub: its id is that of the " + strings.ToLower(what)
	}
	return ""
}

// spot finds the nearest place above a path of the document.
func (b *builder) spot(at string) (s spot, rest string) {
	for whole := at; at != ""; {
		if s, ok := b.spots[at]; ok {
			return s, strings.TrimPrefix(strings.TrimPrefix(whole, at), ".")
		}
		i := strings.LastIndexByte(at, '.')
		at = at[:max(i, 0)]
	}
	return spot{}, ""
}

// member is the property that an error is about: that of the path below the spot, or
// else, where the template calls it otherwise, the first that the message names.
func (s spot) member(rest, message string) (tree.Node, *tree.Path) {
	n, path := s.node, s.path
	if rest != "" {
		for name := range strings.SplitSeq(rest, ".") {
			below, spelled := property(n, name)
			if !below.There() {
				break
			}
			n, path = below, path.Below(spelled)
		}
		if path != s.path {
			return n, path
		}
	}
	// The plane's errors are AWS's own texts, which say what they are about in words: a
	// property, and often one within it.
	for name := named(n, message); name != ""; name = named(n, message) {
		n, path = n.Get(name), path.Below(name)
	}
	if n == s.node {
		return inside(n, path, message)
	}
	return n, path
}

// inside is the property of one of a node's own that a message names.
func inside(n tree.Node, path *tree.Path, message string) (tree.Node, *tree.Path) {
	for key, value := range n.Members() {
		if name := named(value, message); name != "" {
			return value.Get(name), path.Below(key).Below(name)
		}
	}
	return n, path
}

// meant are properties that messages of the management plane call otherwise.
var meant = []struct{ words, property string }{
	{"Integration identifier", "Target"}, {"Timeout", "TimeoutInMillis"}, {"URI", "IntegrationUri"}, {"Deployment identifier", "DeploymentId"},
	{"certificate", "DomainNameConfigurations"},
	{"context variables", "AccessLogSettings"}, {"Access Log format", "AccessLogSettings"}, {"context variables", "Format"},
}

// named is the property that a message names: the one with the longest name, which may
// stand in it in words.
func named(n tree.Node, message string) (name string) {
	letters := func(text string) string {
		return strings.ToLower(strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) {
				return r
			}
			return -1
		}, text))
	}
	told := letters(message)
	for key := range n.Members() {
		if len(key) > len(name) && len(key) > 3 && strings.Contains(told, strings.ToLower(key)) {
			name = key
		}
	}
	for _, m := range meant {
		if name == "" && strings.Contains(message, m.words) && n.Get(m.property).There() {
			name = m.property
		}
	}
	return name
}

// inOpenAPI are members of integrations that OpenAPI documents call otherwise.
//
// Documented: API Gateway Developer Guide, x-amazon-apigateway-integration.
var inOpenAPI = map[string]string{"integrationUri": "uri", "integrationMethod": "httpMethod", "integrationType": "type", "credentialsArn": "credentials"}

// property is a member of an object, whose first letter may be large.
func property(n tree.Node, name string) (tree.Node, string) {
	for key, value := range n.Members() {
		if strings.EqualFold(key, name) || key == inOpenAPI[name] {
			return value, key
		}
	}
	return tree.Node{}, ""
}
