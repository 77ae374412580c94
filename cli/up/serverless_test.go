package up_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// packaged is what `serverless package` leaves of a service whose function has this
// handler and answers at this path.
func packaged(handler, path string) map[string]string {
	return map[string]string{
		".serverless/serverless-state.json": `{"service":{"service":"shop","provider":{"name":"aws","stage":"dev","region":"eu-west-1","runtime":"nodejs22.x"},
  "functions":{"hello":{"handler":"` + handler + `","name":"shop-dev-hello","events":[{"httpApi":"GET ` + path + `"}]}}},"package":{"artifact":"shop.zip"}}`,
		".serverless/cloudformation-template-update-stack.json": `{"Resources":{
  "HelloLambdaFunction":{"Type":"AWS::Lambda::Function","Properties":{"Code":{"S3Bucket":"b","S3Key":"serverless/shop/dev/1/shop.zip"},"Handler":"` + handler + `","Runtime":"nodejs22.x","FunctionName":"shop-dev-hello","Role":"arn:aws:iam::000000000000:role/r"}},
  "HttpApi":{"Type":"AWS::ApiGatewayV2::Api","Properties":{"Name":"dev-shop","ProtocolType":"HTTP"}},
  "HttpApiStage":{"Type":"AWS::ApiGatewayV2::Stage","Properties":{"ApiId":{"Ref":"HttpApi"},"StageName":"$default","AutoDeploy":true}},
  "HttpApiIntegrationHello":{"Type":"AWS::ApiGatewayV2::Integration","Properties":{"ApiId":{"Ref":"HttpApi"},"IntegrationType":"AWS_PROXY","IntegrationUri":{"Fn::GetAtt":["HelloLambdaFunction","Arn"]},"PayloadFormatVersion":"2.0"}},
  "HttpApiRouteHello":{"Type":"AWS::ApiGatewayV2::Route","Properties":{"ApiId":{"Ref":"HttpApi"},"RouteKey":"GET ` + path + `","Target":{"Fn::Join":["/",["integrations",{"Ref":"HttpApiIntegrationHello"}]]}}}}}`,
	}
}

// A service that is packaged again is served, and so is a handler that is saved without
// that: functions run from the service's folder.
func TestUpServerless(t *testing.T) {
	needs.Program(t, "node")
	dir := filepath.Join(t.TempDir(), "shop")
	place(t, dir, packaged("src/hello.handler", "/hello"))
	place(t, dir, map[string]string{
		"src/hello.js": `exports.handler = async () => ({ said: "first" });`,
		"src/other.js": `exports.handler = async () => ({ said: "other" });`,
	})
	p := startUp(t, dir)
	ready := p.next("ready")
	if len(ready.Apis) != 1 || len(ready.Functions) != 1 || ready.Functions[0].Name != "shop-dev-hello" {
		t.Fatalf("got %+v", ready)
	}
	p.get(ready.Data+"/hello", 200, "first")
	place(t, dir, map[string]string{"src/hello.js": `exports.handler = async () => ({ said: "second" });`})
	p.get(ready.Data+"/hello", 200, "second")

	// As packaging goes: the folder is removed, what was there is bundled, and files are written one
	// after the other and piece by piece. Nothing of that is told.
	if err := os.RemoveAll(filepath.Join(dir, ".serverless")); err != nil {
		t.Fatal(err)
	}
	again := packaged("src/other.handler", "/again")
	const state, resources = ".serverless/serverless-state.json", ".serverless/cloudformation-template-update-stack.json"
	for _, step := range []map[string]string{{}, {state: again[state][:99]}, {resources: again[resources][:99]}, {resources: again[resources]}} {
		place(t, dir, step)
		time.Sleep(300 * time.Millisecond) // longer than a burst of changes is waited for
	}
	place(t, dir, again)
	e := p.until("", func(e upEvent) bool { return e.Event == "fault" || e.Event == "changed" })
	if e.Event != "changed" || e.Apis[0].ID != ready.Apis[0].ID {
		t.Errorf("got %+v, and the API was %s", e, ready.Apis[0].ID)
	}
	p.eventually(ready.Data+"/again", "other")
	p.get(ready.Data+"/hello", 404, "")
	p.end()
	if out, err := upCommand(t, dir, "--check", ".serverless").Output(); err != nil || !strings.Contains(string(out), "(Serverless Framework)") {
		t.Errorf("got %s, %v", out, err)
	}
}
