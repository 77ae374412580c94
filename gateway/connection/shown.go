package connection

import (
	"context"
	"errors"

	"github.com/dragoman-gateway/dragoman/record/mask"
)

// Show makes of what is sent to a client what a record may show of it: without the client's
// secrets, and not all of it where that is long. nil shows nothing.
type Show func(secrets *mask.Secrets, data []byte) []byte

// SendShown is Send for one who records it. What of a message is secret is known where the
// client is: shown is what the node of one lets a record show of data, nil where it says
// nothing or the client is of this node, whose registry knows the same.
func (d *Fleet) SendShown(ctx context.Context, at Place, id string, data []byte) (shown []byte, err error) {
	if !d.Elsewhere(id) {
		return nil, d.Send(ctx, at, id, data)
	}
	c := call{op: opShow, at: at, data: data}
	if c.id, err = ParseID(id); err != nil {
		return nil, ErrGone // no node ever gave it out
	}
	reply, err := d.ask(ctx, c.id.Node(), topic, c.encode())
	if err != nil {
		return nil, err
	}
	shown, err = decodeShown(reply)
	// A node of the version before knows no such call, and has done nothing.
	if errors.Is(err, errMalformed) && !errors.Is(err, ErrUnreachable) {
		return nil, d.Send(ctx, at, id, data)
	}
	return shown, err
}

// Elsewhere says whether an id is that of another node's client.
func (d *Fleet) Elsewhere(id string) bool {
	of, err := ParseID(id)
	return err == nil && of.Node() != d.registry.Node()
}

// show is what may be shown of what a client of this node is sent.
func (d *Fleet) show(c call) []byte {
	found := d.registry.find(c.id)
	if found == nil || d.Show == nil {
		return nil
	}
	return d.Show(found.Secrets, c.data)
}

// encodeShown is a reply with what may be shown: its outcome and the text after its length.
func encodeShown(shown []byte, err error) []byte {
	return appendBytes([]byte{version, codeOf(err)}, shown)
}

func decodeShown(b []byte) ([]byte, error) {
	if _, err := decodeReply(b[:min(len(b), 2)]); err != nil || len(b) == 2 {
		return nil, err
	}
	r := reader{rest: b[2:]}
	shown := r.bytes()
	if err := r.end(); err != nil {
		return nil, errors.Join(ErrUnreachable, err)
	}
	return shown, nil
}
