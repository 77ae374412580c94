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
			if call, _ := (&functions{}).call(r); (call != nil) != want {
				t.Errorf("%s of %d bytes: taken is %t", name, length, call != nil)
			}
		}
	}
}
