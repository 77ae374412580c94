package portal

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
)

var colors = &resource.CustomColors{AccentColor: "#111111", BackgroundColor: "#222222", HeaderColor: "expression(1)", TextColor: "red"}

func page(id string, from time.Time) *resource.PortalPage {
	return &resource.PortalPage{PortalId: id, From: from.UnixNano(),
		Portal: resource.Portal{PortalId: id, Authorization: &resource.Authorization{None: &struct{}{}},
			PortalContent: &resource.PortalContent{DisplayName: "Pets & <b>more</b>", Theme: &resource.PortalTheme{CustomColors: colors}}},
		Products: []resource.ProductOnPage{{
			Product: resource.PortalProduct{PortalProductId: "prod", DisplayName: "Store", DisplayOrder: &resource.DisplayOrder{OverviewPageArn: "arn:2",
				Contents: []resource.Section{{SectionName: "Reading", ProductRestEndpointPageArns: []string{"arn:e"}}}}},
			Pages: []resource.ProductPage{
				{ProductPageArn: "arn:1", ProductPageId: "one", DisplayContent: &resource.DisplayContent{Title: "Second", Body: "<script>alert(1)</script>"}},
				{ProductPageArn: "arn:2", ProductPageId: "two", DisplayContent: &resource.DisplayContent{Title: "Overview", Body: "Hello"}}},
			Endpoints: []resource.ProductRestEndpointPage{{ProductRestEndpointPageArn: "arn:e", DisplayContent: &resource.EndpointDisplayContentResponse{Endpoint: "/pets"},
				RestEndpointIdentifier: &resource.RestEndpointIdentifier{IdentifierParts: &resource.IdentifierParts{Method: "GET", Path: "/pets"}}}},
		}}}
}

func newHandler(t *testing.T, now time.Time, pages map[string]*resource.PortalPage) *Handler {
	t.Helper()
	ctx := context.Background()
	db := sqlite.OpenMemory(sqlite.Options{})
	t.Cleanup(func() { _ = db.Close() })
	_, err := db.Update(ctx, func(tx store.Tx) error {
		for name, p := range pages {
			if err := catalog.PortalPages("eu-west-1", p.PortalId).Put(ctx, tx, name, p); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	h, err := New(db, func() time.Time { return now }, nil)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestPage(t *testing.T) {
	now := time.Now()
	login := page("login", now)
	login.Portal.Authorization = &resource.Authorization{CognitoConfig: &resource.CognitoConfig{}}
	for name, c := range map[string]struct {
		pages        map[string]*resource.PortalPage
		method, path string
		status       int
	}{
		"published":             {map[string]*resource.PortalPage{"published": page("abc", now)}, "GET", "/_dragoman/portals/abc", 200},
		"with a slash":          {map[string]*resource.PortalPage{"published": page("abc", now)}, "GET", "/_dragoman/portals/abc/", 200},
		"not published":         {nil, "GET", "/_dragoman/portals/abc", 404},
		"publishing":            {map[string]*resource.PortalPage{"published": page("abc", now.Add(time.Second))}, "GET", "/_dragoman/portals/abc", 404},
		"preview":               {map[string]*resource.PortalPage{"preview": page("abc", now)}, "GET", "/_dragoman/portals/abc/preview", 200},
		"only previewed":        {map[string]*resource.PortalPage{"preview": page("abc", now)}, "GET", "/_dragoman/portals/abc", 404},
		"of a user pool":        {map[string]*resource.PortalPage{"published": login}, "GET", "/_dragoman/portals/login", 403},
		"something below":       {map[string]*resource.PortalPage{"published": page("abc", now)}, "GET", "/_dragoman/portals/abc/x", 404},
		"no portal":             {nil, "GET", "/_dragoman/portals/", 404},
		"a method that changes": {map[string]*resource.PortalPage{"published": page("abc", now)}, "POST", "/_dragoman/portals/abc", 405},
	} {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			newHandler(t, now, c.pages).ServeHTTP(w, httptest.NewRequest(c.method, c.path, nil))
			if w.Code != c.status {
				t.Errorf("got %d, want %d", w.Code, c.status)
			}
		})
	}
}

func TestPageIsEscapedAndOrdered(t *testing.T) {
	now := time.Now()
	w := httptest.NewRecorder()
	newHandler(t, now, map[string]*resource.PortalPage{"published": page("abc", now)}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/_dragoman/portals/abc", nil))
	html := w.Body.String()
	for _, never := range []string{"<script>alert", "<b>more", "expression(1)"} {
		if strings.Contains(html, never) {
			t.Errorf("got %q in the page, want it escaped", never)
		}
	}
	at := -1
	for _, next := range []string{"Pets &amp; &lt;b&gt;", "Store", "Overview", "Second", "Reading", "GET /pets"} {
		i := strings.Index(html, next)
		if i <= at {
			t.Errorf("got %q at %d, want it after %d:\n%s", next, i, at, html)
		}
		at = i
	}
	if w.Header().Get("Content-Security-Policy") == "" {
		t.Error("got no content security policy, want one")
	}
}
