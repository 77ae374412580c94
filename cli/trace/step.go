package trace

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/cli/terminal"
)

// step is what a step is shown as: a line, and lines below it. What there is no better
// way for is shown by its reason.
func (p *Printer) step(r *Record, s *Step) (line string, below []string) {
	why := terminal.SafeLine(s.Why)
	d := &s.Data
	switch s.Name {
	case "receive":
		line = why
		if s.Outcome != "failed" {
			line = clip(terminal.SafeLine(r.Message()), 200)
		}
		return line, nil
	case "route":
		line = p.route(d, why, s.Outcome == "failed")
	case "parameters":
		line, below = why, p.parameters(d)
	case "authorize":
		line, below = why, p.checks(d)
	case "request", "response":
		line, below = p.template(d, why, s.Outcome == "failed")
	case "backend":
		line, below = p.backend(r, s, why)
	case "select":
		line = p.choice(r, d, why, s.Outcome == "failed")
	case "frame":
		line = p.frame(d, why)
	case "log":
		line = p.Dim(terminal.SafeLine(string(d.Line)))
		if d.Line == "" {
			line = why
		}
	default:
		line = why
	}
	return line, below
}

// route is the selection expression with its value, and the route that was taken.
func (p *Printer) route(d *Data, why string, failed bool) string {
	if d.Expression == "" || d.Route == "" || failed {
		return why
	}
	return fmt.Sprintf("%s = %s → route %s", one(d.Expression), terminal.SafeLine(strconv.Quote(string(d.Value))), p.Bold(one(d.Route)))
}

func (p *Printer) parameters(d *Data) (lines []string) {
	for _, m := range d.Parameters {
		value := p.Green(one(m.Value))
		if m.Unresolved {
			value = p.Amber("UNRESOLVED")
		}
		lines = append(lines, fmt.Sprintf("%s → %s  %s", one(m.From), one(m.To), value))
	}
	return lines
}

// checks are what an authorizer compared.
func (p *Printer) checks(d *Data) (lines []string) {
	for _, c := range d.Checks {
		mark := p.Green("✓")
		if !c.OK {
			mark = p.Red("✗")
		}
		if c.Why != "" {
			lines = append(lines, mark+" "+one(c.Why))
			continue
		}
		line := mark + " " + one(c.Name)
		if c.Wants != "" {
			line += "  wants " + one(c.Wants)
		}
		if c.Has != "" {
			line += "  has " + one(c.Has)
		}
		lines = append(lines, line)
	}
	return lines
}

// template is what a template made, and of what.
func (p *Printer) template(d *Data, why string, failed bool) (line string, below []string) {
	if d.Template == "" {
		return why, p.parameters(d)
	}
	line = "template " + p.Bold(one(d.Template))
	if failed {
		line += "  " + why
	} else if d.Rendered != nil {
		line += " ▸ " + p.Green(clip(one(*d.Rendered), 400))
	}
	var unresolved []string
	for _, r := range d.References {
		if r.Unresolved {
			unresolved = append(unresolved, one(r.Text))
		}
	}
	if n := len(d.References); n == 1 {
		line += "  1 reference"
	} else if n > 1 {
		line += fmt.Sprintf("  %d references", n)
	}
	if len(unresolved) > 0 {
		line += ", " + p.Amber(fmt.Sprintf("%d UNRESOLVED: %s", len(unresolved), strings.Join(unresolved, " ")))
	}
	below = p.parameters(d)
	written := lines(d.Text)
	if d.Rendered != nil && d.Text == *d.Rendered {
		written = nil // it stands there already
	}
	for i, text := range written {
		if i == mostLines {
			below = append(below, p.Dim("…"))
			break
		}
		below = append(below, p.Dim(fmt.Sprintf("%3d ", i+1))+p.Link(terminal.SafeLine(text)))
	}
	for _, r := range d.References {
		value := p.Green(clip(one(r.Value), 100))
		if r.Unresolved {
			value = p.Amber("UNRESOLVED")
		}
		below = append(below, fmt.Sprintf("%s %s = %s", p.Dim(fmt.Sprintf("%d:%d", r.Line, r.Column)), one(r.Text), value))
	}
	return line, below
}

// backend is what was called, and what it said.
func (p *Printer) backend(r *Record, s *Step, why string) (line string, below []string) {
	d := &s.Data
	called := ""
	if i := r.find("integration"); i != nil {
		switch {
		case i.Data.Function != "":
			called = "function " + one(i.Data.Function)
		case i.Data.Address != "":
			called = one(i.Data.Method + " " + i.Data.Address)
		}
	}
	line = why
	if called != "" && d.Status != "" {
		status, _ := strconv.Atoi(string(d.Status))
		line = called + " → " + p.Status(status, one(d.Status)) + "  " + p.Dim(milliseconds(s.Took))
		if d.Body != nil && *d.Body != "" {
			line += "  " + clip(p.body(d), 400)
		}
	}
	if d.FunctionError != "" {
		below = append(below, p.Red(one(d.FunctionError)))
	}
	for _, text := range lines(d.Stack) {
		below = append(below, p.Dim(terminal.SafeLine(text)))
	}
	for _, log := range d.Logs {
		below = append(below, p.Dim("│ ")+terminal.SafeLine(string(log)))
	}
	return line, below
}

// choice is every key that was tried, and the template behind the one that was taken.
func (p *Printer) choice(r *Record, d *Data, why string, failed bool) string {
	if len(d.Keys) == 0 {
		return why
	}
	var tried []string
	for _, k := range d.Keys {
		switch outcome := string(k.Outcome); {
		case outcome == "match":
			tried = append(tried, p.Green(one(k.Key)+" ✓"))
		case outcome == "not tried":
		default:
			mark := " ✗"
			if outcome == "broken" {
				mark += " (broken)"
			}
			tried = append(tried, p.Dim(one(k.Key)+mark))
		}
	}
	line := one(d.Value) + ": " + strings.Join(tried, "  ")
	switch response := r.find("response"); {
	case failed:
		line += "  " + why
	case response != nil && response.Data.Template != "":
		line += " → template " + one(response.Data.Template)
	}
	return line
}

// frame is what left.
func (p *Printer) frame(d *Data, why string) string {
	line := why
	if d.Body != nil {
		line = p.Green(p.body(d)) + "  " + why
	}
	if d.Status != "" && !strings.Contains(why, one(d.Status)) {
		status, _ := strconv.Atoi(string(d.Status))
		line = p.Status(status, one(d.Status)) + "  " + line
	}
	return line
}

func (p *Printer) body(d *Data) string {
	text := one(*d.Body)
	if d.Base64 {
		text = "base64 " + text
	}
	if !d.Base64 && d.Bytes > len(*d.Body) {
		text += "…"
	}
	return text
}

// one is a value from outside in a line.
func one(w word) string { return terminal.SafeLine(string(w)) }

func lines(w word) []string {
	if w == "" {
		return nil
	}
	return strings.Split(strings.TrimRight(string(w), "\n"), "\n")
}
