package local

import (
	"slices"
	"strings"
)

// servedHeader tells our bootstraps of which APIs the names at AWS are the data listener
// too: many handlers make {apiId}.execute-api.{region}.amazonaws.com of an id that a
// variable tells them, and would call AWS by it, where nobody has that API.
const servedHeader = "Dragoman-Served"

// mostWords bounds how many words of variables may be ids of APIs.
const mostWords = 200

// words are what in a function's variables can be the id of an API: letters and digits
// with nothing of either beside them.
func words(values map[string]string) (found []string) {
	for _, value := range values {
		for word := range strings.FieldsFuncSeq(value, func(c rune) bool { return (c < 'a' || c > 'z') && (c < '0' || c > '9') }) {
			if len(word) <= longestID && len(found) < mostWords && !slices.Contains(found, word) {
				found = append(found, word)
			}
		}
	}
	slices.Sort(found)
	return found
}

// longestID is more than ids of APIs have: AWS's have ten characters, and chosen ones not
// many more.
const longestID = 64

// served are the APIs, of those that a function can know of, that are served here: that
// of the event and those that its variables name. An id that the gateway does not have
// is left to AWS, and so is an API whose name there stands in a variable as a whole: the
// user means it by that.
func (p *pool) served(event string) string {
	serves := p.runner.options.Callbacks.Serves
	if serves == nil {
		return ""
	}
	var ids []string
	for _, id := range append([]string{event}, p.words...) {
		if id == "" || slices.Contains(ids, id) || !serves(id) || p.others.api(id) {
			continue
		}
		ids = append(ids, id)
	}
	return strings.Join(ids, ",")
}

// api says whether variables name an API by its whole name.
func (o *others) api(id string) bool {
	return slices.ContainsFunc(o.hosts, func(host string) bool { return strings.HasPrefix(host, id+".execute-api.") })
}
