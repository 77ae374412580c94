package up_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

const domainTemplate = `Transform: AWS::Serverless-2016-10-31
Resources:
  Certificate:
    Type: AWS::CertificateManager::Certificate
    Properties:
      DomainName: api.example.com
      SubjectAlternativeNames: ["*.dev.example.com"]
  Web:
    Type: AWS::Serverless::HttpApi
    Properties:
      Domain: {DomainName: api.example.com, CertificateArn: !Ref Certificate}
      AccessLogSettings: {DestinationArn: !GetAtt Logs.Arn, Format: "$context.requestId $context.domainName"}
  Logs:
    Type: AWS::Logs::LogGroup
    Properties: {LogGroupName: /web/access}
  Roots:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      InlineCode: |
        import os
        def handler(event, context):
            return {"statusCode": 200, "body": open(os.environ["SSL_CERT_FILE"]).read()}
      Events:
        Get: {Type: HttpApi, Properties: {ApiId: !Ref Web, Path: /, Method: GET}}
`

// A custom domain has the certificate of the template, which is kept, and believed by
// the template's functions. Access lines go to a file of the log group's name.
func TestUpCertificates(t *testing.T) {
	needs.Program(t, "python3")
	dir := filepath.Join(t.TempDir(), "domain")
	place(t, dir, map[string]string{"template.yaml": domainTemplate})
	p := startUp(t, dir)
	ready := p.next("ready")
	kept, _ := filepath.Glob(filepath.Join(dir, ".dragoman", "certificates", "*.pem"))
	if len(kept) != 1 {
		t.Fatalf("got %v, want one certificate", kept)
	}
	text, err := os.ReadFile(kept[0])
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", strings.TrimPrefix(ready.Data, "http://"))
		},
	}}
	response, err := client.Get("https://api.example.com/")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != 200 {
		t.Errorf("got %s", response.Status)
	}
	if _, err := client.Get("https://other.example.com/"); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("another name: got %v", err)
	}
	// It is not the authority's: whoever believes that alone does not believe this.
	p.get(ready.Data+"/", 200, strings.TrimSpace(string(text)))
	p.end()
	log, err := os.ReadFile(filepath.Join(dir, ".dragoman", "logs", "web", "access.log"))
	if err != nil || !strings.Contains(string(log), " api.example.com\n") {
		t.Errorf("got %q, %v", log, err)
	}
	p = startUp(t, dir)
	p.next("ready")
	p.end()
	if again, err := os.ReadFile(kept[0]); err != nil || string(again) != string(text) {
		t.Errorf("the certificate is another one: %v", err)
	}
}

const homelessTemplate = `Resources:
  Node:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs20.x
      Handler: index.handler
      Timeout: 20
      InlineCode: |
        exports.handler = async (e) => String((await fetch('https://' + e.requestContext.domainName + '/back')).status);
      Events:
        Get: {Type: HttpApi, Properties: {Path: /node, Method: GET}}
  Python:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      Timeout: 20
      InlineCode: |
        import urllib.request
        def handler(e, c):
            return str(urllib.request.urlopen("https://" + e["requestContext"]["domainName"] + "/back").status)
      Events:
        Get: {Type: HttpApi, Properties: {Path: /python, Method: GET}}
  Back:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs20.x
      Handler: index.handler
      InlineCode: exports.handler = async () => 'back';
      Events:
        Get: {Type: HttpApi, Properties: {Path: /back, Method: GET}}
`

// Where an authority can be kept nowhere, as for a container's user without a home, functions
// call back by https as ever. It is said, since nobody else can come to believe it.
func TestUpWithoutHome(t *testing.T) {
	needs.Program(t, "node")
	needs.Program(t, "python3")
	dir := filepath.Join(t.TempDir(), "homeless")
	place(t, dir, map[string]string{"template.yaml": homelessTemplate})
	for name, env := range map[string][]string{
		"none":             {"XDG_CONFIG_HOME=", "HOME=", "AppData="},
		"none can be made": {"XDG_CONFIG_HOME=" + filepath.Join(dir, "template.yaml"), "HOME=" + filepath.Join(dir, "template.yaml"), "AppData=" + filepath.Join(dir, "template.yaml")},
	} {
		t.Run(name, func(t *testing.T) {
			p := startUpIn(t, env, dir)
			p.until("log", func(e upEvent) bool { return strings.Contains(e.Message, "of this run alone") })
			ready := p.next("ready")
			p.get(ready.Data+"/node", 200, "200")
			p.get(ready.Data+"/python", 200, "200")
			p.end()
		})
	}
}
