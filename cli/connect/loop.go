package connect

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/cli/connect/script"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// typed is a line that somebody typed or a program wrote, or how that ended.
type typed struct {
	text    string
	message bool // it is sent as it is
	err     error
}

// loop is a session whose messages are lines.
type loop struct {
	*session
	lines <-chan typed
	keys  <-chan typed
	stays bool             // whoever types may connect again
	over  <-chan time.Time // when answers are waited for no longer
	retry <-chan time.Time // when to connect again
}

// errOver ends a session that went as it should.
var errOver = errors.New("over")

func (l *loop) run(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, l.finish(ctx)) }()
	if err = l.connect(ctx); err != nil && l.tryAgain(err) {
		err = nil
	}
	for err == nil {
		lines, over := l.lines, l.over
		if !l.stays && (l.link == nil || l.open > 0) { // a program's lines wait for a connection, and for answers
			lines = nil
		}
		if l.open > 0 {
			over = nil
		}
		select {
		case line, more := <-lines:
			err = l.line(ctx, line, more)
		case key := <-l.keys:
			err = l.line(ctx, key, true)
		case e := <-l.events():
			if err = l.tell(e); err == nil && e.ended() {
				err = l.ended(e)
			}
		case e := <-l.later:
			err = l.answered(e)
		case <-l.retry:
			l.retry = nil
			if failed := l.connect(ctx); failed != nil && !l.tryAgain(failed) {
				err = failed
			}
		case <-over:
			err = errOver
		case <-ctx.Done():
			err = errOver
		}
	}
	if errors.Is(err, errOver) || ctx.Err() != nil {
		return nil
	}
	return err
}

// finish leaves. A program is told the answers to all that it asked.
func (l *loop) finish(ctx context.Context) error {
	faults := []error{l.leave()}
	for !l.stays && l.open > 0 && ctx.Err() == nil {
		select {
		case e := <-l.later:
			faults = append(faults, l.answered(e))
		case <-ctx.Done():
		}
	}
	return errors.Join(faults...)
}

// line does what a line asks for.
func (l *loop) line(ctx context.Context, line typed, more bool) error {
	switch {
	case !more:
		l.lines = nil
		if l.Wait >= 0 {
			l.over = time.After(l.Wait)
		}
		return nil
	case line.err != nil:
		return line.err
	}
	err := l.do(ctx, line)
	if err == nil || errors.Is(err, errOver) || !l.stays {
		return err
	}
	return l.fail(err)
}

// ended says what becomes of a session whose connection is over.
func (l *loop) ended(e event) error {
	_ = l.leave() // nothing comes any more
	switch {
	case e.ours:
		return errOver
	case l.Reconnect:
		l.again()
		return nil
	case l.stays:
		return l.note(l.looks.Dim("Enter connects again, Ctrl-D leaves"))
	case e.kind == closed && e.code == 1000:
		return errOver
	}
	return ErrClosed
}

// tryAgain says whether a failed attempt to connect is followed by another one. A server
// that has refused by a status of 4xx will go on to.
func (l *loop) tryAgain(err error) bool {
	r, isRefusal := errors.AsType[*refusal](err)
	hopeless := isRefusal && r.status/100 == 4
	if !l.Reconnect || hopeless {
		if l.stays && l.tries > 0 {
			return l.fail(err) == nil
		}
		return false
	}
	if l.fail(err) != nil {
		return false
	}
	l.again()
	return true
}

// Waits before another attempt to connect: twofold from the first to the most.
const (
	firstWait = 500 * time.Millisecond
	mostWait  = 15 * time.Second
)

func (l *loop) again() {
	l.retry = time.After(min(mostWait, firstWait<<min(l.tries, 10)))
	l.tries++
}

// maxLine is how many bytes a line of standard input may have.
const maxLine = 16 << 20

// messages are those of the options, or the lines of standard input.
func (s *session) messages() <-chan typed {
	lines := make(chan typed)
	var reading tasks.Group // nobody can end a read of standard input, so that nobody waits for it
	if s.Messages != nil {
		ready := make(chan typed, len(s.Messages))
		for _, m := range s.Messages {
			ready <- typed{text: m, message: true}
		}
		close(ready)
		return ready
	}
	reading.Go("reading standard input", func() {
		defer close(lines)
		in := bufio.NewReader(io.LimitReader(s.In, 1<<40))
		for {
			line, err := readLine(in)
			if line != "" {
				lines <- typed{text: line}
			}
			if err != nil {
				if !errors.Is(err, io.EOF) {
					lines <- typed{err: err}
				}
				return
			}
		}
	})
	return lines
}

// readLine reads a line without its end.
func readLine(in *bufio.Reader) (string, error) {
	var b strings.Builder
	for {
		part, err := in.ReadSlice('\n')
		if b.Len()+len(part) > maxLine {
			return "", fmt.Errorf("a line of standard input has more than %d bytes", maxLine)
		}
		b.Write(part)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return strings.TrimRight(b.String(), "\r\n"), err
		}
	}
}

// piped sends the messages that were given, or lines of standard input, and prints what
// comes until the time for answers is over.
func (s *session) piped(ctx context.Context) error {
	if s.JSON {
		s.voices = append(s.voices, jsonVoice{s.Out})
	} else {
		s.voices = append(s.voices, pipeVoice{s.Out, s.Err})
	}
	l := &loop{session: s, lines: s.messages()}
	return l.run(ctx)
}

// text is a message of text.
func text(message string) script.Frame { return script.Frame{Body: []byte(message)} }
