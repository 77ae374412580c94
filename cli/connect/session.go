package connect

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/dragoman-gateway/dragoman/cli/connect/script"
	"github.com/dragoman-gateway/dragoman/cli/terminal"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// session is one run of the command.
type session struct {
	*Options
	voices []voice
	looks  *screen // of voices, where somebody looks; or else nil
	link   *link   // nil while there is no connection

	tries  int        // how often it was tried to connect again
	later  chan event // the answers to what was asked beside the messages
	open   int        // questions whose answer has not been told
	asking tasks.Group

	received *script.Frame // the last frame
	sent     *script.Frame // the last message
}

// maxAsked is how many questions may be open at a time.
const maxAsked = 16

// Run connects and does what the options say. The errors are ErrDifferent, ErrClosed, and
// those of a connection that was not made.
func Run(ctx context.Context, o *Options) error {
	s := &session{Options: o, later: make(chan event, maxAsked)}
	ctx, stop := context.WithCancel(ctx)
	defer func() { stop(); s.asking.Wait() }()
	if o.Record != "" {
		file, err := os.Create(o.Record)
		if err != nil {
			return err
		}
		defer file.Close() // each line has been written whole
		w := script.NewWriter(file)
		if err := w.Comment("Recorded at " + s.shown()); err != nil {
			return err
		}
		s.voices = append(s.voices, &recorder{w: w})
	}
	switch {
	case len(o.Play) > 0:
		return s.playAll(ctx)
	case o.Messages == nil && !o.JSON && terminal.Is(o.In) && terminal.Is(o.Out):
		return s.interactive(ctx)
	}
	return s.piped(ctx)
}

// shown is the address without its query, where keys may be.
func (s *session) shown() string {
	u := *s.Address
	u.RawQuery, u.User = "", nil
	return u.String()
}

// tell tells all voices.
func (s *session) tell(e event) error {
	if e.kind == received {
		s.received = &e.frame
	}
	var faults []error
	for _, v := range s.voices {
		faults = append(faults, v.tell(e))
	}
	return errors.Join(faults...)
}

func made(k kind, text string) event { return event{kind: k, at: time.Now(), took: -1, text: text} }

func (s *session) note(text string) error { return s.tell(made(noted, text)) }

func (s *session) fail(err error) error { return s.tell(made(failed, err.Error())) }

// connect opens the link.
func (s *session) connect(ctx context.Context) error {
	l, e, err := open(ctx, s.Options)
	if r, ok := errors.AsType[*refusal](err); ok {
		return errors.Join(err, s.tell(event{kind: refused, at: time.Now(), took: -1, status: r.status, address: s.shown(), text: string(r.body)}))
	}
	if err != nil {
		return err
	}
	s.link, s.tries = l, 0
	s.received, s.sent = nil, nil
	e.address = s.shown()
	return s.tell(e)
}

// leave says goodbye, where there is somebody, and tells what came meanwhile.
func (s *session) leave() error {
	if s.link == nil {
		return nil
	}
	l := s.link
	s.link = nil
	return l.leave(s.tell)
}

// events are those of the link, nil while there is none.
func (s *session) events() <-chan event {
	if s.link == nil {
		return nil
	}
	return s.link.events
}

// send sends a message, and tells of it.
func (s *session) send(ctx context.Context, f script.Frame) error {
	if s.link == nil {
		return errors.New("not connected")
	}
	e, err := s.link.send(ctx, f)
	if err != nil {
		return fmt.Errorf("it was not sent: %w", err)
	}
	s.sent = &f
	return s.tell(e)
}

// ask does something beside the messages; whoever reads later tells what came of it.
func (s *session) ask(what string, f func() event) error {
	if s.open == maxAsked {
		return errors.New("too many questions are open")
	}
	s.open++
	s.asking.Go(what, func() { s.later <- f() }) // there is room for as many as may be open
	return nil
}

// answered tells an answer.
func (s *session) answered(e event) error {
	s.open--
	return s.tell(e)
}
