package family

import (
	"encoding/base64"
	"encoding/binary"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/wire"
)

// PageSize is how many items a list answers at most, and when the caller does not say.
const PageSize = 500

// tokenVersion is the first byte of a token, so that its form can change.
const tokenVersion = 1

// PageToken says where a list goes on: after the item that was created at this
// revision. It holds across restarts, and items that are added or removed
// meanwhile neither repeat nor hide others.
func PageToken(after int64) string {
	b := binary.AppendUvarint([]byte{tokenVersion}, uint64(after))
	return base64.RawURLEncoding.EncodeToString(b)
}

func readToken(token string) (after int64, err error) {
	if token == "" {
		return 0, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) < 2 || b[0] != tokenVersion {
		return 0, badToken()
	}
	n, size := binary.Uvarint(b[1:])
	// A token is a caller's text: bytes behind the number or one that no revision reaches
	// are refused, not read as something near.
	if size != len(b)-1 || n > 1<<62 {
		return 0, badToken()
	}
	return int64(n), nil
}

func badToken() error {
	return fault.New(fault.BadRequest, "Invalid value specified for NextToken")
}

// Page reads what part of a list a request asks for; size is how many items it has
// when the caller does not say.
func Page(r *wire.Request, size int) (after int64, limit int, err error) {
	limit, token := r.Page()
	switch {
	// Documented: maxResults is a text in the model of most lists (API Gateway V2 API
	// Reference, GetApis), so that its form is judged here.
	case limit < 0, limit == 0 && r.Has("maxResults"):
		return 0, 0, fault.New(fault.BadRequest, "Invalid value specified for MaxResults: must be a positive number")
	case limit == 0:
		limit = size
	}
	// Assumed: more than a page at once is answered with a page.
	//
	// Clients that follow nextToken to its end see everything either way.
	limit = min(limit, PageSize)
	after, err = readToken(token)
	return after, limit, err
}
