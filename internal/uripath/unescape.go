package uripath

import "net/url"

// Unescape decodes a segment of a path. What is not well encoded stays as it is.
func Unescape(segment string) string {
	if plain, err := url.PathUnescape(segment); err == nil {
		return plain
	}
	return segment
}
