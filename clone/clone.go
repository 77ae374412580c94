package clone

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/client"
	"github.com/dragoman-gateway/dragoman/management/document"
	"github.com/dragoman-gateway/dragoman/resource"
)

// Options say what is copied.
type Options struct {
	Client  *client.Client
	Region  string
	ApiIds  []string // which APIs; none for all of the region
	Account string   // of the document; "" for the one that the copied ARNs name

	MaxTemplate int               // characters of a mapping template, 0 for AWS's
	Progress    func(what string) // is told what is read; nil for nobody
}

// Copy is what became of a run.
type Copy struct {
	Document  []byte         // YAML
	Account   string         // of the document
	Counts    map[string]int // how many of which noun the document has
	Functions []Function     // that the APIs call, by name
	Report    Report
}

// source is one API as it was read.
type source struct {
	resource.Snapshot
	stages      []resource.Stage
	deployments []resource.Deployment
	frozen      map[string]*resource.Snapshot // what deployments hold, by id, where it is not the API as it is
}

// title names the API in reports.
func (s *source) title() string { return title(&s.Api) }

func title(a *resource.Api) string {
	if a.Name == "" || a.Name == a.ApiId {
		return "API " + a.ApiId
	}
	return "API " + a.Name + " (" + a.ApiId + ")"
}

// Run copies. An error means that there is no copy: none of the APIs could be read,
// the server was lost or refused the key, or ctx ended.
func Run(ctx context.Context, o Options) (*Copy, error) {
	r := &reader{Client: o.Client, region: o.Region, say: o.Progress, report: new(Report)}
	found, err := r.chosen(ctx, o.ApiIds)
	if err != nil {
		return nil, err
	}
	var apis []*source
	for i := range found {
		s, err := r.api(ctx, &found[i])
		if err != nil {
			return nil, err
		}
		apis = append(apis, s)
	}
	links, err := r.links(ctx, apis, len(o.ApiIds) == 0)
	if err != nil {
		return nil, err
	}
	domains, err := r.domains(ctx, apis, len(o.ApiIds) == 0)
	if err != nil {
		return nil, err
	}
	// Portals belong to the account, and to none of its APIs.
	portals := &developers{}
	if len(o.ApiIds) == 0 {
		if portals, err = r.developers(ctx); err != nil {
			return nil, err
		}
	}
	account := cmp.Or(o.Account, portals.account(), accountOf(apis, domains), document.DefaultAccount)
	portals.readdress(o.Region, account, r.report)
	b := newBuilder(o, account, r.report)
	defer b.close()
	if err := b.put(ctx, apis, links, domains); err != nil {
		return nil, err
	}
	if err := b.developers(ctx, portals); err != nil {
		return nil, err
	}
	c := &Copy{Account: account, Functions: functionsOf(apis)}
	tell(r.report, apis, domains, links)
	if c.Document, c.Counts, err = b.write(ctx); err != nil {
		return nil, err
	}
	r.report.settle()
	c.Report = *r.report
	return c, nil
}

// chosen reads the APIs that are to be copied, in order of their ids: servers need
// not list in the same order twice. One that is not there is told; when none is
// there, that is an error.
func (r *reader) chosen(ctx context.Context, ids []string) ([]resource.Api, error) {
	r.progress("the list of APIs")
	if len(ids) == 0 {
		var all []resource.Api
		for api, err := range r.Apis(ctx, nil) {
			if err != nil {
				return nil, plain(err)
			}
			all = append(all, api)
		}
		sorted(all, func(a *resource.Api) string { return a.ApiId })
		return all, nil
	}
	var found []resource.Api
	var missing []error
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		api, err := r.GetApi(ctx, &client.GetApiInput{ApiId: id})
		if err != nil {
			if fatal(ctx, err) {
				return nil, plain(err)
			}
			missing = append(missing, errors.New("API "+id+": "+plain(err).Error()))
			r.report.unread("API "+id, "GetApi", plain(err).Error())
			continue
		}
		found = append(found, *api)
	}
	if len(found) == 0 {
		return nil, errors.Join(missing...)
	}
	return found, nil
}

// sorted puts nouns in order of their ids.
func sorted[T any](nouns []T, id func(*T) string) {
	slices.SortStableFunc(nouns, func(a, b T) int { return strings.Compare(id(&a), id(&b)) })
}

// still is the clock of documents: dates that rules fill in must not make two copies
// of one configuration differ.
func still() time.Time { return time.Unix(0, 0) }
