package signpost

import (
	"html/template"
	"net/http"
	"strings"

	"github.com/dragoman-gateway/dragoman/wire"
)

// Wanted says whether a request is a browser's that looks for something to see:
// it asks for a page, which no client of the API does, and no operation has the
// path.
func Wanted(r *http.Request, door *wire.Server) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && wantsPage(r) && !door.HasPath(r.URL.EscapedPath())
}

// wantsPage says that HTML is named among what a client takes.
func wantsPage(r *http.Request) bool {
	for _, line := range r.Header.Values("Accept") {
		for kind := range strings.SplitSeq(line, ",") {
			kind, _, _ = strings.Cut(kind, ";")
			if kind = strings.ToLower(strings.TrimSpace(kind)); kind == "text/html" || kind == "application/xhtml+xml" {
				return true
			}
		}
	}
	return false
}

// Page answers a page that says what this port is and where to go.
type Page struct {
	Signed bool   // calls must be signed
	APIs   string // host:port where the APIs are served
}

// ServeHTTP implements http.Handler.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	// The path is the client's: it is shown, and runs nothing. No other page frames this one,
	// which names addresses that a visitor may trust.
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	status := http.StatusOK
	if r.URL.Path != "/" {
		status = http.StatusNotFound
	}
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	_ = page().Execute(w, map[string]any{ // the client may have gone away
		"Here": scheme + "://" + r.Host, "Missing": status == http.StatusNotFound, "Path": r.URL.Path,
		"Signed": p.Signed, "APIs": "http://" + p.APIs,
	})
}

// page is parsed when it is asked for: browsers seldom come here. It tells who may call and
// how, and nothing of what is configured.
func page() *template.Template {
	return template.Must(template.New("signpost").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Dragoman: management</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem}pre{background:#f4f4f4;color:#111;padding:.8rem;overflow:auto}</style>
<h1>Dragoman, management</h1>
{{if .Missing}}<p>There is nothing at <code>{{.Path}}</code>.</p>
{{end}}<p>This port speaks the management API of Amazon API Gateway V2: it is called by programs, not by browsers.{{if .Signed}} Calls must be signed with a key of this gateway.{{end}}</p>
<pre>aws apigatewayv2 get-apis --endpoint-url {{.Here}}
dragoman api get-apis --endpoint-url {{.Here}}
dragoman import --endpoint-url {{.Here}} --backend http://localhost:3000 openapi.yaml</pre>
<p>To look at from here:</p>
<ul>
<li><a href="/v2/apis">/v2/apis</a>: the APIs{{if .Signed}} (signed calls only){{end}}</li>
<li><a href="/_dragoman/configuration">/_dragoman/configuration</a>: the whole configuration{{if .Signed}} (signed calls only){{end}}</li>
<li><a href="/healthz">/healthz</a> and <a href="/readyz">/readyz</a>: whether it lives and serves</li>
<li><a href="/metrics">/metrics</a>: what it has done</li>
</ul>
<p>The APIs themselves are served at <code>{{.APIs}}</code>; the member <code>apiEndpoint</code> of each says where.</p>
</html>
`))
}
