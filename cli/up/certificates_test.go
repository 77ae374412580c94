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
