package gather

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/gateway/connection"
)

// An answer of many items comes in pages, for the bus takes half a megabyte: hours of
// hundreds of routes look alike and are packed ten to one, so that one page is the rule.
const (
	// packedRoom is how many packed bytes a page may have before its last items, which are flushed
	// by flushEvery: base64 makes a third more of them, which the bus still takes.
	packedRoom = 200 << 10
	flushEvery = 32 << 10
	// unpackedRoom bounds what an asker has to hold of a page, and with it what a page of few
	// bytes can become.
	unpackedRoom = 8 << 20
	// mostPages bounds what one node can have an asker hold.
	mostPages = 32
	// mostHeld bounds what all nodes together can, in bytes of JSON: a fleet of many that are large,
	// or one whose nodes say whatever they like, must not take the asker's memory.
	mostHeld = 64 << 20
	// mostUnpacked is how many pages are unpacked at a time, before it is known whether they fit.
	mostUnpacked = 4
)

// pageAsked asks for the items behind a key.
type pageAsked[Q any] struct {
	Asked Q      `json:"asked"`
	After string `json:"after,omitempty"`
}

// page is some items of an answer, in the order of their keys.
type page struct {
	Packed []byte `json:"packed"`         // their JSON, one after the other, in DEFLATE
	Next   string `json:"next,omitempty"` // the last one's key, where there are more
}

// keyed is an item with what it is sorted by, which says of two answers which items are the same.
type keyed[T any] struct {
	key  string
	item T
}

// AnswerAll answers what other nodes ask under a topic with all items there are, whatever
// their number.
func AnswerAll[Q, T any](g *Gatherer, topic string, answer func(Q) []keyed[T]) error {
	return Answer(g, topic, func(q pageAsked[Q]) page { return pack(answer(q.Asked), q.After) })
}

// AskAll is Ask for what AnswerAll answers. A node of which a page did not come in time is
// silent, and what came of it is taken: whoever looks is told that something is missing. So is
// one whose page came when others had filled what an asker holds.
func AskAll[Q, T any](ctx context.Context, g *Gatherer, topic string, question Q, take func(connection.Node, *T)) (silent []string, err error) {
	var held filling
	unpacking := make(chan struct{}, mostUnpacked)
	return g.each(ctx, func(ctx context.Context, n connection.Node) bool {
		asked := pageAsked[Q]{Asked: question}
		for range mostPages {
			payload, err := json.Marshal(asked)
			if err != nil {
				return false
			}
			answer, _, ok := askOne[page](ctx, g, n, topic, payload)
			if !ok {
				return false
			}
			items, size, err := unpackIn[T](unpacking, answer.Packed)
			if err != nil {
				return false
			}
			// Page by page, so that of a node which is silent in the middle is shown what it gave.
			if !held.take(size, g.held, func() {
				for i := range items {
					take(n, &items[i])
				}
			}) {
				return false
			}
			if answer.Next <= asked.After { // none, or one that would lead back
				return true
			}
			asked.After = answer.Next
		}
		return false
	})
}

// pack makes a page of the items behind a key: as many as fit.
func pack[T any](items []keyed[T], after string) (p page) {
	slices.SortFunc(items, func(a, b keyed[T]) int { return strings.Compare(a.key, b.key) })
	var packed bytes.Buffer
	w, _ := flate.NewWriter(&packed, flate.BestSpeed) // the level is known
	whole, flushed := 0, 0
	for i := range items {
		if items[i].key <= after {
			continue
		}
		text, err := json.Marshal(&items[i].item)
		if err != nil {
			continue // a number that JSON has not: the rest is worth telling
		}
		_, _ = w.Write(text) // into memory
		if whole += len(text); whole-flushed >= flushEvery {
			_ = w.Flush()
			flushed = whole
		}
		if i+1 < len(items) && (packed.Len() >= packedRoom || whole >= unpackedRoom) {
			p.Next = items[i].key
			break
		}
	}
	_ = w.Close()
	p.Packed = packed.Bytes()
	return p
}

// unpackIn is unpack when there is a place.
func unpackIn[T any](places chan struct{}, packed []byte) (items []T, size int, err error) {
	places <- struct{}{}
	defer func() { <-places }()
	return unpack[T](packed)
}

// unpack reads the items of a page, as carefully as what a client sends. size is that of their
// JSON in bytes.
func unpack[T any](packed []byte) (items []T, size int, err error) {
	// Twice what an honest page has: its last item may be large.
	from := &io.LimitedReader{R: flate.NewReader(bytes.NewReader(packed)), N: 2 * unpackedRoom}
	d := json.NewDecoder(from)
	for {
		var item T
		switch err := d.Decode(&item); {
		case errors.Is(err, io.EOF) && from.N > 0:
			return items, 2*unpackedRoom - int(from.N), nil
		case err != nil:
			return nil, 0, err
		}
		items = append(items, item)
	}
}
