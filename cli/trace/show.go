package trace

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/cli/terminal"
)

// Printer shows records.
type Printer struct {
	terminal.Colour
	out   io.Writer
	seen  map[string]bool // ids, so that each is shown by a beginning that no other has
	place int             // columns that API and stage have had, so that lines stand below each other
}

// New shows records on out, in these colours.
func New(out io.Writer, colour terminal.Colour) *Printer {
	return &Printer{Colour: colour, out: out, seen: map[string]bool{}}
}

const (
	shortest  = 4 // characters of an id
	mostSeen  = 10_000
	wideApi   = 40 // columns at most
	wideID    = 16 // of connections
	wideText  = 48
	mostLines = 40 // of a template
)

// Know has ids told apart from those that are shown.
func (p *Printer) Know(records []*Record) {
	if len(p.seen) > mostSeen {
		clear(p.seen)
	}
	for _, r := range records {
		p.seen[r.ID] = true
	}
}

// short is a beginning of an id that no other known one has.
func (p *Printer) short(id string) string {
	n := shortest
	for other := range p.seen {
		for other != id && n < len(id) && strings.HasPrefix(other, id[:min(n, len(id))]) {
			n++
		}
	}
	return id[:min(n, len(id))]
}

// Line shows a record in a line: when, its id, where, whose, what, how long, and what
// came of it.
func (p *Printer) Line(r *Record) error {
	_, err := io.WriteString(p.out, p.line(r)+"\n")
	return err
}

func (p *Printer) line(r *Record) string {
	where, connection := terminal.SafeLine(place(r)), terminal.SafeLine(r.Connection)
	if connection == "" {
		connection = "-"
	}
	p.place = max(p.place, min(utf8.RuneCountInString(where), wideApi))
	text := terminal.SafeLine(r.Message())
	if r.Replay != "" {
		text = "replay of " + terminal.SafeLine(p.short(r.Replay)) + ": " + text
	}
	line := p.Dim(r.Time.Local().Format("15:04:05.000")) + " " + p.Bold(terminal.SafeLine(p.short(r.ID))) + "  " +
		p.Link(pad(where, p.place)) + " " + p.Dim(pad(connection, wideID)) + "  " + pad(clip(text, wideText), wideText) + "  " + p.Dim(milliseconds(r.Duration))
	status := fmt.Sprint(r.Status)
	switch {
	case r.failed():
		return line + "  " + p.Status(max(r.Status, 400), status+"  "+terminal.SafeLine(r.Summary))
	case r.Status != 0:
		line += "  " + p.Green(status)
	}
	if remark := r.remark(); remark != "" {
		line += "  " + p.Amber(terminal.SafeLine(remark))
	}
	return line
}

func place(r *Record) string {
	api := r.ApiName
	if api == "" {
		api = r.Api
	}
	switch {
	case api == "":
		return "-"
	case r.Stage == "":
		return api
	}
	return api + "/" + r.Stage
}

// Steps shows a record step by step.
func (p *Printer) Steps(r *Record) error {
	var b strings.Builder
	b.WriteString(p.line(r) + "\n")
	for i := range r.Steps {
		s := &r.Steps[i]
		if s.Name == "integration" && s.Outcome == "ok" && r.find("backend") != nil {
			continue // what was called stands with its answer
		}
		text, below := p.step(r, s)
		name := pad(terminal.SafeLine(s.Name), 9)
		switch s.Outcome {
		case "failed":
			fmt.Fprintf(&b, " %s %s\n", p.Red(name), p.Red("✗ ")+text)
		case "skipped":
			fmt.Fprintf(&b, " %s\n", p.Dim(name+" "+terminal.SafeLine(s.Why)))
		default:
			fmt.Fprintf(&b, " %s %s\n", p.Bold(name), text)
		}
		for _, line := range below {
			fmt.Fprintf(&b, "           %s\n", line)
		}
	}
	_, err := io.WriteString(p.out, b.String())
	return err
}

// milliseconds is a time as somebody reads it.
func milliseconds(ms float64) string {
	if ms < 10 {
		return fmt.Sprintf("%.1f ms", ms)
	}
	return fmt.Sprintf("%.0f ms", ms)
}

func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text)))
}

// clip cuts a text that is too long for its column.
func clip(text string, width int) string {
	if utf8.RuneCountInString(text) <= width {
		return text
	}
	return string([]rune(text)[:width-1]) + "…"
}
