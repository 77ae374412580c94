package connection

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// broadcastTopic is what shares of broadcasts are handed to other nodes under.
const broadcastTopic = "broadcast"

// MostReceivers is how many connections one broadcast can name.
const MostReceivers = 50_000

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
// of the ids. Each node is asked once for all of its clients; of one that cannot be reached each
// has the outcome ErrUnreachable.
func (d *Fleet) Broadcast(ctx context.Context, at Place, ids []string, data []byte) []Outcome {
	outcomes := make([]Outcome, 0, len(ids))
	of := map[Node][]int{} // indexes of outcomes
	seen := make(map[ID]bool, len(ids))
	keys := make([]ID, 0, len(ids))
	for _, text := range ids {
		id, err := ParseID(text)
		if err != nil {
			err = ErrGone // no node ever gave it out
		} else if seen[id] {
			continue
		}
		seen[id] = true
		if err == nil {
			of[id.Node()] = append(of[id.Node()], len(outcomes))
		}
		outcomes, keys = append(outcomes, Outcome{text, err}), append(keys, id)
	}
	group := tasks.Group{Reports: d.Reports}
	for n, indexes := range of {
		group.Go("a share of a broadcast", func() {
			s := share{at: at, data: data}
			for _, i := range indexes {
				s.ids = append(s.ids, keys[i])
			}
			_, codes := d.hand(ctx, n, s)
			for k, i := range indexes { // each index is one node's
				outcomes[i].Err = codes[k]
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
	var mu sync.Mutex // Protects outcomes and silent, from here on.
	group := tasks.Group{Reports: d.Reports}
	for _, n := range nodes {
		group.Go("a share of a broadcast", func() {
			ids, codes := d.hand(ctx, n, share{at: at, pick: &pick, data: data})
			mu.Lock()
			defer mu.Unlock()
			if codes == nil {
				silent = append(silent, n.String())
			}
			for i, id := range ids {
				outcomes = append(outcomes, Outcome{id.String(), codes[i]})
			}
		})
	}
	group.Wait()
	slices.Sort(silent)
	return outcomes, silent, nil
}

// share is the part of a broadcast that one node does.
type share struct {
	at   Place
	ids  []ID  // whom it is for
	pick *Pick // or else whom it fits; nil: the ids
	data []byte
}

// hand has a node do its share, and answers whom it was for, with what became of it. Of a share
// with a pick both are nil where the node did not answer.
func (d *Fleet) hand(ctx context.Context, n Node, s share) (ids []ID, errs []error) {
	if n == d.registry.Node() {
		if err := d.confirm(ctx); err != nil {
			return s.failed(err)
		}
		return d.registry.spread(ctx, s)
	}
	reply, err := d.ask(ctx, n, broadcastTopic, s.encode())
	if err == nil {
		if ids, errs, err = decodeShared(reply); err == nil && (s.pick != nil || len(ids) == len(s.ids)) {
			return ids, errs
		}
		err = ErrUnreachable
	}
	return s.failed(err)
}

// failed is what became of a share that was not done.
func (s *share) failed(err error) (ids []ID, errs []error) {
	if s.pick == nil {
		return s.ids, slices.Repeat([]error{err}, len(s.ids))
	}
	if errors.Is(err, ErrGone) {
		return []ID{}, []error{} // its clients went with it
	}
	return nil, nil
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
	return encodeShared(d.registry.spread(ctx, s))
}

// spread sends to clients of this node. It stops where the asker has gone: what is left has got
// nothing, and the error of ctx.
func (r *Registry) spread(ctx context.Context, s share) (ids []ID, errs []error) {
	ids, errs = []ID{}, []error{}
	one := func(id ID, c *Connection) {
		err := ctx.Err()
		switch {
		case err != nil:
		case c == nil || !c.at(s.at):
			err = ErrGone
		default:
			err = c.Send(s.data)
		}
		ids, errs = append(ids, id), append(errs, err)
	}
	if s.pick == nil {
		for _, id := range s.ids {
			one(id, r.find(id))
		}
		return ids, errs
	}
	r.Range(func(c *Connection) bool {
		if id, err := ParseID(c.ID); err == nil && c.at(s.at) && s.pick.fits(c) {
			one(id, c)
		}
		return true
	})
	return ids, errs
}

// A share travels as: its version; API, stage and data, each after its length in 4 bytes; the
// ids after their number; and, where there are none, the pick: three lists of strings, each
// after its number, pairs one behind the other. It is answered by the ids after their number,
// and an outcome for each.

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
	return appendList(b, flat(s.pick.Context))
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
	return s, r.end()
}

func encodeShared(ids []ID, errs []error) []byte {
	b := append(make([]byte, 0, 5+len(ids)*(len(ID{})+1)), version)
	b = appendIDs(b, ids)
	for _, err := range errs {
		b = append(b, encodeReply(Info{}, err)[1])
	}
	return b
}

func decodeShared(b []byte) (ids []ID, errs []error, err error) {
	if len(b) < 1 || b[0] != version {
		return nil, nil, errMalformed
	}
	r := reader{rest: b[1:]}
	ids = r.ids()
	codes := r.take(len(ids))
	if err := r.end(); err != nil {
		return nil, nil, err
	}
	errs = make([]error, len(ids))
	for i, code := range codes {
		if int(code) >= len(outcomes) {
			return nil, nil, errMalformed
		}
		errs[i] = outcomes[code]
	}
	return ids, errs, nil
}

func appendIDs(b []byte, ids []ID) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(ids)))
	for _, id := range ids {
		b = append(b, id[:]...)
	}
	return b
}

func (r *reader) count() int {
	n := r.take(4)
	if n == nil {
		return 0
	}
	return int(binary.BigEndian.Uint32(n))
}

func (r *reader) ids() []ID {
	n := r.count()
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
	for n := r.count(); n > 0 && !r.bad; n-- {
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
