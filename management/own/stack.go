package own

import (
	"context"

	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/management/document"
)

// Stack makes what a stack has in the store of a control what a document says, and
// tells what that changed. It returns when that is served, or after a moment. An error
// of the document is a *tree.Error, and nothing was changed.
func Stack(ctx context.Context, c *control.Control, name string, text []byte) (document.Summary, error) {
	wanted, _, err := document.ParseFile(text, c.MaxTemplate, nil) // whoever calls runs its functions
	if err != nil {
		return document.Summary{}, err
	}
	changes, revision, err := document.ReplaceStack(ctx, c.Store, name, wanted, c.Now())
	// The caller goes on to call what it has made: it has to be served by then.
	if err == nil {
		(&configuration{Control: c}).announce(ctx, revision)
	}
	return changes, err
}
