package peer

import "strings"

// ParseOrigin reads the origin of a web page, SCHEME://HOST or SCHEME://HOST:PORT
// (RFC 6454), into the form in which two origins can be compared: in small letters,
// without the default port of the scheme. "null", which any page can be, is none.
func ParseOrigin(text string) (origin string, ok bool) {
	scheme, host, ok := strings.Cut(text, "://")
	scheme = strings.ToLower(scheme)
	if !ok || !schemeName(scheme) {
		return "", false
	}
	a, ok := ParseAuthority(host)
	if !ok {
		return "", false
	}
	if a.Addr.IsValid() {
		a.Name = a.Addr.String()
		if a.Addr.Is6() {
			a.Name = "[" + a.Name + "]"
		}
	}
	if a.Port != "" && a.Port != map[string]string{"http": "80", "https": "443"}[scheme] {
		a.Name += ":" + a.Port
	}
	return scheme + "://" + a.Name, true
}

// schemeName says whether a text is a scheme in small letters.
func schemeName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if letter := 'a' <= c && c <= 'z'; !letter && (i == 0 || (c < '0' || c > '9') && c != '+' && c != '-' && c != '.') {
			return false
		}
	}
	return s != ""
}
