package family

import (
	"context"

	"github.com/dragoman-gateway/dragoman/wire"
)

// Of is one kind of resource. Functions that are nil do nothing.
type Of[T any] struct {
	Noun  string // as operations name it: "RouteResponse"
	Named string // as errors name it; Noun when ""
	Label string // of its id in paths: "routeResponseId"

	At Place[T]

	Id       func(*T) *string // what it is kept by
	IdLength int              // characters of an id that is drawn; 0: the caller names it

	// Key is by what siblings tell each other apart, see Taken; nil: by nothing but ids.
	Key func(t *Change, noun *T) string

	Freezes bool // it belongs to what a deployment freezes
	Serves  bool // it is served at once: calls that change it answer once it is

	Quota int    // how many AWS allows side by side; 0 for any number
	Many  string // what the refusal of one more calls them: "Routes"

	Before func(ctx context.Context, r *wire.Request) error      // a write, outside of its transaction
	Begin  func(ctx context.Context, t *Change, noun *T) error   // of a new noun: what no caller says, such as dates
	Open   func(t *Change, noun *T) error                        // a stored noun for an update: dates it, or refuses
	Apply  func(t *Change, noun *T) error                        // what the request says; nil for all its members
	Check  func(ctx context.Context, t *Change, noun *T) error   // fills a noun in and holds it to its rules
	Free   func(ctx context.Context, t *Change, id string) error // before a deletion: refuses, or takes along what goes with it
	Arn    func(s *Sight, noun *T) string                        // for the audit of what was created

	// Those of what is answered may set members of a noun, and change nothing that it refers to.

	Seen   func(ctx context.Context, s *Sight, noun *T) (there bool, err error)    // brings a noun that was read up to date
	Keep   func(ctx context.Context, s *Sight, noun *T) (bool, error)              // whether a list shows it
	Show   func(ctx context.Context, m *Plane, r *wire.Request, nouns ...*T) error // what is answered, after its transaction
	As     func(noun *T) any                                                       // the form in which a noun is answered; nil for its own
	Listed func(noun *T) any                                                       // that of lists; nil for that of As
	Page   int                                                                     // how many a list answers when nobody says; 0 for PageSize

	Missing func(r *wire.Request, id string) error // that there is none; nil for the usual words
}

// Rows are the handlers of those operations of the kind that there are, by name.
func (f *Of[T]) Rows(m *Plane) map[string]wire.Handler {
	rows := map[string]wire.Handler{}
	for name, handler := range map[string]wire.Handler{
		"Create" + f.Noun:     f.Answering(m, f.Make),
		"Get" + f.Noun:        f.get(m),
		"Get" + f.Noun + "s":  f.list(m),
		"List" + f.Noun + "s": f.list(m),
		"Update" + f.Noun:     f.Answering(m, f.Change),
		"Put" + f.Noun:        f.Answering(m, f.replace),
		"Delete" + f.Noun:     f.Silent(m, f.delete),
	} {
		// Not all kinds have all operations: routing rules are listed by List and replaced by
		// Put, most others have Get and Update (API Gateway V2 API Reference, Operations).
		if wire.Lookup(name) != nil {
			rows[name] = handler
		}
	}
	return rows
}
