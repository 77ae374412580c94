package connect

import (
	"context"
	"os"

	"github.com/dragoman-gateway/dragoman/cli/terminal"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// ctrlO is the key that shows JSON pretty; it means nothing to an editor of lines.
const ctrlO = 'O' - '@'

// interactive is a session with somebody at a terminal.
func (s *session) interactive(ctx context.Context) error {
	colour := terminal.ColourOf(s.Out)
	keys := make(chan typed, 1)
	// The attribute stays on while a message is typed: what is sent has its colour.
	prompt, reset := "> ", ""
	if colour {
		prompt, reset = "\x1b[36m> ", "\x1b[0m"
	}
	lines, err := terminal.Open(s.In.(*os.File), s.Out.(*os.File), prompt, func(line string, key rune) (string, bool) {
		if key == ctrlO {
			select {
			case keys <- typed{text: "/pretty"}:
			default: // it is pressed faster than frames are shown
			}
		}
		return line, key == ctrlO
	})
	if err != nil {
		return err
	}
	defer lines.Close()
	s.looks = &screen{Colour: colour, out: lines, pretty: s.Pretty, typed: true, reset: reset}
	s.voices = append(s.voices, s.looks)

	ctx, leave := context.WithCancel(ctx)
	defer leave()
	l := &loop{session: s, stays: true, keys: keys, lines: typedLines(lines, leave)}
	return l.run(ctx)
}

// typedLines are the lines that somebody types. Ctrl-C and Ctrl-D leave, whatever is being
// waited for.
func typedLines(from *terminal.Lines, leave func()) <-chan typed {
	lines := make(chan typed)
	var reading tasks.Group // nobody can end a read of a terminal, so that nobody waits for it
	reading.Go("reading lines", func() {
		defer leave()
		for {
			line, err := from.Read()
			if err != nil {
				return
			}
			lines <- typed{text: line}
		}
	})
	return lines
}
