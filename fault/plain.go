package fault

import (
	"encoding/json"
	"errors"
	"reflect"
	"regexp"
	"strings"
	"sync"
)

// packageNames are the packages outside of this project whose errors begin with
// their name; texts of this project never do. "net" and "context" are not among
// them: what follows them is needed.
const packageNames = `asn1|bufio|cbor|crypto/[a-z0-9]+|ecdsa|exec|flate|gzip|hex|http|http2|json|mime|multipart|net/http|pem|pflag|pkcs8|regexp|rsa|` +
	`sql|sqlite|sqlite3|strconv|time|tls|url|websocket|x509|xml|yaml|zip|zlib`

// scrubbers remove from a text words that only programmers know.
var scrubbers = sync.OnceValue(func() []scrubber {
	return []scrubber{
		{regexp.MustCompile(`strconv\.\w+: parsing (".*?"): `), "$1: "},
		{regexp.MustCompile(`cannot unmarshal (!!)?(\w+)( ` + "`[^`]*`" + `)? into Go struct field \S*?([A-Za-z0-9_]+) of type \S+`), "$4: unexpected $2"},
		{regexp.MustCompile(`cannot unmarshal (!!)?(\w+)( ` + "`[^`]*`" + `)? into (Go value of type )?[\w.\[\]*]+`), "unexpected $2"},
		{regexp.MustCompile(`(^|[\n(]|: )((` + packageNames + `): )+`), "$1"},
	}
})

// scrubber takes one form of Go's words out of a text: whoever reads it has written a
// document, and knows neither packages nor types.
type scrubber struct {
	pattern *regexp.Regexp
	with    string
}

// Plain words an error for those who run the gateway or wrote what it read: without
// the names of packages and of the types of Go.
func Plain(err error) string {
	if err == nil {
		return ""
	}
	text := err.Error()
	// By its parts, where the error still has them: its text is for programmers throughout.
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		text = strings.Replace(text, wrong.Error(), expected(wrong), 1)
	}
	for _, s := range scrubbers() {
		text = s.pattern.ReplaceAllString(text, s.with)
	}
	return text
}

// expected words a value of the wrong type.
func expected(wrong *json.UnmarshalTypeError) string {
	text := "expected " + kindOf(wrong.Type) + ", got " + article(wrong.Value)
	if wrong.Field != "" {
		text = wrong.Field + ": " + text
	}
	return text
}

// kindOf words a type of Go as JSON calls it.
func kindOf(t reflect.Type) string {
	if t == nil {
		return "another value"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return kindOf(t.Elem())
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Map, reflect.Struct:
		return "an object"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "an integer"
	case reflect.Float32, reflect.Float64:
		return "a number"
	}
	return "another value"
}

// article words what JSON calls a value: "string", "number 1.5", "array".
func article(value string) string {
	switch value {
	case "string":
		return "a text"
	case "array":
		return "a list"
	case "object":
		return "an object"
	case "bool":
		return "true or false"
	case "number":
		return "a number"
	}
	return value
}
