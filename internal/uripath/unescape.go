package uripath

import "net/url"

// Unescape decodes a segment of a path. A segment with a broken escape is
// returned unchanged.
func Unescape(segment string) string {
	if plain, err := url.PathUnescape(segment); err == nil {
		return plain
	}
	return segment
}
