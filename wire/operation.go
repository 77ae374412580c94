package wire

import (
	"regexp"
	"strings"
)

// Type is the kind of a value on the wire.
type Type string

// The types of the model. A blob is a raw body, a timestamp a text or, in V1, a number.
const (
	String    Type = "string"
	Integer   Type = "integer"
	Double    Type = "double"
	Boolean   Type = "boolean"
	Timestamp Type = "timestamp"
	Blob      Type = "blob"
	List      Type = "list"
	Map       Type = "map"
	Structure Type = "structure"
)

// Place is where a member of a request travels.
// Documented: Smithy, HTTP bindings: httpLabel, httpQuery, httpPayload; members
// without a binding are the body of restJson1.
type Place string

// The places. Body is the default.
const (
	InBody  Place = "body"
	InPath  Place = "path"
	InQuery Place = "query"
)

// Shape is the form of a value with the rules that hold for it. Shapes are shared
// and never change. Bounds are inclusive.
type Shape struct {
	Name    string
	Type    Type
	Enum    []string
	Min     *int64 // characters of a text, or the value of an integer
	Max     *int64
	Pattern *regexp.Regexp
	Epoch   bool     // a time in seconds since 1970 (V1)
	Elem    *Shape   // of lists and of the values of maps
	Members []Member // of structures
}

// Merge is how a member is brought to the stored one.
type Merge string

// Replace is the way to merge that has to be said. By default structures are merged member by
// member and maps key by key, each value whole; lists are replaced.
const Replace Merge = "replace" // what was stored goes first

// Empty is what it means that a member, or a value of a map, is sent empty. By default
// it is a value like any other.
type Empty string

// The meanings. An empty member is "", [] or a structure without members.
const (
	EmptyKeeps  Empty = "keep"  // as if it were not sent
	EmptyClears Empty = "clear" // what is stored goes; a structure of nothing but empty texts is empty too
	EmptyDrops  Empty = "drop"  // of a map: the keys whose values are empty go, the others are merged
)

// Member is one named value of an operation or structure.
type Member struct {
	Name     string // as SDKs call it: ApiId
	Wire     string // as it travels: apiId
	In       Place
	Shape    *Shape
	Required bool
	Greedy   bool   // a path member that may hold slashes
	Clear    bool   // an empty text is allowed although it is too short: it clears
	Merge    Merge  // how a PATCH brings it to what is stored
	Empty    Empty  // what one that is sent empty means
	Payload  bool   // it is the whole body, not a member of it; whoever takes it judges it
	Doc      string // what it means, one sentence
}

// Operation is one row of the table. Names are those of the service model, so
// that whatever is generated from it or compared with it agrees.
type Operation struct {
	Name   string // as SDKs call it: UpdateIntegrationResponse
	Method string
	Path   string // with labels: /v2/apis/{apiId}
	Status int    // of success
	V1     bool   // of the older API: epoch times, item and position, patch operations
	Items  string // wire name of the answer's list, for operations that answer pages
	Output []Member
	Input  []Member
	Errors []string // exceptions that the model names
	Answer string   // name of the shape that the answer has, if it has one
	Doc    string

	// Shared says that its resources belong to many APIs and that its handler asks
	// Request.Reaches of each of them: a key that is limited to some APIs may call it.
	Shared bool

	// Imports says that the body is an object that carries a whole document: it may be
	// far longer than others, and one that is longer still is a BadRequest.
	Imports bool
	MaxBody int64 // bytes of the body of another; 0 for what the server allows
	// Pure says that the answer is made of what is sent and of nothing else: whatever
	// the method is, nothing is written, and no API is read.
	Pure bool
	// TooLarge is the exception for a longer body, where its API has another.
	TooLarge string
}

// maxImport is how many bytes the body of an import may have: a document of 6 MiB
// of which each byte is escaped, and what is around it. The document itself is
// measured by who reads it.
const maxImport = 6*(6<<20) + 64<<10

// maxBody is how many bytes the body may have where most may have so many.
func (o *Operation) maxBody(most int64) int64 {
	switch {
	case o == nil:
		return most
	case o.Imports:
		return max(most, maxImport)
	case o.MaxBody > 0:
		return o.MaxBody
	}
	return most
}

// Write says whether the operation changes anything.
func (o *Operation) Write() bool { return o.Method != "GET" && !o.Pure }

// Member finds an input member by its wire name.
func (o *Operation) Member(name string) *Member { return find(o.Input, name) }

func find(members []Member, name string) *Member {
	for i := range members {
		if members[i].Wire == name {
			return &members[i]
		}
	}
	return nil
}

// hasBody says whether any input member travels in the body, and whether one is
// all of it.
func (o *Operation) hasBody() (members, whole bool) {
	for i := range o.Input {
		if o.Input[i].In == InBody {
			members, whole = true, o.Input[i].Payload
		}
	}
	return members, whole
}

// lowerFirst gives the wire name that belongs to an SDK name.
func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }
