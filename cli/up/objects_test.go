package up_test

import (
	"archive/zip"
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

const inS3Template = `Transform: AWS::Serverless-2016-10-31
Resources:
  Text:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs20.x
      Handler: index.handler
      CodeUri: s3://uploads/a b/é+1/../k.zip
      Timeout: 20
      Layers: [!Ref Layer]
      Events: {Get: {Type: HttpApi, Properties: {Path: /text, Method: GET, ApiId: !Ref Plain}}}
  Older:
    Type: AWS::Lambda::Function
    Properties: {FunctionName: older, Runtime: nodejs20.x, Handler: index.handler, Role: r, Timeout: 20, Code: {S3Bucket: uploads, S3Key: old.zip, S3ObjectVersion: VERSION}}
  Layer:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: {Bucket: uploads, Key: layer.zip}}
  Plain: {Type: AWS::Serverless::HttpApi}
  Written:
    Type: AWS::Serverless::HttpApi
    Properties: {DefinitionUri: s3://uploads/open.yaml}
  Shared:
    Type: AWS::Serverless::HttpApi
    Properties: {DefinitionBody: {"Fn::Transform": {Name: "AWS::Include", Parameters: {Location: "s3://uploads/shared/api.yaml"}}}}
  Stage2: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Written, StageName: two, AutoDeploy: true, RouteSettings: {"GET /older": {ThrottlingBurstLimit: 100, ThrottlingRateLimit: 100}}}}
`

const inS3Document = `openapi: 3.0.1
info: {title: written, version: "1"}
paths:
  /older:
    get:
      x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST, uri: "arn:aws:lambda:us-east-1:123456789012:function:older", payloadFormatVersion: "2.0"}
`

// What a template includes has functions of the template's, and may include more.
const inS3Included = `openapi: 3.0.1
info: {title: !Ref "AWS::StackName", version: "1"}
paths: {"Fn::Transform": {Name: "AWS::Include", Parameters: {Location: "https://s3.amazonaws.com/uploads/paths.json"}}}
`

const inS3Paths = `{"/shared": {"get": {"x-amazon-apigateway-integration": {"type": "aws_proxy", "httpMethod": "POST", "uri": {"Fn::GetAtt": ["Older", "Arn"]}, "payloadFormatVersion": "2.0"}}}}`

// zipped is an archive of files by name.
func zipped(t *testing.T, entries map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, text := range entries {
		e, err := w.Create(name)
		if err == nil {
			_, err = e.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// upload puts files into a versioned bucket, as users do, and gives the versions.
func upload(t *testing.T, url string, objects [][2]string) (versions []string) {
	t.Helper()
	python := needs.Python(t, "boto3")
	dir := t.TempDir()
	script := "import boto3, sys\ns3 = boto3.client('s3', endpoint_url=sys.argv[1], region_name='us-east-1')\n" +
		"s3.create_bucket(Bucket='uploads')\ns3.put_bucket_versioning(Bucket='uploads', VersioningConfiguration={'Status': 'Enabled'})\n" +
		"for key, file in zip(sys.argv[2::2], sys.argv[3::2]):\n    print(s3.put_object(Bucket='uploads', Key=key, Body=open(file, 'rb').read())['VersionId'])\n"
	args := []string{"-c", script, url}
	for i, o := range objects {
		file := filepath.Join(dir, string(rune('a'+i)))
		if err := os.WriteFile(file, []byte(o[1]), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, o[0], file)
	}
	cmd := exec.CommandContext(t.Context(), python, args...)
	cmd.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err, errs.String())
	}
	return strings.Fields(string(out))
}

// What was uploaded to a bucket of an emulator runs from there: code, an older version of
// it, a layer, an OpenAPI document and what a template includes.
func TestUpRunsWhatIsInS3(t *testing.T) {
	needs.Program(t, "node", "--version")
	url := moto(t)
	code := func(says string) string {
		return string(zipped(t, map[string]string{"index.mjs": "import { createRequire } from 'node:module';\nexport const handler = async () => ({ says: '" + says + "', layer: process.env.NODE_PATH ? createRequire(import.meta.url)('deep') : '' });\n"}))
	}
	dir := filepath.Join(t.TempDir(), "s3code")
	versions := upload(t, url, [][2]string{
		{"a b/é+1/../k.zip", code("text")}, {"old.zip", code("old")}, {"old.zip", code("new")},
		{"layer.zip", string(zipped(t, map[string]string{"nodejs/node_modules/deep/index.js": "module.exports = 'layer';"}))},
	})
	place(t, dir, map[string]string{"template.yaml": strings.ReplaceAll(inS3Template, "VERSION", versions[1])})
	check := upCommand(t, dir, "--check", "--json", "--services", url)
	if out, err := check.CombinedOutput(); err == nil || !strings.Contains(string(out), "NoSuchKey") {
		t.Fatalf("without the document: got %s, %v", out, err)
	}
	upload(t, url, [][2]string{{"open.yaml", inS3Document}, {"shared/api.yaml", inS3Included}, {"paths.json", inS3Paths}})
	p := startUp(t, dir, "--services", url)
	ready := p.next("ready")
	at := func(name string) string {
		for _, a := range ready.Apis {
			if a.LogicalID == name {
				for _, u := range a.URLs {
					if strings.HasPrefix(u, "http://") {
						return strings.TrimSuffix(u, "/")
					}
				}
			}
		}
		t.Fatalf("no %s in %+v", name, ready.Apis)
		return ""
	}
	p.get(at("Plain")+"/text", 200, `{"says":"text","layer":"layer"}`)
	p.get(at("Written")+"/older", 200, `{"says":"old","layer":""}`)
	p.get(at("Shared")+"/shared", 200, `{"says":"old","layer":""}`)
	p.end()
	if found, _ := filepath.Glob(filepath.Join(dir, "..", "*.zip")); len(found) > 0 {
		t.Errorf("a key became a way: %v", found)
	}
}

// Without --services each function that is in S3 is told in one line, with what to give;
// what the emulator refuses, or what is too much, is told with the function's name.
func TestUpWithoutWhatIsInS3(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "s3code")
	template := "Resources:\n  Web: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: web, ProtocolType: HTTP}}\n  F:\n    Type: AWS::Lambda::Function\n    Properties: {FunctionName: mine, Runtime: nodejs20.x, Handler: index.handler, Role: r, Code: {S3Bucket: uploads, S3Key: k.zip}}\n"
	place(t, dir, map[string]string{"template.yaml": template})
	out, err := upCommand(t, dir, "--check").CombinedOutput()
	line := "F: its code is in S3, s3://uploads/k.zip, from where nothing is read without --services URL: give that, name the folder as Code, or --function mine=DIR"
	if err != nil || strings.Count(string(out), line) != 1 {
		t.Errorf("got %s, %v, want %s", out, err, line)
	}
	for want, answer := range map[string]func(http.ResponseWriter, *http.Request){
		"NoSuchBucket: The specified bucket does not exist": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte("<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message></Error>"))
		},
		"status 302 Found": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/elsewhere", http.StatusFound)
		},
		"zip: not a valid zip file": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("no archive")) },
		"leads out of the folder": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(zipped(t, map[string]string{"../../x": ""}))
		},
		"bytes": func(w http.ResponseWriter, _ *http.Request) {
			block := make([]byte, 1<<20)
			for range 302 {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		},
	} {
		server := httptest.NewServer(http.HandlerFunc(answer))
		out, err := upCommand(t, dir, "--port", "0", "--services", server.URL).CombinedOutput()
		server.Close()
		if text := string(out); err == nil || !strings.Contains(text, "the code of F: ") || !strings.Contains(text, want) {
			t.Errorf("want %q: got %s, %v", want, text, err)
		}
	}
}
