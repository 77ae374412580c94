package console

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/chromedp/cdproto/dom"

	browserdomain "github.com/chromedp/cdproto/browser"
)

// give puts a file into the file field with a label. Its role differs between browsers.
func (b *browser) give(label, path string) {
	b.t.Helper()
	field := b.node(`document.querySelector('input[type=file]')`)
	if got := field.eval(`function() { return this.labels[0].textContent; }`); got != label {
		b.t.Fatalf("the file field is called %v, want %s", got, label)
	}
	must(b.t, call(b, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: []string{path}, BackendNodeID: field.id}))
}

// What a gateway exports another imports: what that changes is shown before anything is, and
// its APIs answer as those of the first.
func TestExportAndImport(t *testing.T) {
	first := start(t)
	o := first.shop()
	b := open(t, first, "/console/settings")
	folder := t.TempDir()
	must(t, call(b, browserdomain.SetDownloadBehavior, browserdomain.SetDownloadBehaviorParams{Behavior: "allow", DownloadPath: folder}))
	b.click("button", "Export")
	name := filepath.Join(folder, "dragoman.yaml")
	b.until("the file is there", func() bool {
		text, err := os.ReadFile(name)
		return err == nil && strings.Contains(string(text), o.api)
	})

	second := start(t)
	b = open(t, second, "/console/settings")
	changes := b.find("region", "Changes")
	b.give("Import", file(t, "broken.yaml", "dragoman: 1\nregions: nowhere\n"))
	b.failing("/_dragoman/configuration")
	b.until("what is wrong is told", func() bool { return strings.Contains(changes.text(), "regions") })
	apply := b.find("button", "Apply import")
	if apply.eval(`function() { return this.disabled; }`) != true {
		t.Error("a broken document can be applied")
	}
	b.give("Import", name)
	b.until("the changes are shown", func() bool { return strings.Contains(changes.text(), "orders") })
	apis := func() int {
		all, err := second.sdk.GetApis(t.Context(), &apigatewayv2.GetApisInput{})
		must(t, err)
		return len(all.Items)
	}
	if n := apis(); n != 0 {
		t.Fatalf("there are %d APIs before the import is applied", n)
	}
	b.pictures("settings-import")
	b.click("button", "Apply import")
	b.until("it is applied", func() bool { return strings.Contains(changes.text(), "Applied") && apis() == 1 })
	if got := second.frame(o.api, "prod", `{"action":"order","status":404}`); got != `{"ok":false}` {
		t.Errorf("the API that was imported answers %s", got)
	}
	api, err := second.sdk.GetApi(t.Context(), &apigatewayv2.GetApiInput{ApiId: aws.String(o.api)})
	must(t, err)
	if *api.Name != "orders" {
		t.Errorf("got the API %s", *api.Name)
	}
}
