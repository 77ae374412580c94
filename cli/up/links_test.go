package up_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// linked makes links in a folder, by name, to files beside it.
func linked(t *testing.T, dir string, links map[string]string) {
	t.Helper()
	for name, to := range links {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, path); err != nil {
			t.Skip("there are no links here:", err)
		}
	}
}

const linkedTemplate = `Transform: AWS::Serverless-2016-10-31
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties: {Runtime: nodejs20.x, Handler: index.handler, CodeUri: src, Timeout: 20, Events: {Get: {Type: HttpApi, Properties: {Path: /f, Method: GET}}}}
  Nested: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: nested.yaml}}
  Body: {Type: AWS::ApiGatewayV2::Api, Properties: {BodyS3Location: api/open.yaml}}
  Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Body, StageName: $default, AutoDeploy: true}}
  Include:
    Type: AWS::Serverless::HttpApi
    Properties: {DefinitionBody: {"Fn::Transform": {Name: AWS::Include, Parameters: {Location: api/included.yaml}}}}
`

const linkedApi = "openapi: 3.0.1\ninfo: {title: linked}\npaths: {/pets: {get: {x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: 'http://127.0.0.1:9/', payloadFormatVersion: '1.0'}}}}\n"

// Links that lead out of the template's folder are followed, as SAM and the AWS CLI follow
// them, and what they lead to is watched.
func TestUpFollowsLinksOutside(t *testing.T) {
	needs.Program(t, "node", "--version")
	above := t.TempDir()
	dir := filepath.Join(above, "app")
	place(t, above, map[string]string{
		"common/src/index.js": "exports.handler = async () => 'one';\n", "common/open.yaml": linkedApi,
		"common/nested.yaml": "Resources: {Web: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: nested, ProtocolType: HTTP}}}\n",
		"app/template.yaml":  linkedTemplate,
	})
	linked(t, dir, map[string]string{"src": "../common/src", "nested.yaml": "../common/nested.yaml", "api": "../common", "../common/included.yaml": "open.yaml"})
	p := startUp(t, dir, "--default-api", "ServerlessHttpApi")
	ready := p.next("ready")
	var names []string
	for _, a := range ready.Apis {
		names = append(names, a.Name)
	}
	if got := strings.Join(names, " "); strings.Count(got, "linked") != 2 || !strings.Contains(got, "nested") {
		t.Errorf("got the APIs %s", got)
	}
	p.get(ready.Data+"/f", 200, "one")
	edit(t, filepath.Join(above, "common/src/index.js"), "one", "two")
	p.get(ready.Data+"/f", 200, "two")
	edit(t, filepath.Join(above, "common/nested.yaml"), "Name: nested", "Name: changed")
	p.next("changed")
	p.end()
}

// What is wrong with a file that a link leads to is told by its place: whoever may put a
// link beside a template shall not see what it leads to.
func TestUpQuotesNothingOutside(t *testing.T) {
	const secret = "root:S3CRET:0:0"
	for name, broken := range map[string]string{
		"src": "", "nested.yaml": secret + "\n  broken", "api/open.yaml": "openapi: 3.0.1\ninfo: {title: S3CRET}\npaths: {/S3CRET: {get: {x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: S3CRET}}}}\n",
		"api/included.yaml": secret + "\n- S3CRET: [", "samconfig.toml": secret, "template.yaml": secret + "\n  - broken: [",
	} {
		t.Run(name, func(t *testing.T) {
			above := t.TempDir()
			dir := filepath.Join(above, "app")
			files := map[string]string{
				"app/template.yaml": linkedTemplate, "app/nested.yaml": "Resources: {X: {Type: AWS::IAM::Role}}\n", "app/api/open.yaml": linkedApi, "app/api/included.yaml": linkedApi,
				"app/src/index.js": "exports.handler = async () => 'one';\n", "outside/file": broken,
			}
			delete(files, "app/"+name)
			if name == "src" { // a file, where a folder or an archive is wanted
				delete(files, "app/src/index.js")
				files["outside/file"] = secret
			}
			place(t, above, files)
			linked(t, dir, map[string]string{name: filepath.Join(above, "outside/file")})
			for _, args := range [][]string{{"--check"}, {"--check", "--json"}} {
				out, _ := upCommand(t, dir, args...).CombinedOutput()
				if strings.Contains(string(out), "S3CRET") {
					t.Errorf("%v: it quotes the file:\n%s", args, out)
				}
				if name != "src" && !strings.Contains(string(out), name) {
					t.Errorf("%v: it does not name %s:\n%s", args, name, out)
				}
			}
			// Whoever has named the file itself is told all of it.
			if name == "template.yaml" {
				if out, _ := upCommand(t, dir, "template.yaml", "--check").CombinedOutput(); strings.Contains(string(out), "what is in a file outside") {
					t.Errorf("named: got %s", out)
				}
			}
		})
	}
}
