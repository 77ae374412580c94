package lambda

import (
	"net/http"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/wire"
)

// What would end a runtime that is told it is refused.
func TestLongHeadersOfInvocations(t *testing.T) {
	for _, name := range passed[2:] {
		for length, want := range map[int]bool{maxPassed: true, maxPassed + 1: false} {
			r := &wire.Request{Path: map[string]string{"FunctionName": "f"}, Header: http.Header{name: {strings.Repeat("a", length)}}}
			_, refused := (&functions{}).call(r)
			if long := strings.Contains(string(refused.Body), "is longer than"); long == want {
				t.Errorf("%s of %d bytes: refused with %s", name, length, refused.Body)
			}
		}
	}
}
