package connect

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/cli/connect/script"
	"github.com/dragoman-gateway/dragoman/cli/terminal"
)

// result is what became of a conversation.
type result struct {
	File        string              `json:"file"`
	OK          bool                `json:"ok"`
	Line        int                 `json:"line,omitempty"` // where it went otherwise
	Differences []script.Difference `json:"differences,omitempty"`
}

// playAll plays every file over a connection of its own. A file with a fault is told before
// any is played.
func (s *session) playAll(ctx context.Context) error {
	var all [][]script.Line
	for _, name := range s.Play {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		lines, err := script.Parse(string(text), s.Timeout)
		if err != nil {
			return fmt.Errorf("%s, %w", name, err)
		}
		all = append(all, lines)
	}
	switch {
	case s.JSON:
		s.voices = append(s.voices, jsonVoice{s.Out})
	case terminal.Is(s.Out):
		s.voices = append(s.voices, &screen{Colour: terminal.ColourOf(s.Out), out: s.Out, pretty: s.Pretty})
	}
	var failed error
	for i, lines := range all {
		p := &player{session: s, file: s.Play[i], values: script.Values{}}
		switch err := p.play(ctx, lines); {
		case errors.Is(err, ErrDifferent):
			failed = err
		case err != nil:
			return err
		}
	}
	return failed
}

// player plays one conversation.
type player struct {
	*session
	file   string
	values script.Values
	over   *event // how the connection ended
	counts struct{ sent, received int }
}

// mismatch is where a conversation went otherwise.
type mismatch struct {
	line   *script.Line
	got    string
	differ []script.Difference
}

func (m *mismatch) Error() string { return ErrDifferent.Error() }
func (m *mismatch) Unwrap() error { return ErrDifferent }

func (p *player) play(ctx context.Context, lines []script.Line) (err error) {
	began := time.Now()
	defer func() { err = errors.Join(err, p.leave()) }()
	for i := 0; err == nil && ctx.Err() == nil && i < len(lines); {
		group := 1
		for lines[i].AnyOrder && i+group < len(lines) && lines[i+group].AnyOrder {
			group++
		}
		err = p.step(ctx, lines[i:i+group])
		i += group
	}
	if err == nil {
		err = ctx.Err()
	}
	r := result{File: p.file, OK: err == nil}
	m, differs := errors.AsType[*mismatch](err)
	switch {
	case differs:
		r.Line, r.Differences = m.line.Number, m.differ
	case err != nil:
		return fmt.Errorf("%s: %w", p.file, err)
	}
	if p.JSON {
		return errors.Join(p.tell(event{kind: played, at: time.Now(), took: time.Since(began), result: &r}), err)
	}
	if differs {
		p.explain(m)
		return err
	}
	fmt.Fprintf(p.Out, "%s  ok  %d sent, %d received, %s\n", p.file, p.counts.sent, p.counts.received, spoken(time.Since(began)))
	return nil
}

// step does a line, or a group of expectations whose order does not matter.
func (p *player) step(ctx context.Context, group []script.Line) error {
	line := &group[0]
	switch line.Verb {
	case script.Refused:
		return p.refused(ctx, line)
	case script.Reconnect:
		err := p.leave()
		p.over = nil
		return err
	case script.Wait:
		return p.wait(ctx, line.Within)
	}
	if err := p.begin(ctx, line); err != nil {
		return err
	}
	switch line.Verb {
	case script.Send:
		p.counts.sent++
		if err := p.send(ctx, line.Message(p.values)); err != nil {
			return &mismatch{line: line, got: err.Error()}
		}
	case script.Expect:
		return p.expect(ctx, group)
	case script.Closed:
		return p.closed(ctx, line)
	case script.Silence:
		if e := p.next(ctx, line.Within); e != nil {
			return &mismatch{line: line, got: spelled(e)}
		}
	case script.Ping:
		e, err := p.link.ping(ctx)
		if err != nil {
			return &mismatch{line: line, got: "no pong within " + p.Timeout.String()}
		}
		return p.tell(e)
	case script.Close:
		code := line.Code
		if code == 0 {
			code = 1000
		}
		if err := p.link.close(code, line.Reason); err != nil {
			return &mismatch{line: line, got: err.Error()}
		}
	}
	return nil
}

// begin connects where there is no connection yet. One that ended stays ended, but for
// those who ask how.
func (p *player) begin(ctx context.Context, line *script.Line) error {
	if p.over != nil && line.Verb != script.Closed && line.Verb != script.Silence {
		return &mismatch{line: line, got: spelled(p.over)}
	}
	if p.link != nil || p.over != nil {
		return nil
	}
	err := p.connect(ctx)
	if r, isRefusal := errors.AsType[*refusal](err); isRefusal {
		return &mismatch{line: line, got: r.Error()}
	}
	return err
}

// next waits for what comes, nil where nothing does.
func (p *player) next(ctx context.Context, within time.Duration) *event {
	if p.over != nil {
		return nil
	}
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case e := <-p.events():
		_ = p.tell(e) // a file that cannot be written to changes nothing of the test
		if e.ended() {
			p.over = &e
		} else {
			p.counts.received++
		}
		return &e
	case <-timer.C:
	case <-ctx.Done():
	}
	return nil
}

// expect holds frames against a group, each of which has to fit one of them.
func (p *player) expect(ctx context.Context, group []script.Line) error {
	open := make([]*script.Line, len(group))
	for i := range group {
		open[i] = &group[i]
	}
	for len(open) > 0 {
		line := open[0]
		e := p.next(ctx, line.Within)
		switch {
		case e == nil && ctx.Err() != nil:
			return ctx.Err()
		case e == nil:
			return &mismatch{line: line, got: "nothing within " + line.Within.String()}
		case e.ended():
			return &mismatch{line: line, got: spelled(e)}
		}
		fits := -1
		var first []script.Difference
		for i, want := range open {
			d := want.Match(e.frame, p.values)
			if d == nil {
				fits = i
				break
			}
			if i == 0 {
				first = d
			}
		}
		if fits < 0 {
			return &mismatch{line: line, got: spelled(e), differ: first}
		}
		open = append(open[:fits], open[fits+1:]...)
	}
	return nil
}

func (p *player) closed(ctx context.Context, line *script.Line) error {
	e := p.over
	if e == nil {
		e = p.next(ctx, line.Within)
	}
	switch {
	case e == nil:
		return &mismatch{line: line, got: "nothing within " + line.Within.String()}
	case !e.ended(), line.Code != 0 && e.code != line.Code, line.Reason != "" && e.text != line.Reason:
		return &mismatch{line: line, got: spelled(e)}
	}
	return nil
}

// refused expects the handshake to be.
func (p *player) refused(ctx context.Context, line *script.Line) error {
	if p.link != nil {
		return &mismatch{line: line, got: "it is connected already: /reconnect begins anew"}
	}
	err := p.connect(ctx)
	r, isRefusal := errors.AsType[*refusal](err)
	switch {
	case err == nil:
		return &mismatch{line: line, got: "connected"}
	case !isRefusal:
		return err
	case r.status != line.Code:
		return &mismatch{line: line, got: r.Error()}
	case line.Want != nil:
		if d := line.Want.Match(script.Frame{Body: r.body}, p.values); d != nil {
			return &mismatch{line: line, got: string(r.body), differ: d}
		}
	}
	p.over = &event{kind: refused, status: r.status, text: r.Error()}
	return nil
}

// wait lets time pass; what comes meanwhile waits too.
func (p *player) wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// spelled is an event as a conversation would have it.
func spelled(e *event) string {
	switch e.kind {
	case received:
		if e.frame.Binary {
			return fmt.Sprintf("%d bytes, base64 %s", len(e.frame.Body), base64.StdEncoding.EncodeToString(e.frame.Body))
		}
		return string(e.frame.Body)
	case closed, lost:
		return worded(*e)
	}
	return e.text
}

// explain tells how a conversation went otherwise.
func (p *player) explain(m *mismatch) {
	c := terminal.ColourOf(p.Err)
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d: the conversation went otherwise\n", p.file, m.line.Number)
	if p.sent != nil {
		fmt.Fprintf(&b, "    sent      %s\n", indented(string(p.sent.Body)))
	}
	fmt.Fprintf(&b, "    expected  %s\n", c.Green(indented(m.line.Text)))
	fmt.Fprintf(&b, "    got       %s\n", c.Red(indented(m.got)))
	for _, d := range m.differ {
		if d.Path != "" {
			fmt.Fprintf(&b, "      %s  want %s, got %s\n", terminal.SafeLine(d.Path), c.Green(terminal.SafeLine(d.Want)), c.Red(terminal.SafeLine(d.Got)))
		}
	}
	_, _ = io.WriteString(p.Err, b.String())
}

// indented keeps further lines of a text below its first.
func indented(text string) string {
	return strings.ReplaceAll(terminal.Safe(text), "\n", "\n              ")
}
