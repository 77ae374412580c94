package gateway

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// What Lambda takes of a function.
// Documented: AWS Lambda API Reference, CreateFunction, Request Body; AWS Lambda Developer
// Guide, Lambda quotas.
const (
	leastTimeout, mostTimeout = 1, 900
	leastMemory, mostMemory   = 128, 10240
	longestFunctionName       = 64
	longestHandler            = 128
	mostLayers                = 5
	mostEnvironment           = 4096 // bytes
)

var functionNameForm = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// within is a property that is a whole number between two others; 0 where it is not, which is
// told, or where it is left out.
func (g *region) within(r *resource, name string, least, most int, unit string) int {
	const none = -1
	n, faults := r.get(name), len(g.result.Faults)
	number := g.number(r, name, none)
	switch {
	case number == none && n.Text() == "", len(g.result.Faults) > faults:
		return 0
	case number < least || number > most:
		between := strconv.Itoa(least) + " to " + strconv.Itoa(most) + " " + unit
		g.fault(r, n, r.properties().Below(name), name+" is "+strconv.Itoa(number)+", and Lambda takes "+between, "give "+between)
		return 0
	}
	return number
}

// limits tells what is too long or too many of a function, which AWS refuses when it is made.
func (g *region) limits(r *resource) {
	tell := func(name, message, hint string) {
		g.fault(r, r.get(name), r.properties().Below(name), message, hint)
	}
	// An ARN, which it may be as well, is longer.
	name := functionName(r.text("FunctionName"))
	if length := utf8.RuneCountInString(name); length > longestFunctionName {
		tell("FunctionName", "the name has "+strconv.Itoa(length)+" characters, more than "+strconv.Itoa(longestFunctionName), "shorten it, or leave it out")
	} else if name != "" && !functionNameForm.MatchString(name) {
		tell("FunctionName", "the name "+strconv.Quote(short(name))+" has other characters than letters, digits, - and _", "take them out")
	}
	switch handler := r.text("Handler"); {
	case utf8.RuneCountInString(handler) > longestHandler:
		tell("Handler", "the handler has "+strconv.Itoa(utf8.RuneCountInString(handler))+" characters, more than "+strconv.Itoa(longestHandler), "shorten it")
	case strings.ContainsAny(handler, " \t\r\n"):
		tell("Handler", "the handler has a space in it", "take it out")
	}
	if count := r.get("Layers").Len(); count > mostLayers {
		tell("Layers", "the function has "+strconv.Itoa(count)+" layers, more than "+strconv.Itoa(mostLayers), "put several into one")
	}
}

// small tells variables that are too large together.
// Observed: what is measured is their object in JSON, without spaces.
func (g *region) small(r *resource, variables tree.Node, path *tree.Path, env map[string]string) {
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(env) != nil { // texts are always encodable
		return
	}
	if size := text.Len() - len("\n"); size > mostEnvironment {
		g.fault(r, variables, path, "the variables have "+strconv.Itoa(size)+" bytes, more than "+strconv.Itoa(mostEnvironment)+": Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit", "keep what is long in a file, in AWS Systems Manager or in AWS Secrets Manager")
	}
}
