package sigv4

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// canonical holds what both sides hash: the parts of a request in the form and
// order that the specification fixes.
// Documented: IAM User Guide, Create a signed AWS API request, which is called
// the specification here.
type canonical struct {
	method  string
	path    string   // encoded, encoded again for every service but S3
	query   string   // sorted and encoded
	signed  []string // lower-case names of the signed headers, in the order signed
	headers []string // their values, beside signed
	payload string   // hex SHA-256 of the body, or a literal such as UNSIGNED-PAYLOAD
}

// append writes the canonical request behind b.
func (c *canonical) append(b []byte) []byte {
	b = append(append(b, c.method...), '\n')
	b = append(append(b, c.path...), '\n')
	b = append(append(b, c.query...), '\n')
	for i, name := range c.signed {
		b = append(append(b, name...), ':')
		b = append(append(b, c.headers[i]...), '\n')
	}
	b = append(b, '\n')
	for i, name := range c.signed {
		if i > 0 {
			b = append(b, ';')
		}
		b = append(b, name...)
	}
	return append(append(b, '\n'), c.payload...)
}

// canonicalPath encodes the path as it stands on the request line once more:
// "/test/%40connections/x%3D" becomes "/test/%2540connections/x%253D".
func canonicalPath(u *url.URL, once bool) string {
	path := requestPath(u)
	if once {
		return path
	}
	return escape(path, true)
}

// requestPath is the path as net/http writes it and as it was received.
func requestPath(u *url.URL) string {
	if opaque, ok := strings.CutPrefix(u.Opaque, "//"); ok {
		// The path behind the host; the form in which some SDKs keep a path raw.
		if i := strings.IndexByte(opaque, '/'); i >= 0 {
			return opaque[i:]
		}
		return "/"
	}
	if path := u.EscapedPath(); path != "" {
		return path
	}
	return "/"
}

// normalPath removes empty and dot segments (RFC 3986 section 5.2.4), as the
// specification wants it for every service but S3 and as botocore signs, but not
// every SDK.
func normalPath(path string) string {
	if !strings.Contains(path, "//") && !strings.Contains(path, "/.") {
		return path
	}
	var kept []string
	segments := strings.Split(path, "/")
	for _, s := range segments {
		switch s {
		case "", ".":
		case "..":
			kept = kept[:max(0, len(kept)-1)]
		default:
			kept = append(kept, s)
		}
	}
	clean := "/" + strings.Join(kept, "/")
	if last := segments[len(segments)-1]; len(kept) > 0 && (last == "" || last == "." || last == "..") {
		clean += "/"
	}
	return clean
}

// canonicalQuery sorts a raw query by encoded name and value, each encoded as RFC
// 3986 wants it. A presigned one is taken without its signature, which cannot be
// part of what it signs. A '+' is a space, as net/http and the SDKs read it; an
// escape that is none stands for itself.
func canonicalQuery(raw string, presigned bool) string {
	if raw == "" {
		return ""
	}
	pairs := make([][2]string, 0, strings.Count(raw, "&")+1)
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		name = reescape(name)
		if presigned && name == paramSignature {
			continue
		}
		pairs = append(pairs, [2]string{name, reescape(value)})
	}
	slices.SortFunc(pairs, func(a, b [2]string) int {
		if c := strings.Compare(a[0], b[0]); c != 0 {
			return c
		}
		return strings.Compare(a[1], b[1])
	})
	var b strings.Builder
	b.Grow(len(raw) + 16)
	for i, p := range pairs {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(p[0])
		b.WriteByte('=')
		b.WriteString(p[1])
	}
	return b.String()
}

// reescape decodes one part of a query and encodes it in the one way.
func reescape(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		s = plain
	}
	return escape(s, false)
}

// escape percent-encodes all but the unreserved characters of RFC 3986 section
// 2.3, with upper case digits; slashes are kept if they may be.
func escape(s string, slash bool) string {
	n := 0
	for i := range len(s) {
		if !unreserved(s[i]) && (s[i] != '/' || !slash) {
			n++
		}
	}
	if n == 0 {
		return s
	}
	const digits = "0123456789ABCDEF"
	out := make([]byte, 0, len(s)+2*n)
	for i := range len(s) {
		if c := s[i]; unreserved(c) || c == '/' && slash {
			out = append(out, c)
		} else {
			out = append(out, '%', digits[c>>4], digits[c&15])
		}
	}
	return string(out)
}

func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '-' || c == '.' || c == '_' || c == '~'
}

// headerValue gathers what was sent under a lower-case name: the values joined
// with commas, runs of spaces made one, as the specification asks. net/http keeps
// some headers beside the map: they are put back.
func headerValue(r *http.Request, name string) (string, bool) {
	switch name {
	case "host":
		return r.Host, r.Host != ""
	case "transfer-encoding":
		return strings.Join(r.TransferEncoding, ","), len(r.TransferEncoding) > 0
	}
	values := r.Header[http.CanonicalHeaderKey(name)]
	if len(values) == 0 {
		if name == "content-length" && r.ContentLength >= 0 {
			return strconv.FormatInt(r.ContentLength, 10), true
		}
		return "", false
	}
	if len(values) == 1 {
		return squeeze(values[0]), true
	}
	clean := make([]string, len(values))
	for i, v := range values {
		clean[i] = squeeze(v)
	}
	return strings.Join(clean, ","), true
}

// squeeze trims a header value and makes each run of white space one space.
func squeeze(v string) string {
	if !strings.Contains(v, "  ") && !strings.ContainsAny(v, "\t\r\n") {
		return strings.Trim(v, " ")
	}
	return strings.Join(strings.Fields(v), " ")
}
