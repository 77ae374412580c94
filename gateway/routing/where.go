package routing

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/gateway/serving"
	"github.com/dragoman-gateway/dragoman/internal/uripath"
	"github.com/dragoman-gateway/dragoman/resource"
)

// Explainer tells where a custom domain leads, for whoever asks and sends nothing.
type Explainer interface {
	// Explain says what a host and a path find; Domain is "" where the host is none of a
	// custom domain.
	Explain(host string, r *http.Request) Explained
}

// Explained is what a custom domain does with a request.
type Explained struct {
	Domain     string // as it is configured
	Mutual     bool   // clients have to show a certificate
	Match      *Match // what took the path; nil: nothing did
	API, Stage string // that is mapped there
	Why        string // it leads nowhere, in a sentence; "" where it does not
}

// Where is where a request would go.
type Where struct {
	Explained
	By       string // what found the API: a custom domain, its name, or its id in the path
	Protocol string
	Rest     string // the path that routes see
}

// Find says where a request for a host would go, by the rules of ServeHTTP, and why.
func Find(apis Apis, domains Explainer, r *http.Request) (w Where) {
	path, ok := Path(r)
	if !ok || uripath.Dotted(path) {
		w.Why = "the path has dot segments or cannot be read, so that it is refused"
		return w
	}
	// The order is that of Handler.find: a sentence that names another winner than requests have
	// would be worse than none.
	if rest, is := strings.CutPrefix(path, byPath); is {
		id, rest, _ := strings.Cut(rest, "/")
		return found(apis, "address by path", uripath.Unescape(id), "/"+rest)
	}
	if id, _, is := strings.Cut(strings.ToLower(r.Host), ".execute-api."); is && id != "" && !strings.Contains(id, ".") {
		return found(apis, "name of the API", id, path)
	}
	if w.Explained = domains.Explain(hostname(r.Host), r); w.Domain == "" {
		w.Why = "the host is neither the name of an API ({apiId}.execute-api.…) nor a custom domain"
		return w
	}
	// Why is then the explainer's: it knows what of the domain did not fit.
	if w.By = "custom domain"; w.Match == nil || w.Match.Api == nil {
		return w
	}
	w.Protocol, w.Rest = w.Match.Api.Protocol, w.Match.Path
	switch {
	case w.Match.Rule != "":
		w.Why = "the routing rule " + w.Match.Rule + " of " + w.Domain + " leads to the stage " + w.Stage
	case w.Match.BasePath != "":
		w.Why = "the mapping " + strconv.Quote(w.Match.BasePath) + " of " + w.Domain + " leads to the stage " + w.Stage
	default:
		w.Why = "the mapping of " + w.Domain + " without a key leads to the stage " + w.Stage
	}
	if w.Mutual {
		w.Why += "; clients have to show a certificate"
	}
	return w
}

// found says which stage of an API a path names.
func found(apis Apis, by, id, path string) (w Where) {
	w.By = by
	api := apis.Api(id)
	if api == nil {
		w.Why = "there is no API " + strconv.Quote(id) + ", or it has no stage that is served"
		return w
	}
	w.API, w.Protocol = id, api.Protocol
	name, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	name = uripath.Unescape(name)
	switch stage, base := stageOf(api, name), api.Stages[resource.DefaultKey]; {
	case stage != nil:
		w.Stage, w.Rest = name, "/"+rest
		w.Why = "the path begins with the stage " + name
	// Documented: API Gateway Developer Guide, Stages for HTTP APIs: $default is served at the
	// base of the API's URL.
	case base != nil && api.Protocol == resource.HTTP:
		w.Stage, w.Rest = resource.DefaultKey, path
		w.Why = "the path begins with no stage's name, so that it is one of $default"
	default:
		w.Why = "the API has no stage " + strconv.Quote(name)
		if api.Protocol == resource.HTTP {
			w.Why += " and no stage $default"
		}
	}
	return w
}

// stageOf is the stage that a path names. $default is named by no path, but for an address
// by path.
func stageOf(api *serving.Api, name string) *serving.Stage {
	if name == resource.DefaultKey && api.Protocol == resource.HTTP {
		return nil
	}
	return api.Stages[name]
}
