package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/management/document"
	"github.com/dragoman-gateway/dragoman/management/own"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
	"github.com/dragoman-gateway/dragoman/wire"
)

// apiImport are the flags that concern OpenAPI documents alone.
type apiImport struct {
	backend, apiId, stage, basepath string
	failOnWarnings, json            bool
	open, strict                    bool
}

func (a *apiImport) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&a.backend, "backend", "", "OpenAPI: send every operation to this `URL`, the path of the operation behind it")
	f.StringVar(&a.apiId, "api-id", "", "OpenAPI: make the API with this `ID` what the document says, instead of a new one")
	f.StringVar(&a.stage, "stage", resource.DefaultKey, "OpenAPI: make this stage, deployed automatically, unless it is there; \"\" makes none")
	f.StringVar(&a.basepath, "basepath", "", "OpenAPI: what becomes of the path of the first server: ignore, prepend or split (default ignore)")
	f.BoolVar(&a.failOnWarnings, "fail-on-warnings", false, "OpenAPI: change nothing when there are warnings")
	f.BoolVar(&a.json, "json", false, "OpenAPI: print what became of the document as JSON")
	f.BoolVar(&a.open, "import-open", false, "OpenAPI, with --check or --data-dir, as serve has it: import operations whose security scheme no authorizer stands for, open to everybody")
	f.BoolVar(&a.strict, "strict-import", false, "OpenAPI, with --check or --data-dir, as serve has it: refuse OpenAPI 3.1, as AWS does")
}

// given names a flag of these that was given, "" for none.
func (a *apiImport) given(cmd *cobra.Command) string {
	for _, name := range []string{"backend", "api-id", "stage", "basepath", "fail-on-warnings", "json", "import-open", "strict-import"} {
		if cmd.Flags().Changed(name) {
			return name
		}
	}
	return ""
}

// query are the members of the import that travel in the query.
func (a *apiImport) query(dry bool) url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"backend": a.backend, "stage": a.stage, "basepath": a.basepath} {
		if value != "" {
			q.Set(name, value)
		}
	}
	for name, set := range map[string]bool{"failOnWarnings": a.failOnWarnings, "dryRun": dry} {
		if set {
			q.Set(name, "true")
		}
	}
	return q
}

// importAPI makes an API of an OpenAPI document and prints the result.
func (i *importing) importAPI(cmd *cobra.Command, out io.Writer, text string) error {
	var report *control.ImportReport
	err := during(cmd, "importing", func() (err error) {
		report, err = i.imported(cmd.Context(), text)
		return err
	})
	if err != nil {
		return err
	}
	if i.api.json {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "    ")
		return enc.Encode(report)
	}
	_, err = io.WriteString(out, tellImport(report, i.check))
	return err
}

// imported imports, where the flags say.
func (i *importing) imported(ctx context.Context, text string) (*control.ImportReport, error) {
	switch {
	case i.check && i.api.apiId != "":
		return nil, misused(errors.New("--check asks no gateway, so that --api-id means nothing to it; --dry-run does"))
	case i.check:
		return i.local(ctx, sqlite.OpenMemory(sqlite.Options{}), text)
	case i.dir != "":
		s, err := i.configuration.open()
		if err != nil {
			return nil, err
		}
		return i.local(ctx, s, text)
	case i.api.open || i.api.strict:
		return nil, misused(errors.New("--import-open and --strict-import are flags of the gateway: give them to dragoman serve"))
	}
	body, err := json.Marshal(map[string]string{"body": text})
	if err != nil {
		return nil, err
	}
	path := own.ApisPath
	if i.api.apiId != "" {
		path += "/" + url.PathEscape(i.api.apiId)
	}
	answer, err := i.send(ctx, "PUT", path+"?"+i.api.query(i.dryRun).Encode(), body)
	if err != nil {
		return nil, err
	}
	report := &control.ImportReport{}
	if err := json.Unmarshal(answer, report); err != nil || report.Api == nil {
		return nil, fmt.Errorf("what answered is no Dragoman that imports documents; --endpoint-url names its management listener")
	}
	return report, nil
}

// local imports into a store that this process has for itself, and closes it.
func (i *importing) local(ctx context.Context, s store.Store, text string) (*control.ImportReport, error) {
	defer func() { _ = s.Close() }()
	table := own.Table(control.New(control.Config{Store: s, Account: i.account, ImportOpen: i.api.open, StrictImport: i.api.strict,
		Endpoint: func(_, _, _ string) string { return "" }, // nobody serves it yet
		Logger:   slog.New(slog.DiscardHandler)}))
	body, err := json.Marshal(text)
	if err != nil {
		return nil, err
	}
	name, path := "ImportDocument", map[string]string{}
	if i.api.apiId != "" {
		name, path["apiId"] = "ReimportDocument", i.api.apiId
	}
	row := own.Find(table, name)
	answer, err := row.Handle(ctx, &wire.Request{
		Operation: row.Operation, Path: path, Query: i.api.query(i.dryRun || i.check), Body: map[string]json.RawMessage{"body": body},
		Region: cmp.Or(i.region, "us-east-1"), Account: i.account,
	})
	if fault.KindOf(err) != fault.Internal {
		err = errors.New(fault.Message(err))
	}
	if err != nil {
		return nil, err
	}
	return answer.(*control.ImportReport), nil
}

// tellImport prints what became of a document. The summary comes last, so that it
// can still be seen below a long list.
func tellImport(r *control.ImportReport, check bool) string {
	var b strings.Builder
	section := func(title string, lines []string) {
		for _, line := range lines {
			fmt.Fprintf(&b, "%-9s %s\n", title, line)
		}
	}
	section("info", r.Info)
	if !check {
		section("made", r.Made)
		section("changed", r.Changed)
		section("removed", r.Removed)
	}
	for _, left := range r.LeftOut {
		section("left out", []string{left.What + ": " + left.Why})
	}
	section("warning", r.Warnings)
	if !r.DryRun {
		fmt.Fprintf(&b, "API %s %q", r.Api.ApiId, r.Api.Name)
		if r.Api.ApiEndpoint != "" {
			b.WriteString(" at " + r.Api.ApiEndpoint)
		}
		b.WriteByte('\n')
	}
	if check {
		fmt.Fprintf(&b, "%s", document.Count(counted(r.Made)))
	} else {
		summary := document.Summary{Made: counted(r.Made), Changed: counted(r.Changed), Removed: counted(r.Removed)}
		b.WriteString(summary.String())
	}
	if n := len(r.LeftOut); n > 0 {
		fmt.Fprintf(&b, "; %d left out", n)
	}
	if n := len(r.Warnings); n > 0 {
		b.WriteString("; " + document.Count(map[string]int{"warning": n}))
	}
	switch {
	case check:
		b.WriteString(" (the document can be imported)")
	case r.DryRun:
		b.WriteString(" (a dry run: nothing was written)")
	}
	b.WriteByte('\n')
	return b.String()
}

// counted counts parts by their kind, which is their first word.
func counted(parts []string) map[string]int {
	counts := map[string]int{}
	for _, part := range parts {
		kind, _, _ := strings.Cut(part, " ")
		counts[kind]++
	}
	return counts
}
