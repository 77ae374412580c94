package message

import "strings"

// RemoveHopByHop removes the fields that concern one connection alone: those that
// RFC 9110 section 7.6.1 lists and those that Connection names. A gateway must
// therefore add its own fields afterwards.
func (h *Header) RemoveHopByHop() {
	named := h.Values("Connection")
	kept := (*h)[:0]
	for _, f := range *h {
		if !HopByHop(f.Name) && (named == nil || !listed(named, f.Name)) {
			kept = append(kept, f)
		}
	}
	*h = kept
}

// HopByHop says whether a field concerns one connection alone by its very name.
func HopByHop(name string) bool {
	switch len(name) {
	case 2:
		return Same(name, "Te")
	case 7:
		return Same(name, "Trailer") || Same(name, "Upgrade")
	case 10:
		return Same(name, "Connection") || Same(name, "Keep-Alive")
	case 16:
		return Same(name, "Proxy-Connection")
	case 17:
		return Same(name, "Transfer-Encoding")
	case 18:
		return Same(name, "Proxy-Authenticate")
	case 19:
		return Same(name, "Proxy-Authorization")
	}
	return false
}

// Framing says whether a field is written by the connection itself: Host,
// Content-Length and Transfer-Encoding.
func Framing(name string) bool {
	switch len(name) {
	case 4:
		return Same(name, "Host")
	case 14:
		return Same(name, "Content-Length")
	case 17:
		return Same(name, "Transfer-Encoding")
	}
	return false
}

func listed(lists []string, name string) bool {
	for _, list := range lists {
		for item := range strings.SplitSeq(list, ",") {
			if Same(strings.Trim(item, " \t"), name) {
				return true
			}
		}
	}
	return false
}
