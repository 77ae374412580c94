package up

import (
	"regexp"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/resource"
)

// api is an API of a stack, as people are shown it.
type api struct {
	LogicalID string
	Name      string
	ID        string
	Protocol  string
	Stages    []string
	Routes    []route
}

// route is a route with what it leads to: a function's name, a URL, or a word.
type route struct{ Key, Target string }

// apisOf finds the APIs in a document of the configuration.
func apisOf(document []byte) ([]api, error) {
	root, err := tree.Parse(document)
	if err != nil {
		return nil, err
	}
	var apis []api
	for _, region := range root.Get("regions").Members() {
		for id, at := range region.Get("apis").Members() {
			a := api{LogicalID: id, ID: id, Name: at.Get("name").Text(), Protocol: at.Get("protocolType").Text(), Stages: []string{}}
			for name := range at.Get("stages").Members() {
				a.Stages = append(a.Stages, name)
			}
			for _, r := range at.Get("routes").Members() {
				a.Routes = append(a.Routes, route{r.Get("routeKey").Text(), target(at, r.Get("target").Text())})
			}
			apis = append(apis, a)
		}
	}
	return apis, nil
}

// functionName is the name in the ARN of a function.
var functionName = regexp.MustCompile(`:function:([A-Za-z0-9_-]+)`)

// target words what a route leads to.
func target(api tree.Node, of string) string {
	if of == "" {
		return ""
	}
	i := api.Get("integrations", strings.TrimPrefix(of, "integrations/"))
	uri := i.Get("integrationUri").Text()
	if m := functionName.FindStringSubmatch(uri); m != nil {
		return m[1]
	}
	switch kind := i.Get("integrationType").Text(); {
	case kind == "MOCK":
		return "mock"
	case i.Get("integrationSubtype").Text() != "":
		return i.Get("integrationSubtype").Text()
	default:
		return uri
	}
}

// bare are the ids of the APIs that answer at the bare address: of each protocol the
// one that was chosen, or else the one that there is. unknown are those chosen that
// are not there.
func bare(apis []api, chosen []string) (ids, unknown []string) {
	for _, name := range chosen {
		i := slices.IndexFunc(apis, func(a api) bool { return a.LogicalID == name || a.ID == name })
		if i < 0 {
			unknown = append(unknown, name)
			continue
		}
		ids = append(ids, apis[i].ID)
	}
	for _, protocol := range []string{resource.HTTP, resource.WebSocket} {
		var alone []string
		decided := false
		for _, a := range apis {
			if a.Protocol == protocol {
				alone = append(alone, a.ID)
				decided = decided || slices.Contains(ids, a.ID)
			}
		}
		if !decided && len(alone) == 1 {
			ids = append(ids, alone[0])
		}
	}
	return ids, unknown
}

// addresses are where the stages of an API answer on a listener, host:port, the
// shortest first. secure says that it speaks TLS too.
func (a *api) addresses(at string, isBare, secure bool) []string {
	scheme := "http"
	if a.Protocol == resource.WebSocket {
		scheme = "ws"
	}
	schemes := []string{scheme}
	if secure {
		schemes = append(schemes, scheme+"s")
	}
	prefixes := []string{"/_aws/execute-api/" + a.ID}
	if isBare {
		prefixes = slices.Insert(prefixes, 0, "")
	}
	var found []string
	for _, prefix := range prefixes {
		for _, stage := range a.Stages {
			path := prefix + "/" + stage
			if stage == resource.DefaultKey {
				path = prefix
			}
			for _, scheme := range schemes {
				found = append(found, scheme+"://"+at+path)
			}
		}
	}
	return found
}
