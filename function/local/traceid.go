package local

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/exchange"
)

// traced is the trace that a function is told of: its caller's, or one of its own, with all three parts.
// Documented: AWS Lambda Developer Guide, Using the Lambda runtime API: Lambda-Runtime-Trace-Id
// is told with each event, and AWS X-Ray Developer Guide, Concepts: it has Root, Parent and Sampled.
// X-Ray's SDKs take a handler for misconfigured where one of them is missing.
func traced(told string, at time.Time) string {
	parts := strings.Split(told, ";")
	has := func(name string) bool {
		for _, part := range parts {
			if text, ok := strings.CutPrefix(strings.TrimSpace(part), name); ok && text != "" {
				return true
			}
		}
		return false
	}
	if !has("Root=") {
		told = exchange.NewTraceID(at)
		parts = nil
	}
	if !has("Parent=") {
		told += ";Parent=" + fmt.Sprintf("%016x", rand.Uint64())
	}
	if !has("Sampled=") {
		told += ";Sampled=0" // nobody records it
	}
	return told
}
