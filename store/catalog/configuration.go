package catalog

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store"
)

// LoadSnapshot reads the configuration of an API as it is now, or answers
// ErrNotFound.
func LoadSnapshot(ctx context.Context, r store.Reader, region, apiId string) (*resource.Snapshot, error) {
	c, err := LoadConfiguration(ctx, r, region, apiId, nil)
	if err != nil {
		return nil, err
	}
	return c.Snapshot, nil
}

// Configuration is what an API is at a moment, with the documents that it was decoded from: by
// them the next one takes over what is still the same, so that a change of one route among
// thousands costs one.
type Configuration struct {
	Snapshot *resource.Snapshot // its nouns belong to other moments too: nobody may change them

	api   store.Document
	parts []part // all below the API, in the order of creation
}

// part is a document of a configuration, and where its noun stands in the snapshot.
type part struct {
	store.Document
	kind   kind
	parent string // of responses: the id of what they belong to
	at     int    // in its list; -1 where it has to be decoded
}

// kind is what a part is: one of the lists of a snapshot.
type kind int

const (
	aRoute kind = iota
	aRouteResponse
	anIntegration
	anIntegrationResponse
	aModel
	anAuthorizer
	kinds
)

// LoadConfiguration reads the configuration of an API as it is now, or answers ErrNotFound. known
// is one of the same API, of any moment, or nil.
func LoadConfiguration(ctx context.Context, r store.Reader, region, apiId string, known *Configuration) (*Configuration, error) {
	if known == nil {
		known = &Configuration{Snapshot: &resource.Snapshot{}}
	}
	api, err := Apis(region).document(ctx, r, apiId)
	if err != nil {
		return nil, err
	}
	c := &Configuration{Snapshot: &resource.Snapshot{Api: known.Snapshot.Api}, api: api}
	if !bytes.Equal(api.Body, known.api.Body) {
		e := entry[resource.Api](api)
		if e.Err != nil {
			return nil, e.Err
		}
		c.Snapshot.Api = *e.Noun
	}
	prefix := store.Join(config, region, apiId)
	docs, err := r.List(ctx, prefix, 0, 0)
	if err != nil {
		return nil, err
	}
	c.parts = make([]part, len(docs))
	former := known.parts
	for i, doc := range docs {
		for len(former) > 0 && former[0].Created < doc.Created {
			former = former[1:]
		}
		// By its text and not by its revision: a store may have been replaced by an older copy.
		if len(former) > 0 && former[0].Key == doc.Key && bytes.Equal(former[0].Body, doc.Body) {
			c.parts[i] = former[0]
			c.parts[i].Document = doc
		} else if c.parts[i], err = newPart(doc, prefix); err != nil {
			return nil, err
		}
		if err := place(c.Snapshot, known.Snapshot, &c.parts[i]); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// newPart tells what a document of an API's configuration is.
func newPart(doc store.Document, prefix store.Key) (part, error) {
	p := part{Document: doc, at: -1}
	path := store.Split(doc.Key[len(prefix)+1:])
	below := len(path) == 4 && path[2] == responses
	switch {
	case path[0] == routes && below:
		p.kind, p.parent = aRouteResponse, path[1]
	case path[0] == integrations && below:
		p.kind, p.parent = anIntegrationResponse, path[1]
	case len(path) == 2 && path[0] == routes:
		p.kind = aRoute
	case len(path) == 2 && path[0] == integrations:
		p.kind = anIntegration
	case len(path) == 2 && path[0] == models:
		p.kind = aModel
	case len(path) == 2 && path[0] == authorizers:
		p.kind = anAuthorizer
	default:
		// A key that is not known is refused: what were passed over would be missing in what is served.
		return p, fmt.Errorf("key %s is not one of an API's configuration", doc.Key)
	}
	return p, nil
}

// place puts the noun of a part where a snapshot has it; known has those that were decoded before.
func place(s, known *resource.Snapshot, p *part) (err error) {
	switch p.kind {
	case aRoute:
		s.Routes, err = appended(s.Routes, known.Routes, p)
	case anIntegration:
		s.Integrations, err = appended(s.Integrations, known.Integrations, p)
	case aModel:
		s.Models, err = appended(s.Models, known.Models, p)
	case anAuthorizer:
		s.Authorizers, err = appended(s.Authorizers, known.Authorizers, p)
	case aRouteResponse:
		err = placeBelow(&s.RouteResponses, known.RouteResponses, p)
	case anIntegrationResponse:
		err = placeBelow(&s.IntegrationResponses, known.IntegrationResponses, p)
	}
	return err
}

func placeBelow[T any](lists *map[string][]T, known map[string][]T, p *part) (err error) {
	if *lists == nil {
		*lists = make(map[string][]T, len(known))
	}
	(*lists)[p.parent], err = appended((*lists)[p.parent], known[p.parent], p)
	return err
}

// appended is a list with the noun of a part behind it. A list that begins as the known one does
// shares its memory, which nobody writes to: appending what is different makes it a copy.
func appended[T any](list, known []T, p *part) ([]T, error) {
	was := p.at
	p.at = len(list)
	switch {
	case was < 0:
		e := entry[T](p.Document)
		return append(list, *e.Noun), e.Err
	case was == len(list) && (was == 0 || &list[0] == &known[0]):
		return known[: was+1 : was+1], nil
	}
	return append(list, known[was]), nil
}

// Created is the revision that the API was made with.
func (c *Configuration) Created() int64 { return c.api.Created }

// Size is how many bytes its documents have.
func (c *Configuration) Size() int {
	n := len(c.api.Body)
	for i := range c.parts {
		n += len(c.parts[i].Body)
	}
	return n
}

// names are what the lists of a snapshot are called in its JSON.
var names = [kinds]string{"routes", "routeResponses", "integrations", "integrationResponses", "models", "authorizers"}

// Freeze packs the configuration as deployments keep it, of the texts that its documents have:
// what Freeze encodes of its nouns means the same.
func (c *Configuration) Freeze() ([]byte, error) {
	var lists [kinds][]*part
	for i := range c.parts {
		lists[c.parts[i].kind] = append(lists[c.parts[i].kind], &c.parts[i])
	}
	return fold(func(w *bufio.Writer) error {
		_, _ = w.WriteString(`{"api":`) // a writer keeps its error, and fold flushes it
		_, _ = w.Write(c.api.Body)
		for kind, list := range lists {
			if len(list) == 0 {
				continue
			}
			_, _ = w.WriteString(`,"` + names[kind] + `":`)
			if list[0].parent == "" {
				writeList(w, list)
			} else if err := writeBelow(w, list); err != nil {
				return err
			}
		}
		return w.WriteByte('}')
	})
}

func writeList(w *bufio.Writer, list []*part) {
	for i, p := range list {
		_ = w.WriteByte("[,"[min(i, 1)])
		_, _ = w.Write(p.Body)
	}
	_ = w.WriteByte(']')
}

// writeBelow writes the lists of all parents, in the order of their ids.
func writeBelow(w *bufio.Writer, all []*part) error {
	slices.SortFunc(all, func(a, b *part) int { return cmp.Or(cmp.Compare(a.parent, b.parent), a.at-b.at) })
	for i := 0; len(all) > 0; i++ {
		n := 1
		for n < len(all) && all[n].parent == all[0].parent {
			n++
		}
		id, err := json.Marshal(all[0].parent)
		if err != nil {
			return err
		}
		_ = w.WriteByte("{,"[min(i, 1)])
		_, _ = w.Write(id)
		_ = w.WriteByte(':')
		writeList(w, all[:n])
		all = all[n:]
	}
	return w.WriteByte('}')
}
