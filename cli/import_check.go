package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/document"
	"github.com/dragoman-gateway/dragoman/plan"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
	"github.com/dragoman-gateway/dragoman/store/file"
)

// checkConfiguration says what is wrong with a configuration, or what it has.
// Parts that fail only when a message reaches them are warnings, as at a
// deployment.
func checkConfiguration(ctx context.Context, out io.Writer, text []byte, maxTemplate int) error {
	documents, err := document.Parse(text, maxTemplate)
	if err != nil {
		return err
	}
	kept, err := file.New(documents)
	if err != nil {
		return err
	}
	defer func() { _ = kept.Close() }()
	counts := map[string]int{}
	err = kept.View(ctx, func(r store.Reader) error {
		for _, doc := range documents {
			if noun := catalog.Noun(doc.Key); noun != "" {
				counts[noun]++
			}
		}
		apis, err := catalog.ListApis(ctx, r)
		if err != nil {
			return err
		}
		for _, api := range apis {
			snapshot, err := catalog.LoadSnapshot(ctx, r, api.Region, api.ApiId)
			if err != nil {
				return err
			}
			for _, w := range plan.Check(snapshot) {
				fmt.Fprintln(out, "warning:", place(w))
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s; nothing is wrong\n", document.Count(counts))
	return err
}

// place words a warning with where it is.
func place(w plan.Warning) string {
	parts := []string{"API " + w.API}
	if w.Integration != "" {
		parts = append(parts, "integration "+w.Integration)
	}
	if w.Key != "" {
		parts = append(parts, w.Key)
	}
	if w.Line > 0 {
		parts = append(parts, fmt.Sprintf("line %d, column %d", w.Line, w.Column))
	}
	return strings.Join(parts, ", ") + ": " + w.Message
}
