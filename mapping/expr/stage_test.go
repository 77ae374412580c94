package expr

import "testing"

func TestInStage(t *testing.T) {
	variables := map[string]string{"host": "example.com", "fn": "f"}
	for text, want := range map[string]string{
		"https://${stageVariables.host}/x": "https://example.com/x", "arn:${stageVariables.fn}": "arn:f", "https://${stageVariables.nope}/": "https:///",
		"https://example.com/{proxy}": "https://example.com/{proxy}", "${context.stage}": "${context.stage}", "": "",
	} {
		if got := InStage(text, variables); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}
