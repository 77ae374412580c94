package script

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// text is a value as JSON, on one line.
func text(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// plain is a value as it stands in a text: strings without quotes.
func plain(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return text(v)
}

// written is a value of a pattern as its author wrote it.
func (m *matching) written(v any) string {
	var b strings.Builder
	for _, r := range text(v) {
		if i := int(r - holeRune); 0 <= i && i < len(m.p.holes) {
			b.WriteString(m.p.holes[i].text)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// shown is a frame for who reads a difference.
func shown(f Frame) string {
	if f.Binary {
		return fmt.Sprintf("%d bytes, base64 %s", len(f.Body), base64.StdEncoding.EncodeToString(f.Body))
	}
	return string(f.Body)
}

// Message is the frame that a line sends, with what names stand for.
func (l *Line) Message(values Values) Frame {
	f := l.Frame
	if f.Binary || len(l.Captures) == 0 || !bytes.Contains(f.Body, []byte("{{")) {
		return f
	}
	quoted := beginsJSON(string(f.Body))
	for _, name := range l.Captures {
		value := plain(values[name])
		if _, isString := values[name].(string); isString && quoted {
			value = strings.TrimSuffix(strings.TrimPrefix(text(value), `"`), `"`)
		}
		f.Body = bytes.ReplaceAll(f.Body, []byte("{{"+name+"}}"), []byte(value))
	}
	return f
}

// Writer writes a conversation as it happens.
type Writer struct {
	w    io.Writer
	sent bool // something stands above that a blank line should follow
}

// NewWriter writes to w. What it writes is whole after each line.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Comment writes a line that says something of the conversation.
func (w *Writer) Comment(text string) error {
	_, err := io.WriteString(w.w, "# "+strings.ReplaceAll(text, "\n", "\n# ")+"\n")
	return err
}

// Sent writes a message that was sent.
func (w *Writer) Sent(f Frame) error {
	blank := ""
	if w.sent {
		blank = "\n"
	}
	w.sent = true
	if f.plain() {
		return w.line(blank + ">" + spread(f.Body))
	}
	return w.line(blank + ">" + f.literal())
}

// Received writes a frame that came, as an expectation. Where the text means something
// else to Parse it is written to be compared as it is.
func (w *Writer) Received(f Frame) error {
	if !f.plain() {
		return w.line("<" + f.literal())
	}
	if p, err := compile(string(f.Body), nil); err != nil || len(p.holes) > 0 {
		return w.line("<=" + spread(f.Body))
	}
	return w.line("<" + spread(f.Body))
}

// Refused writes a handshake that was refused, with the body where it can stand there.
func (w *Writer) Refused(status int, body string) error {
	f := Frame{Body: []byte(body)}
	if p, err := compile(body, nil); err != nil || len(p.holes) > 0 || !f.plain() {
		body = ""
	}
	return w.line(fmt.Sprintf("= refused %d%s", status, spread([]byte(body))))
}

// State writes what became of the connection, such as "closed 1000".
func (w *Writer) State(state string) error { return w.line("= " + state) }

// Command writes what was asked for, such as "ping".
func (w *Writer) Command(command string) error { return w.line("/" + command) }

func (w *Writer) line(line string) error {
	_, err := io.WriteString(w.w, line+"\n")
	return err
}

// plain says whether the lines of a frame read back as they are: there is nothing in them
// that an editor would change or hide.
func (f Frame) plain() bool {
	if f.Binary || !utf8.Valid(f.Body) {
		return false
	}
	lines := strings.Split(string(f.Body), "\n")
	for _, line := range lines {
		if strings.ContainsFunc(line, func(r rune) bool { return unicode.IsControl(r) && r != '\t' || unicode.Is(unicode.Cf, r) }) {
			return false
		}
		if strings.TrimRight(line, " \t") != line || len(lines) > 1 && line == "" {
			return false
		}
	}
	return true
}

// spread is a text with its further lines indented.
func spread(body []byte) string {
	if len(body) == 0 {
		return ""
	}
	return " " + strings.ReplaceAll(string(body), "\n", "\n  ")
}

// literal is a frame that cannot be written as it is, with its mark.
func (f Frame) literal() string {
	if f.Binary || !utf8.Valid(f.Body) {
		return "b " + base64.StdEncoding.EncodeToString(f.Body)
	}
	// Characters that are not seen are escapes as well: a text of JSON may have them so.
	var b strings.Builder
	for _, r := range text(string(f.Body)) {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			for _, unit := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&b, `\u%04x`, unit)
			}
		} else {
			b.WriteRune(r)
		}
	}
	return "q " + b.String()
}
