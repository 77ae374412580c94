package terminal

import (
	"errors"
	"io"
	"os"
	"sync"

	"golang.org/x/term"
)

// Lines are lines that somebody types, with the usual keys and a history, while others
// are printed above. It is safe for concurrent use; one caller reads.
type Lines struct {
	in, out *os.File
	t       *term.Terminal
	before  *term.State
	close   sync.Once

	mu            sync.Mutex // Protects fields below.
	width, height int
}

// Open makes a terminal ready for lines; Close gives it back as it was. key is told of
// keys that mean nothing to an editor of lines, such as Ctrl-O, with the line as it
// stands, and says what becomes of that; ok is false where the key is none of its.
func Open(in, out *os.File, prompt string, key func(line string, key rune) (changed string, ok bool)) (*Lines, error) {
	before, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return nil, err
	}
	l := &Lines{in: in, out: out, before: before}
	l.t = term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{in, out}, prompt)
	l.t.AutoCompleteCallback = func(line string, at int, pressed rune) (string, int, bool) {
		changed, ok := key(line, pressed)
		if !ok || changed == line {
			return line, at, ok
		}
		return changed, len(changed), ok
	}
	l.fit()
	// What is pasted is text, whatever keys it has.
	l.t.SetBracketedPasteMode(true)
	return l, nil
}

// Read waits for a line. The error is io.EOF after Ctrl-C, Ctrl-D, or Close.
func (l *Lines) Read() (string, error) {
	line, err := l.t.ReadLine()
	if errors.Is(err, term.ErrPasteIndicator) {
		err = nil
	}
	return line, err
}

// Write prints above the line that is being typed. What is printed ends with a new line.
func (l *Lines) Write(text []byte) (int, error) {
	l.fit()
	return l.t.Write(text)
}

// Prompt changes what stands before the line, from the next one on.
func (l *Lines) Prompt(prompt string) { l.t.SetPrompt(prompt) }

// fit follows the size of the window. It is looked at whenever something is written, so
// that no signal is needed, which not all systems have.
func (l *Lines) fit() {
	l.mu.Lock()
	defer l.mu.Unlock()
	width, height, err := term.GetSize(int(l.out.Fd()))
	if err != nil || width <= 0 || height <= 0 || width == l.width && height == l.height {
		return
	}
	l.width, l.height = width, height
	_ = l.t.SetSize(width, height)
}

// Close gives the terminal back as it was found, without the line that was being typed.
func (l *Lines) Close() (err error) {
	l.close.Do(func() {
		_, _ = io.WriteString(l.out, "\r\x1b[0m\x1b[K") // ECMA-48: erase in line
		l.t.SetBracketedPasteMode(false)
		err = term.Restore(int(l.in.Fd()), l.before)
	})
	return err
}

// Keep remembers how a terminal is; restore makes it so again.
func Keep(f *os.File) (restore func() error, err error) {
	before, err := term.GetState(int(f.Fd()))
	if err != nil {
		return nil, err
	}
	return func() error { return term.Restore(int(f.Fd()), before) }, nil
}

// Secret reads a line that is not shown while it is typed.
func Secret(f *os.File) (string, error) {
	typed, err := term.ReadPassword(int(f.Fd()))
	return string(typed), err
}
