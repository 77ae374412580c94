package portal

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// Prefix is the path below which portals are served.
const Prefix = "/_dragoman/portals/"

//go:embed page.html
var pageText string

// Handler serves portals out of a store.
type Handler struct {
	store    store.Store
	now      func() time.Time
	template *template.Template
	logger   *slog.Logger
}

// New makes the handler; a nil clock is time.Now, a nil logger slog.Default.
func New(s store.Store, now func() time.Time, logger *slog.Logger) (*Handler, error) {
	if logger == nil {
		logger = slog.Default()
	}
	if now == nil {
		now = time.Now
	}
	t, err := template.New("portal").Funcs(template.FuncMap{"sections": sections}).Parse(pageText)
	if err != nil {
		return nil, err
	}
	return &Handler{s, now, t, logger}, nil
}

// ServeHTTP answers the page of a portal or of its preview; 404 for one that is
// not published.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rest, ok := strings.CutPrefix(r.URL.Path, Prefix)
	id, kind, _ := strings.Cut(strings.TrimSuffix(rest, "/"), "/")
	name, known := map[string]string{"": catalog.PublishedPage, "preview": catalog.PreviewPage}[kind]
	if !ok || !known || id == "" {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "Method Not Allowed", http.StatusMethodNotAllowed)
		return
	}
	page, err := h.find(r.Context(), id, name)
	switch {
	case errors.Is(err, catalog.ErrNotFound):
		http.NotFound(w, r)
	case err != nil:
		h.logger.ErrorContext(r.Context(), "reading a portal failed", "portal", id, "error", err)
		http.Error(w, "Internal Server Error", http.StatusInternalServerError)
	// Nobody can be signed in here, and a page for some is not shown to all.
	case page.Portal.Authorization != nil && page.Portal.Authorization.CognitoConfig != nil:
		http.Error(w, "Forbidden", http.StatusForbidden)
	default:
		h.write(w, page)
	}
}

// find reads a page whose time has come: publishing takes a moment, as on AWS.
func (h *Handler) find(ctx context.Context, id, name string) (page *resource.PortalPage, err error) {
	err = h.store.View(ctx, func(r store.Reader) error {
		page, err = catalog.FindPortalPage(ctx, r, id, name)
		return err
	})
	if err == nil && h.now().UnixNano() < page.From {
		return nil, catalog.ErrNotFound
	}
	return page, err
}

// write shows a page whole or not at all. Its texts are its author's: they bring no scripts,
// and load nothing from elsewhere.
func (h *Handler) write(w http.ResponseWriter, page *resource.PortalPage) {
	var b bytes.Buffer
	if err := h.template.Execute(&b, page); err != nil {
		h.logger.Error("showing a portal failed", "portal", page.PortalId, "error", err)
		http.Error(w, "Internal Server Error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(b.Bytes()) // the client may have gone away
}

// section is a headed group of endpoint pages.
type section struct {
	Name      string
	Pages     []resource.ProductPage
	Endpoints []resource.ProductRestEndpointPage
}

// sections orders the pages of a product as its display order says; what the
// order does not name follows.
func sections(p resource.ProductOnPage) []section {
	pages, endpoints := slices.Clone(p.Pages), slices.Clone(p.Endpoints)
	takePage := func(arn string) (found []resource.ProductPage) {
		pages = slices.DeleteFunc(pages, func(page resource.ProductPage) bool {
			if page.ProductPageArn == arn {
				found = append(found, page)
			}
			return page.ProductPageArn == arn
		})
		return found
	}
	takeEndpoint := func(arn string) (found []resource.ProductRestEndpointPage) {
		endpoints = slices.DeleteFunc(endpoints, func(e resource.ProductRestEndpointPage) bool {
			if e.ProductRestEndpointPageArn == arn {
				found = append(found, e)
			}
			return e.ProductRestEndpointPageArn == arn
		})
		return found
	}
	// Pages that the order names come first, in its order; each is taken once, and what it leaves
	// out stands behind it, so that no page is lost by an order that was written before it.
	var first section
	var ordered []section
	if order := p.Product.DisplayOrder; order != nil {
		for _, arn := range append([]string{order.OverviewPageArn}, order.ProductPageArns...) {
			first.Pages = append(first.Pages, takePage(arn)...)
		}
		for _, s := range order.Contents {
			named := section{Name: s.SectionName}
			for _, arn := range s.ProductRestEndpointPageArns {
				named.Endpoints = append(named.Endpoints, takeEndpoint(arn)...)
			}
			ordered = append(ordered, named)
		}
	}
	first.Pages = append(first.Pages, pages...)
	return append(append([]section{first}, ordered...), section{Endpoints: endpoints})
}
