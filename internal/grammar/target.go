package grammar

import (
	"net/url"
	"strings"
)

// PlainTarget reads a target whose path has only bytes that stand for themselves,
// in which escaped and plain form are one. Most have, and package url costs more than
// the rest of the head.
func PlainTarget(u *url.URL, target string) bool {
	for i := range len(target) {
		c := target[i]
		if c == '?' {
			u.Path, u.RawQuery = target[:i], target[i+1:]
			// A "?" with nothing behind it is passed on: to a backend the two are different targets.
			u.ForceQuery = u.RawQuery == ""
			return true
		}
		if !pathBytes[c] {
			return false
		}
	}
	u.Path = target
	return true
}

// pathBytes are those that package url never escapes in a path.
var pathBytes = func() (table [256]bool) {
	for c := range table {
		table[c] = 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
	}
	for _, c := range []byte("-_.~$&+,/:;=@") {
		table[c] = true
	}
	return table
}()

// Host says whether a Host is a name, an IPv4 address or an IPv6 address in
// brackets, maybe with a port (RFC 9110 section 7.2). It goes into logs, events
// and headers of backends, where anything else could be mistaken.
func Host(host string) bool {
	name, port := host, ""
	if strings.HasPrefix(host, "[") {
		end := strings.IndexByte(host, ']')
		if end < 2 {
			return false
		}
		for i := 1; i < end; i++ {
			if c := host[i]; !isHex(c) && c != ':' && c != '.' {
				return false
			}
		}
		name, port = "", host[end+1:]
	} else if i := strings.IndexByte(host, ':'); i >= 0 {
		name, port = host[:i], host[i:]
	}
	if host == "" || name == "" && host[0] != '[' {
		return false
	}
	for i := range len(name) {
		if !hostBytes[name[i]] {
			return false
		}
	}
	return port == "" || port[0] == ':' && validPort(port[1:])
}

// A port may be left out behind its colon (RFC 3986 section 3.2.3).
func validPort(port string) bool {
	if len(port) > 5 {
		return false
	}
	n, ok := Digits(port)
	return port == "" || ok && n < 1<<16
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// hostBytes are those of a registered name (RFC 3986 section 3.2.2).
var hostBytes = func() (table [256]bool) {
	for c := range table {
		table[c] = 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
	}
	for _, c := range []byte("-._~!$&'()*+,;=%") {
		table[c] = true
	}
	return table
}()
