package console

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// Path is where the console is served, with all below it.
const Path = "/console/"

//go:embed web
var web embed.FS

// policy lets a page load what this listener serves and nothing else, run no script and
// no style that stands in a page, and make no markup out of text. No site frames it.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// pages are the first words of addresses below Path, one for each page. The console's own
// router reads the rest.
var pages = map[string]bool{
	"": true, "apis": true, "live": true, "connections": true, "playground": true, "deployments": true,
	"metrics": true, "access": true, "functions": true, "settings": true,
}

// Options are what a page must know before it can ask for anything.
type Options struct {
	Signed bool   // calls must be signed
	Region string // for which they are signed
}

// Console serves the files.
type Console struct {
	files map[string]file // by path below Path
	index file
}

// file is one with what is sent about it.
type file struct {
	content []byte
	kind    string
	tag     string
}

// New reads the files.
func New(o Options) *Console {
	c := &Console{files: map[string]file{}}
	_ = fs.WalkDir(web, "web", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := web.ReadFile(name)
		if below := strings.TrimPrefix(name, "web/"); below == "index.html" {
			c.index = made(name, o.fill(content))
		} else {
			c.files[below] = made(name, content)
		}
		return err
	})
	return c
}

// fill writes into a page what it must know.
func (o *Options) fill(page []byte) []byte {
	auth := "none"
	if o.Signed {
		auth = "sigv4"
	}
	page = bytes.Replace(page, []byte("{auth}"), []byte(auth), 1)
	return bytes.Replace(page, []byte("{region}"), []byte(html.EscapeString(o.Region)), 1)
}

// kinds are those of our files: what the machine says of endings may be anything.
var kinds = map[string]string{
	".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
}

func made(name string, content []byte) file {
	sum := sha256.Sum256(content)
	kind, ok := kinds[path.Ext(name)]
	if !ok {
		kind = mime.TypeByExtension(path.Ext(name))
	}
	return file{content, kind, `"` + hex.EncodeToString(sum[:12]) + `"`}
}

// Wants says whether a request is the console's: for what is below Path, or for Path
// without its last slash.
func Wants(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, Path) || r.URL.Path+"/" == Path
}

// ServeHTTP serves a file, or the page that reads the address itself.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	guard(w.Header())
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "The console is only read", http.StatusMethodNotAllowed)
		return
	}
	below, ok := strings.CutPrefix(r.URL.Path, Path)
	if !ok {
		http.Redirect(w, r, Path, http.StatusFound)
		return
	}
	if f, ok := c.files[below]; ok {
		f.serve(w, r)
		return
	}
	if first, _, _ := strings.Cut(below, "/"); !pages[first] {
		http.NotFound(w, r)
		return
	}
	c.index.serve(w, r)
}

// serve sends a file, or says that it is the one that the client has. Clients ask each
// time, so that the pages of a gateway are never older than the gateway.
func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("ETag", f.tag)
	h.Set("Cache-Control", "no-cache")
	for known := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		if known = strings.TrimSpace(known); known == f.tag || known == "W/"+f.tag || known == "*" {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	h.Set("Content-Type", f.kind)
	h.Set("Content-Length", strconv.Itoa(len(f.content)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(f.content) // the client may have gone away
	}
}

// guard sets the headers that bound what a page may do and who may embed it.
func guard(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
}
