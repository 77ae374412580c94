package sigv4

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// verifying answers 200 to requests that are well signed, 403 with the reason
// to others. It goes by the real clock, as the clients do.
func verifying(t *testing.T) *httptest.Server {
	v := testVerifier()
	v.Now = nil
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			_, err = v.Verify(r, "execute-api", Bytes(body))
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
		}
	}))
	t.Cleanup(server.Close)
	return server
}

// foreignTargets are request targets as clients send them.
var foreignTargets = []string{
	"/", "/dev", "/dev/", "/dev/@connections/x=", "/dev/%40connections/x%3D", "/v2/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Fapis%2Fa",
	"/a//b/", "/a/./b/../c", "/a%20b/%E6%BC%A2", "/~tilde/(x)!", "/?b=2&a=1&a=0", "/?empty=&k=a%20b%2Bc", "/?tagKeys=a&tagKeys=B",
}

// TestBotocoreGetsIn drives the signer of boto3 and the AWS CLI, where it is installed.
func TestBotocoreGetsIn(t *testing.T) {
	needs.Python(t, "botocore")
	type call struct {
		Method  string `json:"method"`
		Target  string `json:"target"`
		Body    string `json:"body"`
		Presign bool   `json:"presign"`
	}
	var calls []call
	var input bytes.Buffer
	for _, target := range foreignTargets {
		for _, c := range []call{{"GET", target, "", false}, {"POST", target, "hello", false}, {"GET", target, "", true}} {
			calls = append(calls, c)
			if err := json.NewEncoder(&input).Encode(c); err != nil {
				t.Fatal(err)
			}
		}
	}
	cmd := exec.CommandContext(t.Context(), "python3", "testdata/botocore_client.py", verifying(t).URL, testID, testSecret)
	cmd.Stdin = &input
	var complaints strings.Builder
	cmd.Stderr = &complaints
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, complaints.String())
	}
	answers := json.NewDecoder(bytes.NewReader(output))
	for _, c := range calls {
		var a struct {
			Status int
			Body   string
		}
		if err := answers.Decode(&a); err != nil {
			t.Fatal(err)
		}
		if a.Status != http.StatusOK {
			t.Errorf("%+v: %d %s", c, a.Status, a.Body)
		}
	}
}

// TestCurlGetsIn drives curl's own signer, where it is installed and has one.
func TestCurlGetsIn(t *testing.T) {
	help, err := exec.Command("curl", "--help", "auth").Output()
	if err != nil || !strings.Contains(string(help), "--aws-sigv4") {
		needs.Missing(t, "curl", "curl with --aws-sigv4 is not installed")
	}
	server := verifying(t)
	for _, target := range []string{"/", "/dev/pets", "/dev/?a=1&b=2"} {
		output, err := exec.CommandContext(t.Context(), "curl", "-sS", "--path-as-is", "--aws-sigv4", "aws:amz:us-east-1:execute-api",
			"--user", testID+":"+testSecret, "-w", "%{http_code}", server.URL+target).CombinedOutput()
		if err != nil || string(output) != "200" {
			t.Errorf("%s: %v: %s", target, err, output)
		}
	}
}
