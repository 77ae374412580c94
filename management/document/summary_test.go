package document

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestCount(t *testing.T) {
	for want, nouns := range map[string]map[string]int{
		"nothing":                   {},
		"1 route":                   {"route": 1},
		"1 API and 1000 routes":     {"route": 1000, "API": 1},
		"1 API, 2 keys and 3 links": {"link": 3, "key": 2, "API": 1},
		"2 sharing policies":        {"sharing policy": 2, "route": 0},
	} {
		if got := Count(nouns); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestSummaryOfAThousandRoutes reads the last line, which is what is left to see.
func TestSummaryOfAThousandRoutes(t *testing.T) {
	s := memory(t)
	document := func(routes int, uri string) []byte {
		var b strings.Builder
		b.WriteString("dragoman: 1\nregions:\n  us-east-1:\n    apis:\n      big:\n        name: big\n        protocolType: HTTP\n        integrations:\n")
		fmt.Fprintf(&b, "          back: {integrationType: HTTP_PROXY, integrationMethod: ANY, integrationUri: %q, payloadFormatVersion: \"1.0\"}\n        routes:\n", uri)
		for i := range routes {
			fmt.Fprintf(&b, "          r%d: {routeKey: \"GET /r%d\", target: integrations/back}\n", i, i)
		}
		return []byte(b.String())
	}
	last := func(text []byte, dry bool) string {
		t.Helper()
		changes, err := Changes(t.Context(), s, parse(t, text), "", time.Now(), dry)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(changes, "\n"), "\n")
		return lines[len(lines)-1]
	}
	if got, want := last(document(1000, "http://a"), true), "1 API, 1 integration and 1000 routes made; nothing changed; nothing removed (a dry run: nothing was written)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, err := Replace(t.Context(), s, parse(t, document(1000, "http://a"))); err != nil {
		t.Fatal(err)
	}
	if got, want := last(document(10, "http://b"), false), "nothing made; 1 integration changed; 990 routes removed"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
