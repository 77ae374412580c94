package routing

import (
	"net/http"

	"github.com/dragoman-gateway/dragoman/gateway/peer"
)

// may says whether who asks may call the API of a request, or what is of none. All clients
// may; a guest of this process may as far as whoever it speaks for. It is judged here and
// not where the guest is connected, since only here is known which API a request leads to.
func (h *Handler) may(r *http.Request, path string) bool {
	if h.Policy == nil || !h.Policy.Guests {
		return true
	}
	v, domain := h.find(r, path)
	if v == nil && !domain {
		v = h.bare(r, path)
	}
	id := ""
	if v != nil {
		id = v.Api.ID
	}
	return peer.GuestOf(r).May(id)
}
