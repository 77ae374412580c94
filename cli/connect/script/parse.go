package script

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxFile is how many bytes a conversation may have.
const maxFile = 16 << 20

// Error is a fault of a conversation's text.
type Error struct {
	Line    int
	Message string
}

func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Message) }

// parser reads a conversation from top to bottom.
type parser struct {
	lines []Line
	names []string // captured so far
	usual time.Duration
}

// Parse reads a conversation. usual is how long an expectation waits where neither it nor
// a line "timeout" says so. Errors are *Error.
func Parse(text string, usual time.Duration) ([]Line, error) {
	p := &parser{usual: usual}
	if len(text) > maxFile {
		return nil, &Error{1, fmt.Sprintf("a conversation has at most %d bytes", maxFile)}
	}
	text = strings.TrimPrefix(text, "\uFEFF")
	raw := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for at := 0; at < len(raw); {
		first := at
		whole := raw[at]
		// An indented line goes on with the text of the one before.
		for at++; at < len(raw) && strings.HasPrefix(raw[at], "  ") && continues(whole); at++ {
			whole += "\n" + raw[at][2:]
		}
		if err := p.line(whole, first+1); err != nil {
			return nil, &Error{first + 1, err.Error()}
		}
	}
	return p.lines, nil
}

// continues says whether a line has a text that others may continue.
func continues(line string) bool {
	return strings.HasPrefix(line, ">") || strings.HasPrefix(line, "<") || strings.HasPrefix(line, "= refused")
}

func (p *parser) line(whole string, number int) error {
	line := &Line{Number: number, Text: whole, Within: p.usual}
	var err error
	switch trimmed := strings.TrimSpace(whole); {
	case trimmed == "" || strings.HasPrefix(trimmed, "#"):
		return nil
	case whole[0] == '>':
		err = p.send(line, whole[1:])
	case whole[0] == '<':
		err = p.expect(line, whole[1:])
	case whole[0] == '=':
		err = p.state(line, strings.TrimSpace(whole[1:]))
	case whole[0] == '/':
		err = p.command(line, trimmed[1:])
	case strings.HasPrefix(trimmed, "timeout "):
		p.usual, err = duration(strings.TrimPrefix(trimmed, "timeout "))
		return err
	default:
		return errors.New("want > to send, < to expect, = for what becomes of the connection, / for a command, timeout, or # for a comment")
	}
	if err == nil {
		p.lines = append(p.lines, *line)
	}
	return err
}

// head cuts a line into what stands beside its sign and the text.
func head(rest string) (marks, text string) {
	end := strings.IndexAny(rest, " \n")
	if end < 0 {
		return rest, ""
	}
	if rest[end] == '\n' { // the whole text is in the lines that continue
		return rest[:end], rest[end+1:]
	}
	return rest[:end], rest[end+1:]
}

func (p *parser) send(line *Line, rest string) (err error) {
	marks, text := head(rest)
	line.Verb = Send
	switch marks {
	case "":
		line.Frame.Body, line.Captures = []byte(text), slices.Clone(p.names)
	case "q", "b":
		line.Frame, err = literal(marks, text)
	default:
		err = fmt.Errorf("%q stands beside >: want a space, q for a quoted text, or b for base64", marks)
	}
	return err
}

// literal is a frame that is written as a text of JSON, or in base64.
func literal(mark, text string) (f Frame, err error) {
	text = strings.TrimSpace(text)
	if mark == "b" {
		f.Binary = true
		if f.Body, err = base64.StdEncoding.DecodeString(text); err != nil {
			err = errors.New("what follows b is no base64")
		}
		return f, err
	}
	var quoted string
	if json.Unmarshal([]byte(text), &quoted) != nil {
		return f, errors.New(`what follows q is no text of JSON, such as "a\nb"`)
	}
	f.Body = []byte(quoted)
	return f, nil
}

func (p *parser) expect(line *Line, rest string) (err error) {
	marks, text := head(rest)
	line.Verb = Expect
	kind := ""
	if marks != "" && strings.Contains("=~qb&", marks[:1]) {
		kind, marks = marks[:1], marks[1:]
	}
	if marks != "" {
		if line.Within, err = duration(marks); err != nil {
			return fmt.Errorf("%q stands beside <: want a space, = ~ q b or &, or a time such as 2s", kind+marks)
		}
	}
	switch kind {
	case "=":
		line.Frame.Body = []byte(text)
	case "q", "b":
		line.Frame, err = literal(kind, text)
	case "~":
		line.Want, err = regular(text)
	default:
		line.AnyOrder = kind == "&"
		line.Want, err = compile(text, p.names)
	}
	if line.Want != nil {
		p.learn(line.Want)
	}
	return err
}

// learn knows the names that a pattern captures from the next line on.
func (p *parser) learn(w *Pattern) {
	for _, name := range w.captures() {
		if !slices.Contains(p.names, name) {
			p.names = append(p.names, name)
		}
	}
}

func (p *parser) state(line *Line, rest string) (err error) {
	word, rest, _ := strings.Cut(rest, " ")
	rest = strings.TrimSpace(rest)
	switch word {
	case "connected":
		line.Verb = Connected
	case "silence":
		line.Verb = Silence
		line.Within, err = duration(rest)
	case "refused":
		line.Verb = Refused
		status, body := head(rest)
		if line.Code, err = strconv.Atoi(status); err != nil || line.Code < 100 || line.Code > 599 {
			return errors.New("want = refused STATUS, and the body where it matters")
		}
		if body != "" {
			if line.Want, err = compile(body, p.names); err == nil {
				p.learn(line.Want)
			}
		}
	case "closed":
		line.Verb = Closed
		err = line.closing(rest, "any")
	default:
		err = fmt.Errorf("%q: want = connected, = refused STATUS, = closed CODE or = silence DURATION", word)
	}
	return err
}

func (p *parser) command(line *Line, rest string) (err error) {
	word, rest, _ := strings.Cut(rest, " ")
	rest = strings.TrimSpace(rest)
	switch word {
	case "ping":
		line.Verb = Ping
	case "reconnect":
		line.Verb = Reconnect
	case "wait":
		line.Verb = Wait
		line.Within, err = duration(rest)
	case "close":
		line.Verb = Close
		err = line.closing(rest, "")
	default:
		err = fmt.Errorf("/%s: want /ping, /close, /wait or /reconnect", word)
	}
	return err
}

// closing reads a close code with its reason; every is the word for any code, as is nothing.
func (l *Line) closing(rest, every string) (err error) {
	code, reason, _ := strings.Cut(rest, " ")
	l.Reason = strings.TrimSpace(reason)
	if code == "" || code == every {
		return nil
	}
	l.Code, err = strconv.Atoi(code)
	if err != nil || l.Code < 1000 || l.Code > 4999 {
		return fmt.Errorf("%q is no close code: want 1000 to 4999", code)
	}
	return nil
}

// duration reads a time that is more than nothing and no more than an hour.
func duration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(strings.TrimSpace(text))
	if err != nil || d <= 0 || d > time.Hour {
		return 0, fmt.Errorf("%q is no time: want one such as 500ms or 2s", text)
	}
	return d, nil
}
