package control

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

func TestPortalLifecycle(t *testing.T) {
	h, pass := clocked(t)
	product := h.must("POST", "/v2/portalproducts", `{"displayName":"Pets"}`)
	h.must("POST", "/v2/portalproducts/"+product["portalProductId"].(string)+"/productpages", `{"displayContent":{"title":"Start","body":"Hello"}}`)
	got := h.must("POST", "/v2/portals", `{"authorization":{"none":{}},"endpointConfiguration":{"none":{}},"logoUri":"s3://b/logo.png","includedPortalProductArns":["`+product["portalProductArn"].(string)+`"],`+content+`}`)
	id := got["portalId"].(string)
	at := "/v2/portals/" + id
	endpoint := got["endpointConfiguration"].(map[string]any)
	if endpoint["portalDefaultDomainName"] != "p-"+id+".apigw-portal.us-east-1.on.aws" || got["publishStatus"] != "DISABLED" || got["logoUri"] != nil || got["began"] != nil {
		t.Errorf("got %v, want a disabled portal with its address", got)
	}
	status := func() any { return h.must("GET", at, "")["publishStatus"] }
	if code, body, _ := h.call("POST", at+"/publish", `{"description":"first"}`); code != 202 || len(body) != 0 {
		t.Errorf("got %d %v, want 202", code, body)
	}
	if got := status(); got != "PUBLISH_IN_PROGRESS" {
		t.Errorf("got %v, want PUBLISH_IN_PROGRESS", got)
	}
	pass(2 * time.Second)
	got = h.must("GET", at, "")
	if got["publishStatus"] != "PUBLISHED" || got["lastPublished"] != "2026-01-02T03:04:05Z" || got["lastPublishedDescription"] != "first" {
		t.Errorf("got %v, want it to be published", got)
	}
	h.refused("DELETE", at, "", 400, "BadRequestException", "The portal "+id+" must be disabled before it can be deleted")
	if code, _, _ := h.call("DELETE", at+"/publish", ""); code != 204 {
		t.Errorf("got %d, want 204", code)
	}
	if got := status(); got != "DISABLE_IN_PROGRESS" {
		t.Errorf("got %v, want DISABLE_IN_PROGRESS", got)
	}
	pass(2 * time.Second)
	if got := status(); got != "DISABLED" {
		t.Errorf("got %v, want DISABLED", got)
	}
	h.must("DELETE", at, "")
	h.refused("GET", at, "", 404, "NotFoundException", "Invalid Portal identifier specified")
}

func TestPreviewPortal(t *testing.T) {
	h, pass := clocked(t, func(c *Config) { c.PortalURL = func(id string) string { return "http://127.0.0.1/portals/" + id } })
	id := h.make("/v2/portals", `{"authorization":{"none":{}},"endpointConfiguration":{"none":{}},`+content+`}`, "portalId")
	if code, _, _ := h.call("POST", "/v2/portals/"+id+"/preview", ""); code != 202 {
		t.Errorf("got %d, want 202", code)
	}
	preview := func() map[string]any { return h.must("GET", "/v2/portals/"+id, "")["preview"].(map[string]any) }
	h.want(preview(), `{"previewStatus":"PREVIEW_IN_PROGRESS"}`)
	pass(time.Second)
	h.want(preview(), `{"previewStatus":"PREVIEW_READY","previewUrl":"http://127.0.0.1/portals/`+id+`/preview"}`)
}

// TestPublishingFreezes looks at what a portal serves while its product changes.
func TestPublishingFreezes(t *testing.T) {
	f := regionFixture(t)
	f.must("POST", f.names.Replace("/v2/portals/{portal}/publish"), `{}`)
	f.must("PATCH", f.names.Replace("{product}/productpages/{page}"), `{"displayContent":{"title":"new","body":"new"}}`)
	var page *resource.PortalPage
	err := f.control.Store.View(context.Background(), func(r store.Reader) (err error) {
		page, err = catalog.FindPortalPage(context.Background(), r, f.names.Replace("{portal}"), catalog.PublishedPage)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if title := page.Products[0].Pages[0].DisplayContent.Title; title != "t" {
		t.Errorf("got page %q, want the one that was published", title)
	}
}

func TestPatchPortal(t *testing.T) {
	h := newWorld(t, nil)
	id := h.make("/v2/portals", `{"authorization":{"none":{}},"endpointConfiguration":{"none":{}},"rumAppMonitorName":"m",`+content+`}`, "portalId")
	got := h.must("PATCH", "/v2/portals/"+id, `{"authorization":{"cognitoConfig":{"appClientId":"a","userPoolArn":"arn:aws:cognito-idp:us-east-1:0:userpool/p","userPoolDomain":"a.auth.us-east-1.amazoncognito.com"}},
		"endpointConfiguration":{"acmManaged":{"certificateArn":"`+certificateArn+`","domainName":"p.example.com"}},"logoUri":"s3://b/l.png"}`)
	if a := got["authorization"].(map[string]any); a["none"] != nil || a["cognitoConfig"] == nil {
		t.Errorf("got authorization %v, want the new choice alone", a)
	}
	if e := got["endpointConfiguration"].(map[string]any); e["domainName"] != "p.example.com" || e["portalDefaultDomainName"] == nil {
		t.Errorf("got endpoint %v, want the domain and the default name", e)
	}
	theme := got["portalContent"].(map[string]any)["theme"].(map[string]any)
	if got["rumAppMonitorName"] != "m" || theme["logoLastUploaded"] == nil {
		t.Errorf("got %v, want the monitor of before and the moment of the logo", got)
	}
}

func TestPortalProducts(t *testing.T) {
	f := regionFixture(t)
	at := f.names.Replace("{product}")
	arn := func(kind, id string) string { return f.names.Replace("{productarn}/" + kind + "/" + id) }
	order := `{"overviewPageArn":"` + arn("productpages", "{page}") + `","productPageArns":["` + arn("productpages", "{page}") + `"],"contents":[{"sectionName":"s","productRestEndpointPageArns":["` + arn("productrestendpointpages", "{endpoint}") + `"]}]}`
	f.want(f.must("PATCH", at, `{"displayOrder":`+order+`}`)["displayOrder"].(map[string]any), order)
	f.must("DELETE", f.names.Replace("{product}/productpages/{page}"), "")
	f.must("DELETE", f.names.Replace("{product}/productrestendpointpages/{endpoint}"), "")
	f.want(f.must("GET", at, "")["displayOrder"].(map[string]any), `{"contents":[{"sectionName":"s","productRestEndpointPageArns":[]}]}`)
	if got := f.must("PATCH", at, `{"displayOrder":{}}`)["displayOrder"]; got != nil {
		t.Errorf("got order %v, want none", got)
	}
	if items := f.must("GET", "/v2/portalproducts?resourceOwner=OTHER_ACCOUNTS", "")["items"].([]any); len(items) != 0 {
		t.Errorf("got %v of other accounts, want nothing", items)
	}
	f.must("PUT", at+"/sharingpolicy", `{"policyDocument":"{\"Statement\":[]}"}`)
	f.must("DELETE", f.names.Replace("/v2/portals/{portal}"), "")
	f.must("DELETE", at, "")
	if all := f.everything(); strings.Contains(all, f.names.Replace("{productarn}")) {
		t.Errorf("something of the product is left:\n%s", all)
	}
}

func TestEndpointPages(t *testing.T) {
	h := newWorld(t, nil)
	product := "/v2/portalproducts/" + h.make("/v2/portalproducts", `{"displayName":"Pets"}`, "portalProductId")
	const parts = `{"identifierParts":{"restApiId":"abc","stage":"prod","path":"/pets","method":"GET"}}`
	got := h.must("POST", product+"/productrestendpointpages", `{"restEndpointIdentifier":`+parts+`}`)
	at := product + "/productrestendpointpages/" + got["productRestEndpointPageId"].(string)
	h.want(without(got, "lastModified", "productRestEndpointPageArn", "productRestEndpointPageId"),
		`{"displayContent":{"endpoint":"https://abc.execute-api.us-east-1.amazonaws.com/prod/pets"},"restEndpointIdentifier":`+parts+`,"status":"AVAILABLE","tryItState":"ENABLED"}`)
	got = h.must("PATCH", at, `{"displayContent":{"overrides":{"endpoint":"/pets","operationName":"List","body":"All pets"}},"tryItState":"DISABLED"}`)
	h.want(got["displayContent"].(map[string]any), `{"endpoint":"/pets","operationName":"List","body":"All pets"}`)
	if raw := h.must("GET", at+"?includeRawDisplayContent=true", "")["rawDisplayContent"]; raw != `{"body":"All pets","endpoint":"/pets","operationName":"List"}` {
		t.Errorf("got raw content %v", raw)
	}
	item := h.must("GET", product+"/productrestendpointpages", "")["items"].([]any)[0].(map[string]any)
	if item["endpoint"] != "/pets" || item["operationName"] != "List" || item["displayContent"] != nil || item["tryItState"] != "DISABLED" {
		t.Errorf("got %v, want a summary", item)
	}
	got = h.must("PATCH", at, `{"displayContent":{"none":{}}}`)
	h.want(got["displayContent"].(map[string]any), `{"endpoint":"https://abc.execute-api.us-east-1.amazonaws.com/prod/pets"}`)
}
