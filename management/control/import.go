package control

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/management/openapi"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/wire"
)

// importApi makes an API of a document, all of it or nothing.
func (c *Control) importApi(ctx context.Context, r *wire.Request) (any, error) {
	report, err := c.importNew(ctx, r, importing{})
	if err != nil {
		return nil, fault.E("control.ImportApi", err)
	}
	return report.Api, nil
}

// reimportApi makes an API what a document says. What the document describes keeps
// its id: routes by their key, integrations by their route, authorizers by name.
func (c *Control) reimportApi(ctx context.Context, r *wire.Request) (any, error) {
	report, err := c.importOver(ctx, r, importing{})
	if err != nil {
		return nil, fault.E("control.ReimportApi", err)
	}
	return report.Api, nil
}

// importDocument is importApi with what AWS does not have: an answer that lists
// what became of the document, a backend, a stage, and a try that changes nothing.
func (c *Control) importDocument(ctx context.Context, r *wire.Request) (any, error) {
	report, err := c.importNew(ctx, r, importingOf(r))
	if err != nil {
		return nil, fault.E("control.ImportDocument", err)
	}
	return report, nil
}

// reimportDocument is reimportApi as importDocument is importApi.
func (c *Control) reimportDocument(ctx context.Context, r *wire.Request) (any, error) {
	report, err := c.importOver(ctx, r, importingOf(r))
	if err != nil {
		return nil, fault.E("control.ReimportDocument", err)
	}
	return report, nil
}

// importing is how a document is imported, beside what AWS has.
type importing struct {
	backend string // every operation is sent there; "" for the document's integrations
	stage   string // is made, deployed automatically, unless it is there; "" for none
	dry     bool   // nothing is kept
	deploy  bool   // automatic stages serve the import when it is answered
}

func importingOf(r *wire.Request) importing {
	dry, _ := r.Bool("dryRun")
	return importing{backend: r.Query.Get("backend"), stage: r.Query.Get("stage"), dry: dry, deploy: true}
}

func (c *Control) importNew(ctx context.Context, r *wire.Request, how importing) (*ImportReport, error) {
	d, err := c.readDocument(ctx, r, how)
	if err != nil {
		return nil, err
	}
	id := resource.NewId(resource.ApiIdLength)
	var report *ImportReport
	revision, err := c.plane.Write(ctx, r, func(t *family.Change) (err error) {
		t.Api = d.Api(id)
		t.Api.CreatedDate = resource.At(c.Now())
		if err := c.apis().OneMore(ctx, t); err != nil {
			return err
		}
		report, err = c.importDefinition(ctx, t, d, nil, how)
		return err
	})
	r.Resource = resource.ApiArn(r.Region, id)
	return c.imported(ctx, r, report, revision, err)
}

func (c *Control) importOver(ctx context.Context, r *wire.Request, how importing) (*ImportReport, error) {
	d, err := c.readDocument(ctx, r, how)
	if err != nil {
		return nil, err
	}
	var report *ImportReport
	revision, err := c.plane.Write(ctx, r, func(t *family.Change) error {
		if err := t.ReadApi(ctx); err != nil {
			return err
		}
		// Documented: OpenAPI describes HTTP APIs alone (API Gateway Developer Guide, Working
		// with OpenAPI definitions for HTTP APIs).
		if t.Api.ProtocolType != resource.HTTP {
			return family.BadRequest("Import is only supported for HTTP protocol APIs")
		}
		old, err := catalog.LoadSnapshot(ctx, t.Tx, t.Region, t.Api.ApiId)
		if err != nil {
			return err
		}
		report, err = c.importDefinition(ctx, t, d, old, how)
		return err
	})
	return c.imported(ctx, r, report, revision, err)
}

// imported answers an import that was kept, or that was only tried.
func (c *Control) imported(ctx context.Context, r *wire.Request, report *ImportReport, revision int64, err error) (*ImportReport, error) {
	if err != nil && !errors.Is(err, errTried) {
		return nil, err
	}
	// A dry run ends its transaction with errTried, and is answered like a kept one.
	c.showApi(r, report.Api)
	if report.deployed {
		c.plane.Announce(ctx, revision)
	}
	return report, nil
}

// readDocument reads what a request imports, before the transaction begins.
func (c *Control) readDocument(ctx context.Context, r *wire.Request, how importing) (*openapi.Definition, error) {
	d, err := c.parseDocument(ctx, r.String("body"), openapi.Options{Basepath: r.Query.Get("basepath"), Region: r.Region, Account: r.Account,
		Open: c.ImportOpen, Strict: c.StrictImport, Backend: how.backend})
	if err != nil {
		return nil, err
	}
	// Observed: 400 and nothing changes. It is decided before the transaction, for
	// warnings come of the document alone.
	if strict, _ := r.Bool("failOnWarnings"); strict && len(d.Warnings) > 0 {
		return nil, family.BadRequest("Warnings found during import:\n\t%s", strings.Join(d.Warnings, "\n\t"))
	}
	// A try must neither wait for an issuer nor fail because one is down.
	if how.dry {
		return d, nil
	}
	return d, c.askIssuers(ctx, d)
}

func (c *Control) parseDocument(ctx context.Context, text string, o openapi.Options) (*openapi.Definition, error) {
	done, err := c.turn(ctx, len(text))
	if err != nil {
		return nil, err
	}
	defer done()
	d, err := openapi.Read(text, o)
	if err != nil {
		return nil, family.BadRequest("%v", err)
	}
	return d, nil
}

// Bounds of an import: documents beyond a length are read one after the other, for
// their trees take some fifty times their length; how long one waits for its turn,
// and for all issuers together.
const (
	longDocument = 256 << 10
	turnWait     = 30 * time.Second
	issuersWait  = 30 * time.Second
)

// turn waits until a document of a length may be read. done must be called then.
func (c *Control) turn(ctx context.Context, length int) (done func(), err error) {
	if length <= longDocument {
		return func() {}, nil
	}
	wait := time.NewTimer(turnWait)
	defer wait.Stop()
	select {
	case c.reading <- struct{}{}:
		return func() { <-c.reading }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-wait.C:
		return nil, fault.New(fault.Unavailable, "Other documents are being read, try again")
	}
}

// askIssuers asks the issuers of a document for their keys, each once, when the
// server is strict.
func (c *Control) askIssuers(ctx context.Context, d *openapi.Definition) error {
	ctx, cancel := context.WithTimeout(ctx, issuersWait)
	defer cancel()
	asked := map[string]bool{}
	for _, a := range d.Authorizers {
		if a.JwtConfiguration == nil || asked[a.JwtConfiguration.Issuer] {
			continue
		}
		// Several authorizers commonly share an issuer and differ by audience.
		asked[a.JwtConfiguration.Issuer] = true
		if err := c.askIssuer(ctx, a.JwtConfiguration.Issuer); err != nil {
			return err
		}
	}
	return nil
}

// importError tells which part of a document was refused.
// Assumed: that it is a BadRequest is sure, the words are not.
func importError(err error, format string, args ...any) error {
	switch fault.KindOf(err) {
	// What is missing or taken is so by the document's own fault; anything else, such
	// as a full disk, keeps its kind.
	case fault.BadRequest, fault.NotFound, fault.Conflict:
		return family.BadRequest("Errors found during import:\n\t"+format+": %s", append(args, fault.Message(err))...)
	}
	return err
}
