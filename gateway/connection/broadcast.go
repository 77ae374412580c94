package connection

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// broadcastTopic is what shares of broadcasts are handed to other nodes under.
const broadcastTopic = "broadcast"

// MostReceivers is how many connections one broadcast can name.
const MostReceivers = 50_000

// mostShared is how many clients of a node one request is for: their ids beside a message, and
// what became of them, have to be within bus.MaxPayload.
const mostShared = 16 << 10

// mostParts is in how many requests a node is asked for those that fit.
const mostParts = 1024

// Pick says which connections of a place a broadcast is for. Those that fit all of it are; the
// zero Pick is for all.
type Pick struct {
	Routes  []string // that their last message took: one of them
	Query   []Pair   // parameters of their handshakes, each of them
	Context []Pair   // what the authorizer of $connect has handed on, each of them
}

// Pair is a name and the value that it must have.
type Pair struct{ Name, Value string }

// fits says whether a connection is meant.
func (p *Pick) fits(c *Connection) bool {
	if len(p.Routes) > 0 {
		route := c.Route.Load()
		if route == nil || !slices.Contains(p.Routes, *route) {
			return false
		}
	}
	if len(p.Query) > 0 {
		query, _ := url.ParseQuery(c.Query) // what of it can be read
		for _, want := range p.Query {
			if !slices.Contains(query[want.Name], want.Value) {
				return false
			}
		}
	}
	for _, want := range p.Context {
		if is, ok := c.Authorizer.Get(want.Name); !ok || fmt.Sprint(is) != want.Value {
			return false
		}
	}
	return true
}

// Outcome is what became of a broadcast at one connection: nil, or an error of Send.
type Outcome struct {
	ID  string
	Err error
}

// Broadcast hands data to the clients with these ids, each once. The outcomes are in the order
// of the ids. Each node is asked for many of its clients at once; of one that cannot be reached
// each has the outcome ErrUnreachable.
func (d *Fleet) Broadcast(ctx context.Context, at Place, ids []string, data []byte) []Outcome {
	outcomes := make([]Outcome, 0, len(ids))
	of := map[Node][]int{} // indexes of outcomes
	seen := make(map[string]bool, len(ids))
	keys := make([]ID, 0, len(ids))
	for _, text := range ids {
		if seen[text] { // ids have one spelling
			continue
		}
		seen[text] = true
		id, err := ParseID(text)
		if err != nil {
			err = ErrGone // no node ever gave it out
		} else {
			of[id.Node()] = append(of[id.Node()], len(outcomes))
			err = ErrUnreachable // until its node has answered
		}
		outcomes, keys = append(outcomes, Outcome{text, err}), append(keys, id)
	}
	group := tasks.Group{Reports: d.Reports}
	for n, indexes := range of {
		group.Go("a share of a broadcast", func() {
			for some := range slices.Chunk(indexes, mostShared) {
				s := share{at: at, data: data, ids: make([]ID, len(some))}
				for k, i := range some {
					s.ids[k] = keys[i]
				}
				codes := d.hand(ctx, n, s).errs
				for k, i := range some { // each index is one node's
					outcomes[i].Err = codes[k]
				}
			}
		})
	}
	group.Wait()
	return outcomes
}

// BroadcastTo hands data to the clients of a place that a pick fits, at all of the other nodes
// too. silent are those that gave no answer, whose clients may have got it or not; err says that
// the other nodes are not even known, and nobody got it.
func (d *Fleet) BroadcastTo(ctx context.Context, at Place, pick Pick, data []byte) (outcomes []Outcome, silent []string, err error) {
	nodes := []Node{d.registry.Node()}
	if d.Others != nil {
		others, err := d.Others(ctx)
		if err != nil {
			return nil, nil, errors.Join(ErrUnreachable, err)
		}
		nodes = append(nodes, others...)
	}
	all := make([]done, len(nodes))
	group := tasks.Group{Reports: d.Reports}
	for i, n := range nodes {
		all[i].silent = true // until it has answered
		group.Go("a share of a broadcast", func() { all[i] = d.hand(ctx, n, share{at: at, pick: &pick, data: data}) })
	}
	group.Wait()
	for i, of := range all {
		if of.silent {
			silent = append(silent, nodes[i].String())
		}
		for k, id := range of.ids {
			outcomes = append(outcomes, Outcome{id.String(), of.errs[k]})
		}
	}
	slices.Sort(silent)
	return outcomes, silent, nil
}

// share is the part of a broadcast that one node does.
type share struct {
	at   Place
	ids  []ID  // whom it is for
	pick *Pick // or else whom it fits; nil: the ids
	data []byte

	// Of a pick that fits more than one request is for: which part of them it is for, of how
	// many; 0 of 0: all.
	part, parts uint32
}

// done is what became of a share.
type done struct {
	ids    []ID // whom it was for, those of the share where that has any
	errs   []error
	silent bool   // of a pick: the node did not answer for all that may fit
	parts  uint32 // nothing is done: it is to be asked in so many parts
}

// hand has a node do its share.
func (d *Fleet) hand(ctx context.Context, n Node, s share) done {
	if n == d.registry.Node() {
		if err := d.confirm(ctx); err != nil {
			return s.failed(err)
		}
		return d.registry.spread(ctx, s)
	}
	all := d.handOver(ctx, n, s)
	// The parts are told by the ids, so that no client is in two of them whoever comes and goes.
	for s.parts = all.parts; s.part < s.parts && !all.silent; s.part++ {
		some := d.handOver(ctx, n, s)
		all.ids, all.errs = append(all.ids, some.ids...), append(all.errs, some.errs...)
		all.silent = some.silent || some.parts > 0
	}
	return all
}

// handOver asks another node once.
func (d *Fleet) handOver(ctx context.Context, n Node, s share) done {
	reply, err := d.ask(ctx, n, broadcastTopic, s.encode())
	if err != nil {
		return s.failed(err)
	}
	answer, err := decodeShared(reply)
	if err != nil || s.pick == nil && len(answer.ids) != len(s.ids) {
		return s.failed(ErrUnreachable)
	}
	return answer
}

// failed is what became of a share that was not done.
func (s *share) failed(err error) done {
	if s.pick == nil {
		return done{ids: s.ids, errs: slices.Repeat([]error{err}, len(s.ids))}
	}
	return done{silent: !errors.Is(err, ErrGone)} // with one that is gone its clients went too
}

// answerShare does the share that another node has handed over.
func (d *Fleet) answerShare(ctx context.Context, payload []byte) []byte {
	s, err := decodeShare(payload)
	if err != nil {
		return nil
	}
	// The asker has given up, and has told somebody so; or this node may not answer, and nobody
	// knows then.
	if err := d.confirm(ctx); err != nil || ctx.Err() != nil {
		return nil
	}
	if s.pick != nil && s.parts == 0 && d.registry.Len() > mostShared {
		// Twice as many as are needed: no two parts are alike.
		if parts := d.registry.fitting(&s) / (mostShared / 2); parts > 1 {
			return done{parts: uint32(min(parts+1, mostParts))}.encode()
		}
	}
	return d.registry.spread(ctx, s).encode()
}

// meant says whether a client of this node is one of those of a share with a pick.
func (s *share) meant(c *Connection) (ID, bool) {
	id, err := ParseID(c.ID)
	in := s.parts == 0 || binary.BigEndian.Uint32(id[len(id)-4:])%s.parts == s.part
	return id, err == nil && in && c.at(s.at) && s.pick.fits(c)
}

// fitting counts the clients of this node that a share with a pick is for.
func (r *Registry) fitting(s *share) (n int) {
	r.Range(func(c *Connection) bool {
		if _, ok := s.meant(c); ok {
			n++
		}
		return true
	})
	return n
}

// spread sends to clients of this node. It stops where the asker has gone: what is left has got
// nothing, and the error of ctx.
func (r *Registry) spread(ctx context.Context, s share) (all done) {
	text := utf8.Valid(s.data)
	one := func(id ID, c *Connection) {
		err := ctx.Err()
		switch {
		case err != nil:
		case c == nil || !c.at(s.at):
			err = ErrGone
		default:
			err = c.send(s.data, text)
		}
		all.ids, all.errs = append(all.ids, id), append(all.errs, err)
	}
	if s.pick == nil {
		for _, id := range s.ids {
			one(id, r.find(id))
		}
		return all
	}
	r.Range(func(c *Connection) bool {
		if id, ok := s.meant(c); ok {
			one(id, c)
		}
		return true
	})
	return all
}

// A share travels as: its version; API, stage and data, each after its length in 4 bytes; the
// ids after their number; and, where there are none, the pick: three lists of strings, each
// after its number, pairs one behind the other; and its part and how many there are. It is
// answered by how many parts are wanted, the ids after their number, and an outcome for each.

func (s *share) encode() []byte {
	b := make([]byte, 0, 64+len(s.at.ApiID)+len(s.at.Stage)+len(s.data)+len(s.ids)*len(ID{}))
	b = append(b, version)
	b = appendBytes(b, s.at.ApiID)
	b = appendBytes(b, s.at.Stage)
	b = appendBytes(b, s.data)
	b = appendIDs(b, s.ids)
	if s.pick == nil {
		return b
	}
	b = appendList(b, s.pick.Routes)
	b = appendList(b, flat(s.pick.Query))
	b = appendList(b, flat(s.pick.Context))
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, s.part), s.parts)
}

func decodeShare(b []byte) (s share, err error) {
	if len(b) < 1 || b[0] != version {
		return s, errMalformed
	}
	r := reader{rest: b[1:]}
	s.at = Place{string(r.bytes()), string(r.bytes())}
	s.data = r.bytes()
	if s.ids = r.ids(); len(s.ids) > 0 || r.bad {
		return s, r.end()
	}
	if len(r.rest) == 0 {
		return s, nil // for nobody
	}
	s.pick = &Pick{Routes: r.list()}
	s.pick.Query, s.pick.Context = pairs(r.list()), pairs(r.list())
	s.part, s.parts = r.number(), r.number()
	return s, r.end()
}

func (d done) encode() []byte {
	b := append(make([]byte, 0, 9+len(d.ids)*(len(ID{})+1)), version)
	b = binary.BigEndian.AppendUint32(b, d.parts)
	b = appendIDs(b, d.ids)
	for _, err := range d.errs {
		b = append(b, codeOf(err))
	}
	return b
}

func decodeShared(b []byte) (d done, err error) {
	if len(b) < 1 || b[0] != version {
		return done{}, errMalformed
	}
	r := reader{rest: b[1:]}
	d.parts, d.ids = r.number(), r.ids()
	codes := r.take(len(d.ids))
	if err := r.end(); err != nil || d.parts > mostParts || d.parts > 0 && len(d.ids) > 0 {
		return done{}, errMalformed
	}
	d.errs = make([]error, len(codes))
	for i, code := range codes {
		if int(code) >= len(outcomes) {
			return done{}, errMalformed
		}
		d.errs[i] = outcomes[code]
	}
	return d, nil
}

func appendIDs(b []byte, ids []ID) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(ids)))
	for _, id := range ids {
		b = append(b, id[:]...)
	}
	return b
}

func (r *reader) number() uint32 {
	n := r.take(4)
	if n == nil {
		return 0
	}
	return binary.BigEndian.Uint32(n)
}

func (r *reader) ids() []ID {
	n := int(r.number())
	b := r.take(min(n, len(r.rest)+1) * len(ID{})) // more than there is, is too much whatever it is
	if b == nil {
		return nil
	}
	ids := make([]ID, n)
	for i := range ids {
		ids[i] = ID(b[i*len(ID{}):])
	}
	return ids
}

func appendList(b []byte, list []string) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(list)))
	for _, s := range list {
		b = appendBytes(b, s)
	}
	return b
}

func (r *reader) list() (list []string) {
	for n := r.number(); n > 0 && !r.bad; n-- {
		list = append(list, string(r.bytes()))
	}
	return list
}

func flat(pairs []Pair) (list []string) {
	for _, p := range pairs {
		list = append(list, p.Name, p.Value)
	}
	return list
}

func pairs(list []string) (all []Pair) {
	for i := 0; i+1 < len(list); i += 2 {
		all = append(all, Pair{list[i], list[i+1]})
	}
	return all
}
