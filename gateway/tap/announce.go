package tap

import (
	"net/http"

	"github.com/dragoman-gateway/dragoman/record"
)

// TraceHeader names the record of an exchange in its answer.
const TraceHeader = "Dragoman-Trace"

// Announce has an answer of a status name its record, or not name one that it will not
// leave. It may be called again as more is known.
func Announce(h http.Header, d *record.Draft, status int) {
	if d == nil {
		return
	}
	if id := d.Named(status); id != "" {
		h.Set(TraceHeader, id)
		return
	}
	h.Del(TraceHeader)
}
