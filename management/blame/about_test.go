package blame

import (
	"encoding/json"
	"strings"
	"testing"
)

// Errors of the rules are told at the member that they are about.
func TestAbout(t *testing.T) {
	for text, want := range map[string]string{
		"Timeout should be between 50 ms and 30000 ms":                              "timeoutInMillis",
		"Invalid value specified for MaxAge: must be between -1 and 86400":          "corsConfiguration maxAge",
		"Invalid stage name specified":                                              "stageName",
		"Invalid stage variable name \"x y\"":                                       "stageVariables",
		"The following context variables are not supported: [$context.path]":        "accessLogSettings format",
		"Invalid input. Expected one domain name configuration, got 0":              "domainNameConfigurations",
		"Invalid authorizer ID specified. Setting the authorization type to CUSTOM": "authorizerId",
		"something else": "",
	} {
		members := map[string]json.RawMessage{
			"timeoutInMillis": []byte("1"), "corsConfiguration": []byte(`{"maxAge":1,"allowMethods":[]}`), "stageName": []byte(`"a"`), "stageVariables": []byte(`{"a":"b"}`),
			"accessLogSettings": []byte(`{"format":"x","destinationArn":"y"}`), "domainName": []byte(`"a"`), "domainNameConfigurations": []byte("[]"),
			"authorizerId": []byte(`"a"`), "authorizationType": []byte(`"CUSTOM"`),
		}
		if got := strings.Join(About(members, text), " "); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}
