package awsconfig

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/awsconfig/awstest"
)

// files gives the test a configuration and credentials.
func files(t *testing.T, configuration, credentials string) {
	t.Helper()
	awstest.Isolate(t)
	for variable, text := range map[string]string{"AWS_CONFIG_FILE": configuration, "AWS_SHARED_CREDENTIALS_FILE": credentials} {
		name := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv(variable, name)
	}
}

// A profile that is named wins over keys of the environment, and says region and
// endpoint, of all services or of one.
func TestTargetOfAProfile(t *testing.T) {
	files(t, `
[profile plain]
region = eu-west-1
[profile elsewhere]
region = eu-west-2
endpoint_url = http://127.0.0.1:5000
[profile one]
region = eu-west-3
services = mine
[services mine]
apigatewayv2 =
  endpoint_url = http://127.0.0.1:6000
`, "[plain]\naws_access_key_id = AKIDPLAIN\naws_secret_access_key = s\n[elsewhere]\naws_access_key_id = AKIDELSE\naws_secret_access_key = s\n[one]\naws_access_key_id = AKIDONE\naws_secret_access_key = s\n")
	call := &Call{ID: "ApiGatewayV2", Host: "apigateway"}
	for profile, want := range map[string]string{
		"":          " AKIDOWN https://apigateway..amazonaws.com",
		"plain":     "eu-west-1 AKIDPLAIN https://apigateway.eu-west-1.amazonaws.com",
		"elsewhere": "eu-west-2 AKIDELSE http://127.0.0.1:5000",
		"one":       "eu-west-3 AKIDONE http://127.0.0.1:6000",
	} {
		target, err := newClient(t, Options{Profile: profile}).Target(t.Context(), call)
		if err != nil {
			t.Fatal(err)
		}
		key, err := target.Credentials(t.Context())
		if got := target.Region + " " + key.AccessKeyID + " " + target.Endpoint; err != nil || got != want {
			t.Errorf("%q: got %s, %v, want %s", profile, got, err, want)
		}
	}
	if target, err := newClient(t, Options{Profile: "plain", Region: "us-west-2"}).Target(t.Context(), call); err != nil || target.Region != "us-west-2" {
		t.Errorf("a region that is given: got %+v, %v", target, err)
	}
	if _, err := newClient(t, Options{Profile: "nothere"}).Target(t.Context(), call); err == nil || !strings.Contains(err.Error(), "nothere") {
		t.Errorf("a profile that is not there: got %v", err)
	}
}

// A profile may stand for a role, whose MFA code somebody is asked for.
func TestTargetOfARole(t *testing.T) {
	sts := awstest.Serve(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>role-secret</SecretAccessKey><SessionToken>role-token</SessionToken>
<Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	})
	files(t, `
[profile admin]
region = eu-west-1
role_arn = arn:aws:iam::123456789012:role/admin
source_profile = base
mfa_serial = arn:aws:iam::123456789012:mfa/me
`, "[base]\naws_access_key_id = AKIDOWN\naws_secret_access_key = own-secret\n")
	t.Setenv("AWS_ENDPOINT_URL_STS", sts.URL)
	asked := 0
	c := newClient(t, Options{Profile: "admin", Token: func() (string, error) { asked++; return "123456", nil }})
	target, err := c.Target(t.Context(), &Call{ID: "ApiGatewayV2", Host: "apigateway"})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		key, err := target.Credentials(t.Context())
		if err != nil || key.AccessKeyID != "ASIAROLE" || key.SessionToken != "role-token" {
			t.Fatalf("got %+v, %v, want the role's", key, err)
		}
	}
	if form := string(sts.Last(t).Body); asked != 1 || !strings.Contains(form, "TokenCode=123456") || !strings.Contains(form, "RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fadmin") {
		t.Errorf("somebody was asked %d times, and STS got %s", asked, form)
	}
}
