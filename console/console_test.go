package console

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func ask(t *testing.T, c *Console, method, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, "http://localhost:8081"+path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w
}

func TestWhatIsServed(t *testing.T) {
	c := New(Options{Region: "eu-west-1"})
	for _, row := range []struct {
		method, path string
		status       int
		kind, says   string
	}{
		{"GET", "/console/", 200, "text/html; charset=utf-8", "/console/js/main.js"},
		{"GET", "/console/live/9f3a", 200, "text/html; charset=utf-8", "/console/js/main.js"},
		{"GET", "/console/apis/a1/integrations/i1/responses/r1", 200, "text/html; charset=utf-8", "/console/js/main.js"},
		{"GET", "/console/js/dom.js", 200, "text/javascript; charset=utf-8", "export"},
		{"GET", "/console/css/base.css", 200, "text/css; charset=utf-8", ":root"},
		{"GET", "/console/icon.svg", 200, "image/svg+xml", "<svg"},
		{"HEAD", "/console/", 200, "text/html; charset=utf-8", ""},
		{"GET", "/console", 302, "text/html; charset=utf-8", ""},
		{"GET", "/console/js/nothing.js", 404, "text/plain; charset=utf-8", ""},
		{"GET", "/console/index.html", 404, "text/plain; charset=utf-8", ""}, // it has one address
		{"GET", "/console/elsewhere", 404, "text/plain; charset=utf-8", ""},
		{"GET", "/console/js/../../console.go", 404, "text/plain; charset=utf-8", ""},
		{"POST", "/console/", 405, "text/plain; charset=utf-8", ""},
	} {
		w := ask(t, c, row.method, row.path)
		if w.Code != row.status || w.Header().Get("Content-Type") != row.kind || !strings.Contains(w.Body.String(), row.says) {
			t.Errorf("%s %s: got %d %s %.80q", row.method, row.path, w.Code, w.Header().Get("Content-Type"), w.Body)
		}
		if h := w.Header(); !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") || strings.Contains(h.Get("Content-Security-Policy"), "unsafe") ||
			h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Set-Cookie") != "" {
			t.Errorf("%s %s: got headers %v", row.method, row.path, h)
		}
	}
	if w := ask(t, c, "HEAD", "/console/"); w.Body.Len() != 0 {
		t.Errorf("HEAD: got a body %.80q", w.Body)
	}
}

// A client that has a file is not sent it again, and one that has another is.
func TestFilesAreKnownByTheirTags(t *testing.T) {
	c := New(Options{})
	tag := ask(t, c, "GET", "/console/js/main.js").Header().Get("ETag")
	for known, status := range map[string]int{tag: 304, "W/" + tag: 304, `"other", ` + tag: 304, "*": 304, `"other"`: 200, "": 200} {
		if w := ask(t, c, "GET", "/console/js/main.js", "If-None-Match", known); w.Code != status || (status == 304) != (w.Body.Len() == 0) || w.Header().Get("ETag") != tag {
			t.Errorf("If-None-Match %s: got %d with %d bytes", known, w.Code, w.Body.Len())
		}
	}
}

// The page knows whether it must sign, and for which region; no text of that is markup.
func TestPageKnowsHowToCall(t *testing.T) {
	page := ask(t, New(Options{Signed: true, Region: `"><img>`}), "GET", "/console/").Body.String()
	if !strings.Contains(page, `name="dragoman-auth" content="sigv4"`) || strings.Contains(page, "<img>") {
		t.Errorf("got %s", page)
	}
	if page = ask(t, New(Options{}), "GET", "/console/").Body.String(); !strings.Contains(page, `name="dragoman-auth" content="none"`) {
		t.Errorf("got %s", page)
	}
}

func TestWants(t *testing.T) {
	for path, want := range map[string]bool{"/console/": true, "/console": true, "/console/apis": true, "/consoles": false, "/": false, "/v2/console/": false} {
		if got := Wants(httptest.NewRequest(http.MethodGet, path, nil)); got != want {
			t.Errorf("%s: got %v", path, got)
		}
	}
}

// All files together are small enough to be read, and hold no other's code: nothing is
// loaded from elsewhere, and no text becomes markup.
func TestFiles(t *testing.T) {
	const most = 300_000
	size := 0
	err := fs.WalkDir(web, "web", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := web.ReadFile(name)
		size += len(content)
		text := string(content)
		for _, never := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", " style=", "document.cookie", "@import", "https://"} {
			if strings.Contains(text, never) {
				t.Errorf("%s has %q", name, never)
			}
		}
		if rest := strings.ReplaceAll(text, `"http://www.w3.org/2000/svg"`, ""); strings.Contains(strings.ReplaceAll(rest, "'http://www.w3.org/2000/svg'", ""), "src=\"http") {
			t.Errorf("%s loads from elsewhere", name)
		}
		return err
	})
	if err != nil || size == 0 || size >= most {
		t.Errorf("the files have %d bytes, want fewer than %d; %v", size, most, err)
	}
}
