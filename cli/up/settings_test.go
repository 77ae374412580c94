package up_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// A session tells the flags that it was started with, as serve does, without the values of
// parameters, which may be passwords. Its answers name their records, and error frames stay
// AWS's.
func TestASessionTellsItsFlags(t *testing.T) {
	dir := t.TempDir()
	template := `Parameters:
  Password: {Type: String, NoEcho: true}
Resources:
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties: {Name: !Sub "web-${Password}", ProtocolType: HTTP}
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: {ApiId: !Ref Api, StageName: $default, AutoDeploy: true}
`
	if err := os.WriteFile(filepath.Join(dir, "template.yaml"), []byte(template), 0o600); err != nil {
		t.Fatal(err)
	}
	p := startUp(t, dir, "--parameter", "Password=hunter2hunter2")
	ready := p.next("ready")
	response, err := http.Get(ready.Management + "/_dragoman/settings")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	var told struct {
		Flags []struct {
			Name, Value string
			Changed     bool
		}
	}
	if err := json.Unmarshal(text, &told); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	flags := map[string]string{}
	for _, f := range told.Flags {
		flags[f.Name] = f.Value
	}
	if flags["parameter"] != "[Password=****]" || flags["tap"] != "[all]" || flags["once"] != "true" {
		t.Errorf("got %s", text)
	}
	answer, err := http.Get(ready.Management + "/_dragoman/tap")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if tap, _ := io.ReadAll(answer.Body); string(tap) != `{"apis":"all","sample":1}` {
		t.Errorf("the tap of a session is %s", tap)
	}
	refused, err := http.Get(ready.Data + "/nothing")
	if err != nil {
		t.Fatal(err)
	}
	defer refused.Body.Close()
	if body, _ := io.ReadAll(refused.Body); refused.StatusCode != http.StatusNotFound || refused.Header.Get("dragoman-trace") == "" || string(body) != `{"message":"Not Found"}` {
		t.Errorf("a request without a route: got %d %v %s", refused.StatusCode, refused.Header, body)
	}
	p.end()
}
