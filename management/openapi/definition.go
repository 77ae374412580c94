package openapi

import (
	"fmt"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/resource"
)

// How an import treats the base path of a document's first server.
const (
	Ignore  = "ignore"
	Prepend = "prepend"
	Split   = "split"
)

// Options say how a document is read.
type Options struct {
	Basepath                   string // Ignore, Prepend or Split; "" for Ignore
	Region, Account, Partition string // what ${AWS::Region} and its siblings stand for

	// Open makes operations whose security scheme no authorizer stands for into
	// routes that everybody may call; they are left out otherwise.
	Open bool

	// Strict refuses what AWS refuses and this reader could read: OpenAPI 3.1.
	Strict bool

	// Backend is the URL that every operation is forwarded to, with its path behind
	// it; "" leaves that to the integrations of the document.
	Backend string
}

// Definition is what a document describes. Nouns carry no ids: routes name their
// integration by its place in Integrations and their authorizer by its name.
type Definition struct {
	Title, Version, Description string // Title is "" when the document has none

	Tags            map[string]string // nil when the document has none
	Cors            *resource.Cors    // nil when the document has none
	DisableEndpoint *bool             // nil when the document does not say
	Authorizers     []resource.Authorizer
	Integrations    []resource.Integration
	Routes          []Route
	Info            []string // valid, but without meaning here
	Warnings        []string // broken, or not as its author may think
	LeftOut         []Omission
}

// Omission is something that a document has and the definition does not.
type Omission struct {
	What string `json:"what"` // "operation GET /pets"
	Why  string `json:"why"`
}

// Route is a route of a document.
type Route struct {
	resource.Route
	Integration int    // index into Definition.Integrations; -1 for none
	Authorizer  string // name, "" for none
}

// Error says why a document is refused; clients may read it.
type Error struct {
	Message string
	Way     []string // to what is wrong, by members and items: paths, /pets, get; nil for the whole

	Broken *tree.Error // where the document is neither YAML nor JSON; nil for anything else
}

// Error gives the message.
func (e *Error) Error() string { return e.Message }

func refuse(format string, args ...any) error { return &Error{Message: fmt.Sprintf(format, args...)} }

// variables replaces the pseudo parameters that AWS knows in a document.
// They are replaced in the text, before it is parsed: they may stand in keys, and
// within longer texts.
func (o Options) variables() *strings.Replacer {
	partition := o.Partition
	if partition == "" {
		partition = "aws"
	}
	return strings.NewReplacer("${AWS::Region}", o.Region, "${AWS::AccountId}", o.Account, "${AWS::Partition}", partition)
}
