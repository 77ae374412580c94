package relay

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// How long the node that holds a session is waited for. A reader whose questions fail for as
// long as lost is told that the WebSocket has ended: where its node lives after all, it ends
// for want of a reader.
const (
	askTime  = 5 * time.Second // for an answer, beyond what the node waits itself
	takeTime = 30 * time.Second
	pause    = 500 * time.Millisecond // between questions that fail
	lost     = 3 * time.Second
)

// elsewhere is a session that another node holds.
type elsewhere struct {
	relay   *Relay
	node    uint32
	key, id string
}

// Find is a WebSocket that a caller has opened, at whichever node. Those of others are not
// found.
func (r *Relay) Find(ctx context.Context, caller, id string) (Client, error) {
	node, ok := nodeOf(id)
	if r.options.Others == nil || !ok || node == r.options.Others.Node() {
		return r.find(caller, id)
	}
	e := &elsewhere{relay: r, node: node, key: caller, id: id}
	// Asked first though each question may be answered so: that there is none is said before
	// anything is said of the rest of a call, as it is where the session is held here.
	// It costs a question for each call, of a person who types.
	if _, err := e.ask(ctx, askTime, question{Do: toFind}); err != nil {
		return nil, err
	}
	return e, nil
}

// ask asks the node that holds the session.
func (e *elsewhere) ask(ctx context.Context, within time.Duration, q question) (a reply, err error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	q.ID, q.Key = e.id, e.key
	text, err := json.Marshal(q)
	if err != nil {
		return a, err
	}
	text, err = e.relay.options.Others.Ask(ctx, e.node, text)
	switch kind := fault.KindOf(err); {
	case err != nil && kind == fault.NotFound: // no such node: its sessions have ended with it
		return a, errNoNode
	case err != nil && kind == fault.PayloadTooLarge:
		return a, err
	case err != nil || json.Unmarshal(text, &a) != nil:
		return a, errSilent
	case a.Fault == "":
		return a, nil
	case told[a.Fault] == nil: // of a newer node
		return a, errSilent
	}
	return a, told[a.Fault]
}

// errNoNode reads as errNoClient does, and is told apart from what a node says.
var errNoNode = fault.New(fault.NotFound, "%s", errNoClient.Message)

// Write implements Client.
func (e *elsewhere) Write(ctx context.Context, data []byte, binary bool) error {
	// The gateway refuses what is longer, whatever the rest of it is, and the bus might not carry it.
	if most := e.relay.options.Message; len(data) > most {
		data = data[:most+1]
	}
	_, err := e.ask(ctx, takeTime, question{Do: toWrite, Data: data, Binary: binary})
	return err
}

// Ping implements Client.
func (e *elsewhere) Ping(ctx context.Context) error {
	_, err := e.ask(ctx, askTime, question{Do: toPing})
	return err
}

// Leave implements Client.
func (e *elsewhere) Leave(ctx context.Context, code int, reason string) error {
	_, err := e.ask(ctx, askTime, question{Do: toLeave, Code: code, Reason: reason})
	return err
}

// Read implements Client. The node that holds the session is asked for what is next, which
// says what was told: nothing is lost with an answer.
func (e *elsewhere) Read(ctx context.Context, tell func(*Event) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(e.relay.leaving, e.relay.options.Reports.Guard("leaving a stream", cancel))()
	f := &follower{elsewhere: e, tell: tell, q: question{Do: toNext, Reader: random(), Begins: true}, heard: time.Now(), beat: time.NewTicker(alive)}
	defer f.beat.Stop()
	var err error
	for !f.over && err == nil && ctx.Err() == nil {
		err = f.next(ctx)
	}
	// Its node need not wait until it finds that nobody asks. Whoever reads is gone, and ctx with it.
	f.q.Do = toPart
	_, _ = e.ask(context.WithoutCancel(ctx), time.Second, f.q)
	return err
}

// follower reads a session of another node.
type follower struct {
	*elsewhere
	tell  func(*Event) error
	q     question
	heard time.Time // of its node, last
	beat  *time.Ticker
	over  bool
}

// next asks once, and tells what has come of it. Its error is that of tell.
func (f *follower) next(ctx context.Context) error {
	a, err := f.ask(ctx, wait+askTime, f.q)
	switch {
	case ctx.Err() != nil:
		return nil
	case errors.Is(err, errNoClient):
		f.over = true
		return nil
	case err != nil:
		return f.failed(ctx, err)
	}
	// Until an answer has come the node may not have heard that there is a reader. It knows him by
	// his id, so that one who begins twice takes nothing over.
	f.q.Begins, f.over = false, a.Over
	for i := range a.Events {
		// Checked like input: what a session does not tell is not told in its name.
		if !a.Events[i].valid() {
			return f.failed(ctx, errSilent)
		}
		if err := f.say(a.Events[i].event()); err != nil {
			return err
		}
		f.q.Seen++
	}
	f.heard = time.Now()
	// Beats are this node's own: what the other waits for is shorter than they are apart.
	select {
	case <-f.beat.C:
		return f.tell(nil)
	default:
		return nil
	}
}

// say tells an event; none comes after the end.
func (f *follower) say(e *Event) error {
	f.over = f.over || e.Name == "close"
	return f.tell(e)
}

// failed waits before the next question. A node that was not heard of for too long is no more.
func (f *follower) failed(ctx context.Context, err error) error {
	most := lost
	if !errors.Is(err, errNoNode) { // which is known at once
		most += wait + askTime
	}
	if time.Since(f.heard) > most {
		return f.say(&Event{Name: "close", Time: now(), Code: 1006, By: "gateway"})
	}
	_ = tasks.Pause(ctx, pause) // whoever calls looks at ctx
	return nil
}
