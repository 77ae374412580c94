package up

import (
	"slices"

	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/template/gateway"
)

// bare are the ids of the APIs that answer at the bare address: of each protocol the
// one that was chosen, or else the one that there is. unknown are those chosen that
// are not there.
func bare(apis []gateway.API, chosen []string) (ids, unknown []string) {
	for _, name := range chosen {
		i := slices.IndexFunc(apis, func(a gateway.API) bool {
			return name == a.LogicalID || name == a.ID || name == a.Stack+"."+a.LogicalID
		})
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
			// The address of a function is no API that somebody has asked for.
			if a.Protocol == protocol && !a.URL {
				alone = append(alone, a.ID)
			}
			decided = decided || a.Protocol == protocol && slices.Contains(ids, a.ID)
		}
		if !decided && len(alone) == 1 {
			ids = append(ids, alone[0])
		}
	}
	return ids, unknown
}

// addresses are where the stages of an API answer on a listener, host:port, the
// shortest first. secure says that it speaks TLS too.
func addresses(a *gateway.API, at string, bare, secure bool) []string {
	scheme := "http"
	if a.Protocol == resource.WebSocket {
		scheme = "ws"
	}
	schemes := []string{scheme}
	if secure {
		schemes = append(schemes, scheme+"s")
	}
	prefixes := []string{byPath + a.ID}
	if bare {
		prefixes = slices.Insert(prefixes, 0, "")
	}
	found := []string{}
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

// byPath is before the id of an API in an address that needs no name.
const byPath = "/_aws/execute-api/"
