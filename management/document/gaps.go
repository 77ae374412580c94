package document

import (
	"slices"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// Parts of a region and of an API.
var (
	regionParts = []string{"vpcLinks", "apis", "domains", "apiKeys", "usagePlans", "portalProducts", "portals"}
	apiParts    = append([]string{"deployments", "stages"}, configParts...)
)

// sought are the members by which other nouns find one of a part, or whether it is of their
// kind.
var sought = map[string]string{"routes": "routeKey", "models": "name", "authorizers": "authorizerType"}

// gaps notes what could not be read of a document, so that nothing is told which may only
// follow from that.
func (l *loader) gaps(root tree.Node) {
	for _, g := range root.Gaps() {
		if g.In.There() {
			l.told.Holed(g.Path, func(member string) bool { return g.In.Get(member).There() })
		} else {
			l.told.Broken(g.Path)
		}
		l.loses(g)
	}
}

// loses notes which nouns others may not find for a gap.
func (l *loader) loses(g tree.Gap) {
	way := g.Way
	if len(way) > 0 && way[0] != "regions" {
		return
	}
	// What may be in it, where it is a mapping of parts: those that it has not.
	lose := func(parts []string) {
		for _, part := range parts {
			if !g.In.Get(part).There() {
				l.told.Lost(part)
			}
		}
	}
	if len(way) < 3 {
		lose(regionParts)
		if !g.In.Get("apis").There() {
			lose(apiParts)
		}
		return
	}
	part, rest := way[2], way[3:]
	for len(rest) > 1 && (slices.Contains(apiParts, rest[1]) || rest[1] == "configuration") {
		// A configuration has the parts of an API.
		if rest[1] == "configuration" {
			rest = rest[1:]
			continue
		}
		part, rest = rest[1], rest[2:]
	}
	switch {
	case len(rest) == 0: // the mapping itself, or some nouns of it
		if l.told.Lost(part); part == "apis" {
			lose(apiParts)
		}
	case rest[0] == "configuration" && len(rest) == 1:
		lose(apiParts)
	case part == "apis" && len(rest) == 1:
		if !g.In.There() {
			l.told.Lost(part)
		} else if !g.In.Get("protocolType").There() {
			l.told.Broken(g.Path + ".protocolType")
		}
		lose(apiParts)
	// What others look for in it may be what is unknown of it.
	case len(rest) == 1 && (!g.In.There() || sought[part] != "" && !g.In.Get(sought[part]).There()), len(rest) == 2 && rest[1] == sought[part]:
		l.told.Lost(part)
	}
}
