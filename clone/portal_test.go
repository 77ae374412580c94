package clone

import (
	"strings"
	"testing"
)

const portalContent = `"portalContent":{"displayName":"Pet portal","theme":{"logoLastUploaded":"2024-01-02T03:04:05Z","customColors":{"accentColor":"#111111","backgroundColor":"#222222","errorValidationColor":"#333333","headerColor":"#444444","navigationColor":"#555555","textColor":"#666666"}}}`

// portals adds what an account has for developers: a product of its own with more than
// one page of each list, one that another account shares, and two portals.
func portals(a *api) *api {
	arn := "arn:aws:apigateway:eu-west-1:111122223333:/portalproducts/"
	page := func(kind, id, rest string) string {
		return `{"` + kind + `Id":"` + id + `","` + kind + `Arn":"` + arn + `pets000000/` + strings.ToLower(kind) + `s/` + id + `"` + rest + `}`
	}
	endpoint := `,"restEndpointIdentifier":{"identifierParts":{"restApiId":"rest","stage":"prod","path":"/p","method":"GET"}},"status":"AVAILABLE","tryItState":"DISABLED"`
	a.items["/portals"] = []string{
		`{"portalId":"portal0001","portalArn":"arn:aws:apigateway:eu-west-1:111122223333:/portals/portal0001","authorization":{"cognitoConfig":{"appClientId":"c","userPoolArn":"arn:aws:cognito-idp:eu-west-1:111122223333:userpool/p","userPoolDomain":"d"}},"endpointConfiguration":{"certificateArn":"arn:aws:acm:eu-west-1:111122223333:certificate/c","domainName":"docs.example.com","portalDefaultDomainName":"abc.aws"},"includedPortalProductArns":["` + arn + `pets000000","arn:aws:apigateway:eu-west-1:999999999999:/portalproducts/theirs0000"],"publishStatus":"PUBLISHED","lastPublished":"2024-01-02T03:04:05Z","preview":{"previewStatus":"PREVIEW_READY"},"tags":{"aws:x":"y"},` + portalContent + `}`,
		`{"portalId":"portal0002","portalArn":"arn:aws:apigateway:eu-west-1:111122223333:/portals/portal0002","authorization":{"none":{}},"endpointConfiguration":{"portalDefaultDomainName":"x"},"includedPortalProductArns":[],"publishStatus":"PUBLISH_FAILED","statusException":{"message":"no"},"tags":{},` + strings.Replace(portalContent, `"logoLastUploaded":"2024-01-02T03:04:05Z",`, "", 1) + `}`,
	}
	a.items["/portalproducts"] = []string{
		`{"portalProductId":"pets000000","portalProductArn":"` + arn + `pets000000","displayName":"Pets"}`,
		`{"portalProductId":"theirs0000","portalProductArn":"arn:aws:apigateway:eu-west-1:999999999999:/portalproducts/theirs0000","displayName":"Theirs"}`,
	}
	at := "/portalproducts/pets000000"
	a.ones = map[string]string{
		at:                              `{"portalProductId":"pets000000","portalProductArn":"` + arn + `pets000000","displayName":"Pets","tags":{"a":"b"},"displayOrder":{"overviewPageArn":"` + arn + `pets000000/productpages/page000001","productPageArns":["` + arn + `pets000000/productpages/page000002"],"contents":[{"sectionName":"all","productRestEndpointPageArns":["` + arn + `pets000000/productrestendpointpages/end0000001"]}]}}`,
		at + "/sharingpolicy":           `{"portalProductId":"pets000000","policyDocument":"{\"Statement\":[]}"}`,
		at + "/productpages/page000001": page("productPage", "page000001", `,"displayContent":{"title":"Start","body":"How to feed them"}`),
		// A title that the rules refuse: this page is left out alone.
		at + "/productpages/page000002":             page("productPage", "page000002", `,"displayContent":{"title":"`+strings.Repeat("x", 300)+`","body":"b"}`),
		at + "/productrestendpointpages/end0000001": page("productRestEndpointPage", "end0000001", `,"displayContent":{"endpoint":"https://rest.execute-api.eu-west-1.amazonaws.com/prod/p","body":"Feeds"}`+endpoint),
		at + "/productrestendpointpages/end0000002": page("productRestEndpointPage", "end0000002", `,"displayContent":{"endpoint":"/other"}`+endpoint),
	}
	a.items[at+"/productpages"] = []string{page("productPage", "page000001", `,"pageTitle":"Start"`), page("productPage", "page000002", `,"pageTitle":"x"`)}
	a.items[at+"/productrestendpointpages"] = []string{page("productRestEndpointPage", "end0000001", ""), page("productRestEndpointPage", "end0000002", "")}
	return a
}

// Portals and their products are copied with everything that they show; what nobody
// tells, and what another account shares, is told.
func TestRunOnPortals(t *testing.T) {
	c, err := portals(account(t)).run()
	if err != nil {
		t.Fatal(err)
	}
	a := &api{t: t}
	a.has(c, []string{
		`account: "111122223333"`, "pets000000:", "body: How to feed them", "body: Feeds", "endpoint: /other", `sharingPolicy: '{"Statement":[]}'`,
		"overviewPageArn: arn:aws:apigateway:eu-west-1:111122223333:/portalproducts/pets000000/productpages/page000001",
		"- arn:aws:apigateway:eu-west-1:111122223333:/portalproducts/pets000000/productrestendpointpages/end0000001",
		"portal0001:", "publishStatus: PUBLISHED", "domainName: docs.example.com", "portal0002:",
	}, []string{
		"portal Pet portal (portal0001): it shows its products as they are now", "portal Pet portal (portal0001): its logo",
		"portal Pet portal (portal0001): tag aws:x", "portal Pet portal (portal0001): its own domain docs.example.com is kept and not served",
		"portal Pet portal (portal0001): its sign-in through Cognito", "portal Pet portal (portal0002): its last publication failed",
		"portal Pet portal (portal0001): the product arn:aws:apigateway:eu-west-1:999999999999:/portalproducts/theirs0000, which is not copied",
		"portal product Theirs (theirs0000): it is shared by the account 999999999999",
		"portal product Pets (pets000000), page page000002: ",
	})
	if text := string(c.Document); strings.Contains(text, "theirs0000") || strings.Contains(text, "page000002") || strings.Contains(text, "logoLastUploaded") || strings.Contains(text, "preview") {
		t.Errorf("the document has what it must not:\n%s", text)
	}
	if c.Counts["portal"] != 2 || c.Counts["portal product"] != 1 || c.Counts["product page"] != 1 || c.Counts["product endpoint page"] != 2 || len(c.Report.Unread) > 0 {
		t.Errorf("got %v, unread %v", c.Counts, c.Report.Unread)
	}
	for range 3 {
		if again, err := portals(account(t)).run(); err != nil || string(again.Document) != string(c.Document) {
			t.Fatalf("another run gives %v\n%s", err, again.Document)
		}
	}
	// The ARNs of a document are those of its account.
	other, err := portals(account(t)).run("web1234567")
	if err != nil || strings.Contains(string(other.Document), "portal") {
		t.Errorf("one API: got %v, portals are no part of it:\n%s", err, other.Document)
	}
}

// A server without portals is copied whole; one that refuses to tell them is not.
func TestRunWherePortalsAreNot(t *testing.T) {
	for status, unread := range map[int]int{404: 0, 405: 0, 501: 0, 403: 2} {
		a := portals(account(t))
		a.fails = map[string]int{"/portals": status, "/portalproducts": status}
		c, err := a.run()
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Report.Unread) != unread || strings.Contains(string(c.Document), "portal") {
			t.Errorf("%d: got %v unread\n%s", status, c.Report.Unread, c.Document)
		}
	}
}
