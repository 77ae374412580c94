package console

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dragoman-gateway/dragoman/server"
)

// A gateway whose APIs are in several regions is shown region by region, with signatures and
// without; one with a single region has nothing to choose.
func TestRegions(t *testing.T) {
	for name, change := range map[string]func(*server.Config){"unsigned": func(*server.Config) {}, "signed": signed(t)} {
		t.Run(name, func(t *testing.T) {
			g := start(t, change)
			make := func(region, name string) {
				t.Helper()
				_, err := sdkOf(g.url, "AKIDALL", "secret-of-all").CreateApi(t.Context(), &apigatewayv2.CreateApiInput{Name: &name, ProtocolType: types.ProtocolTypeHttp}, func(o *apigatewayv2.Options) { o.Region = region })
				must(t, err)
			}
			make("us-east-1", "here")
			b := open(t, g, "/console/apis")
			if name == "signed" {
				b.signIn("AKIDALL", "secret-of-all", true)
			}
			b.find("link", "here")
			if b.has("combobox", "Region") {
				t.Error("there is a choice of one region")
			}
			make("eu-west-1", "there")
			b.choose("Region", "eu-west-1")
			b.find("link", "there")
			b.gone("link", "here")
			b.reload()
			b.find("link", "there")
			b.click("link", "there")
			b.find("heading", "there")
			b.choose("Region", "us-east-1")
			b.find("link", "here")
			if at := b.address(); at != "/console/apis" {
				t.Errorf("what is in another region is still at %s", at)
			}
		})
	}
}
