package control

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/dragoman-gateway/dragoman/management/openapi"
	"github.com/dragoman-gateway/dragoman/resource"
)

// errTried ends the transaction of an import that was only tried.
var errTried = errors.New("a dry run keeps nothing")

// ImportReport tells what became of a document. Parts are named by their kind and
// what their author calls them, such as "route GET /pets".
type ImportReport struct {
	Api       *resource.Api      `json:"api"`
	Made      []string           `json:"made"`
	Changed   []string           `json:"changed"`
	Removed   []string           `json:"removed"`
	Unchanged int                `json:"unchanged"` // parts that are as they were
	LeftOut   []openapi.Omission `json:"leftOut"`
	Warnings  []string           `json:"warnings"`
	Info      []string           `json:"info"`
	DryRun    bool               `json:"dryRun"` // nothing of it was kept

	deployed bool // stages are to be served anew
}

func newImportReport(d *openapi.Definition, dry bool) *ImportReport {
	return &ImportReport{Made: []string{}, Changed: []string{}, Removed: []string{}, DryRun: dry,
		LeftOut: given(d.LeftOut), Warnings: given(d.Warnings), Info: given(d.Info)}
}

// given makes a list that may be nil one that is written as [].
func given[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// put notes a part that was written over what was there, nil for nothing.
func (r *ImportReport) put(what string, before, after any) {
	switch {
	case before == nil:
		r.Made = append(r.Made, what)
	// An import that changes nothing is what its author wants to see before a release.
	case same(before, after):
		r.Unchanged++
	default:
		r.Changed = append(r.Changed, what)
	}
}

// same compares nouns as they are kept.
func same(a, b any) bool {
	// The stored form has no defaults left open and sorts the keys of maps.
	before, err := json.Marshal(a)
	if err != nil {
		return false
	}
	after, err := json.Marshal(b)
	return err == nil && bytes.Equal(before, after)
}

// backendName is what a reader knows an integration by.
func backendName(i *resource.Integration) string {
	// Documented: an AWS service integration has neither method nor URI (API Gateway
	// Developer Guide, Create AWS service integrations for HTTP APIs).
	if i.IntegrationSubtype != "" {
		return "integration " + i.IntegrationSubtype
	}
	return "integration " + i.IntegrationMethod + " " + i.IntegrationUri
}
