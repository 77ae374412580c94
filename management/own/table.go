package own

import (
	"slices"

	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/management/own/ask"
	"github.com/dragoman-gateway/dragoman/wire"
)

// Where the operations are.
const (
	ConfigurationPath = "/_dragoman/configuration"
	ApisPath          = "/_dragoman/apis"
)

// maxConfiguration is how many bytes the document of a configuration may have.
// It bounds memory: reading takes many times the size of the text.
const maxConfiguration = 64 << 20

// Table is one row for each operation. They work on the store of the control, within
// its bounds, and log where it logs.
func Table(c *control.Control) []wire.Row {
	whole := &configuration{Control: c, turn: make(chan struct{}, 1)}
	// Imports of OpenAPI are control's own rules: here they only get a second path and a report.
	imports := c.Handlers()
	// Members have the names of ImportApi, so that a caller who knows that knows
	// these.
	// Documented: API Gateway V2 API Reference, ImportApi: body, basepath,
	// failOnWarnings.
	openapi := []wire.Member{
		{Name: "Body", Wire: "body", In: wire.InBody, Shape: ask.Text, Required: true},
		{Name: "Basepath", Wire: "basepath", In: wire.InQuery, Shape: ask.Text},
		{Name: "FailOnWarnings", Wire: "failOnWarnings", In: wire.InQuery, Shape: ask.Boolean},
		{Name: "Backend", Wire: "backend", In: wire.InQuery, Shape: ask.Text},
		{Name: "Stage", Wire: "stage", In: wire.InQuery, Shape: ask.Text},
		{Name: "DryRun", Wire: "dryRun", In: wire.InQuery, Shape: ask.Boolean},
	}
	return []wire.Row{
		{Handle: whole.export, Operation: &wire.Operation{
			Name: "ExportConfiguration", Method: "GET", Path: ConfigurationPath, Status: 200,
		}},
		// PUT is the whole and removes what is not named, POST names and leaves the rest, PATCH only adds.
		{Handle: whole.replace, Operation: &wire.Operation{
			Name: "ImportConfiguration", Method: "PUT", Path: ConfigurationPath, Status: 200, MaxBody: maxConfiguration,
			Input: []wire.Member{
				{Name: "Document", Wire: "document", In: wire.InBody, Shape: ask.Blob, Payload: true},
				{Name: "DryRun", Wire: "dryRun", In: wire.InQuery, Shape: ask.Boolean},
			},
		}},
		{Handle: whole.apply, Operation: &wire.Operation{
			Name: "ApplyConfiguration", Method: "POST", Path: ConfigurationPath, Status: 200, MaxBody: maxConfiguration,
			Input: []wire.Member{
				{Name: "Document", Wire: "document", In: wire.InBody, Shape: ask.Blob, Payload: true},
				{Name: "DryRun", Wire: "dryRun", In: wire.InQuery, Shape: ask.Boolean},
				{Name: "Prune", Wire: "prune", In: wire.InQuery, Shape: ask.Text},
			},
		}},
		{Handle: whole.merge, Operation: &wire.Operation{
			Name: "MergeConfiguration", Method: "PATCH", Path: ConfigurationPath, Status: 200, MaxBody: maxConfiguration,
			Input: []wire.Member{{Name: "Document", Wire: "document", In: wire.InBody, Shape: ask.Blob, Payload: true}},
		}},
		{Handle: imports["ImportDocument"], Operation: &wire.Operation{
			Name: "ImportDocument", Method: "PUT", Path: ApisPath, Status: 200, Imports: true, Input: openapi,
		}},
		{Handle: imports["ReimportDocument"], Operation: &wire.Operation{
			Name: "ReimportDocument", Method: "PUT", Path: ApisPath + "/{apiId}", Status: 200, Imports: true,
			Input: append(slices.Clone(openapi), ask.Path("apiId")),
		}},
	}
}

// Find is the row of an operation that a table has.
func Find(table []wire.Row, name string) wire.Row {
	return table[slices.IndexFunc(table, func(row wire.Row) bool { return row.Name == name })]
}
