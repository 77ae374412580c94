package connection

import (
	"context"
	"errors"

	"github.com/dragoman-gateway/dragoman/bus"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// Fleet reaches every connection of a fleet: those of this node without a
// detour, those of others with one request over the bus.
type Fleet struct {
	Requests Requests // to other nodes
	// Others are the other nodes that live; nil where there are none. It is set before the
	// first broadcast.
	Others  func(context.Context) ([]Node, error)
	Show    Show            // for records of other nodes; nil shows nothing. It is set before the first client
	Reports *tasks.Reporter // is told of panics

	registry  *Registry
	bus       bus.Bus
	owners    Owners
	confirmer *confirmer
	stop      func()
}

// topic is what requests about connections are asked under.
const topic = "connections"

// NewFleet joins a registry to the bus: from now on other nodes reach its
// connections. owners know the other nodes; nil where there are none. Close it before
// the bus.
func NewFleet(r *Registry, b bus.Bus, owners Owners) (*Fleet, error) {
	d := &Fleet{registry: r, bus: b, owners: owners, confirmer: newConfirmer()}
	stop, err := b.Handle(uint32(r.Node()), topic, d.answer)
	if err != nil {
		return nil, err
	}
	unshare, err := b.Handle(uint32(r.Node()), broadcastTopic, d.answerShare)
	if err != nil {
		stop()
		return nil, err
	}
	d.stop = func() { unshare(); stop() }
	return d, nil
}

// Close takes the node off the bus: other nodes then get ErrGone for its
// connections, once its lease is given back.
func (d *Fleet) Close() { d.stop() }

// Send hands data to a client, as Connection.Send does. Besides the errors of a
// Sender it fails with ErrUnreachable, and with the error of ctx; then the client
// may or may not get the data.
func (d *Fleet) Send(ctx context.Context, at Place, id string, data []byte) error {
	_, err := d.do(ctx, call{op: opSend, at: at, data: data}, id)
	return err
}

// Info describes a client; it fails as Send does.
func (d *Fleet) Info(ctx context.Context, at Place, id string) (Info, error) {
	return d.do(ctx, call{op: opInfo, at: at}, id)
}

// Find answers where a client's connection lives; it fails as Send does.
func (d *Fleet) Find(ctx context.Context, id string) (Place, error) {
	info, err := d.do(ctx, call{op: opFind}, id)
	return info.Place, err
}

// Disconnect closes a client's connection with a code and reason, and makes it
// exist no more; it fails as Send does.
func (d *Fleet) Disconnect(ctx context.Context, at Place, id string, code int, reason string) error {
	_, err := d.do(ctx, call{op: opClose, at: at, code: uint16(code), data: []byte(reason)}, id)
	return err
}

func (d *Fleet) do(ctx context.Context, c call, id string) (Info, error) {
	var err error
	if c.id, err = ParseID(id); err != nil {
		return Info{}, ErrGone // no node ever gave it out
	}
	if c.id.Node() == d.registry.Node() {
		return d.here(ctx, c)
	}
	reply, err := d.ask(ctx, c.id.Node(), topic, c.encode())
	if err != nil {
		return Info{}, err
	}
	return decodeReply(reply)
}

func (d *Fleet) answer(ctx context.Context, payload []byte) []byte {
	c, err := decodeCall(payload)
	if err != nil {
		return encodeReply(Info{}, err)
	}
	// Before it is sent: a client that goes takes what is known of it along.
	var shown []byte
	if c.op == opShow {
		shown = d.show(c)
	}
	info, err := d.here(ctx, c)
	// The asker has given up, and has told somebody so; or this node may not answer, and nobody
	// knows then.
	if ctx.Err() != nil || errors.Is(err, ErrUnreachable) {
		return nil
	}
	if c.op == opShow {
		return encodeShown(shown, err)
	}
	return encodeReply(info, err)
}

// here does a call on a connection of this node. One that is not here is gone whatever others
// have recorded, and costs no look.
func (d *Fleet) here(ctx context.Context, c call) (Info, error) {
	if d.registry.find(c.id) == nil {
		return Info{}, ErrGone
	}
	if err := d.confirm(ctx); err != nil {
		return Info{}, err
	}
	return d.registry.carryOut(c)
}

// carryOut does a call on a connection of this node.
func (r *Registry) carryOut(c call) (Info, error) {
	found := r.find(c.id)
	if found == nil || c.op != opFind && !found.at(c.at) {
		return Info{}, ErrGone
	}
	switch c.op {
	case opSend, opShow:
		return Info{}, found.Send(c.data)
	case opClose:
		found.Sender.Close(int(c.code), string(c.data))
		r.Remove(found.ID) // gone for every later call, not only once it has parted
		return Info{}, nil
	}
	return found.Info(), nil
}
