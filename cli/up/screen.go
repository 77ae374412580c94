package up

import (
	"cmp"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/cli/terminal"
	"github.com/dragoman-gateway/dragoman/function/local"
	"github.com/dragoman-gateway/dragoman/management/document"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/template/gateway"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// screen tells people: on a terminal all that happens, in a pipe what is served, and
// what functions print and what troubles the gateway beside it on the error output.
type screen struct {
	terminal.Colour
	out, err *writer
	errs     terminal.Colour // of the error output
	quiet    bool
}

func newScreen(o *Options) *screen {
	losing := func(n int64) []byte { return fmt.Appendf(nil, "(%d lines were lost: they are read too slowly)\n", n) }
	s := &screen{Colour: terminal.ColourOf(o.Out), errs: terminal.ColourOf(o.Err), quiet: !terminal.Is(o.Out), out: newWriter(o.Out, losing)}
	// On one terminal both stand in the order in which they were written.
	if s.err = s.out; s.quiet || !terminal.Is(o.Err) {
		s.err = newWriter(o.Err, losing)
	}
	return s
}

func (s *screen) close() {
	s.out.close()
	s.err.close()
}

func (s *screen) ready(at *scene) {
	b := s.stack(at)
	fmt.Fprintf(b, "  %s http://%s\n", s.Dim("management"), at.management)
	if s.quiet {
		fmt.Fprint(b, "\n")
	} else {
		fmt.Fprintf(b, "\n  %s\n\n", s.Dim("What is saved is served at once. Ctrl-C ends."))
	}
	s.out.must([]byte(b.String()))
}

func (s *screen) checked(at *scene) {
	b := s.stack(at)
	fmt.Fprintf(b, "  %s\n\n", s.Green("no faults"))
	s.out.must([]byte(b.String()))
}

// widest is the length of the longest of some texts, within reason.
func widest(texts []string) int {
	n := 0
	for _, text := range texts {
		n = max(n, utf8.RuneCountInString(text))
	}
	return min(n, 40)
}

// stack is what there is: APIs with their addresses, routes with what they lead to,
// functions that authorize or that no route leads to, outputs and notes.
func (s *screen) stack(at *scene) *strings.Builder {
	b := &strings.Builder{}
	fmt.Fprintf(b, "\n  %s  %s\n\n", s.Bold(at.name), s.Dim(at.Took))
	routed, asked := map[string]bool{}, map[string]bool{}
	for i := range at.APIs {
		s.api(b, at, &at.APIs[i], routed)
		for _, name := range at.APIs[i].Asks {
			asked[name] = true
		}
	}
	var authorizers, rest []string
	for i := range at.functions {
		switch f := &at.functions[i]; {
		case routed[f.Name]:
		case asked[f.Name]:
			authorizers = append(authorizers, label(f)+" "+s.Dim(f.Runtime))
		default:
			rest = append(rest, label(f)+" "+s.Dim(f.Runtime))
		}
	}
	if len(authorizers) > 0 {
		fmt.Fprintf(b, "  %s\n    %s\n\n", s.Bold("Authorizers"), strings.Join(authorizers, "\n    "))
	}
	if len(rest) > 0 {
		fmt.Fprintf(b, "  %s\n    %s\n\n", s.Bold("Functions without a route"), strings.Join(rest, "\n    "))
	}
	if outputs := at.outputs(); len(outputs) > 0 {
		var names []string
		for _, o := range outputs {
			names = append(names, o.Name)
		}
		fmt.Fprintf(b, "  %s\n", s.Bold("Outputs"))
		for _, o := range outputs {
			fmt.Fprintf(b, "    %-*s  %s\n", widest(names), o.Name, shown(o))
		}
		fmt.Fprintln(b)
	}
	s.foreign(b, at)
	for _, note := range at.Notes {
		fmt.Fprintf(b, "  %s %s\n", s.Amber("note"), note)
	}
	if len(at.Notes) > 0 {
		fmt.Fprintln(b)
	}
	return b
}

// foreign lists what other services hold, with the functions that name it.
func (s *screen) foreign(b *strings.Builder, at *scene) {
	if len(at.Foreign) == 0 {
		return
	}
	var names []string
	for _, f := range at.Foreign {
		names = append(names, f.LogicalID)
	}
	where := "nobody makes them; --services URL has an emulator do it"
	if at.services != "" {
		where = "at " + at.services
	}
	fmt.Fprintf(b, "  %s  %s\n", s.Bold("Other services"), s.Dim(where))
	for _, f := range at.Foreign {
		used := ""
		if len(f.Functions) > 0 {
			used = "  " + s.Dim("← ") + strings.Join(f.Functions, ", ")
		}
		fmt.Fprintf(b, "    %-*s  %s%s\n", widest(names), f.LogicalID, s.Dim(f.Type), used)
	}
	fmt.Fprintln(b)
}

func (s *screen) api(b *strings.Builder, at *scene, a *gateway.API, routed map[string]bool) {
	kind := "HTTP API"
	if a.Protocol == resource.WebSocket {
		kind = "WebSocket API"
	}
	fmt.Fprintf(b, "  %s  %s\n", s.Bold(at.title(a)), s.Dim(kind+" "+a.ID))
	for _, address := range shortest(at.addresses(a), len(a.Stages), at.secure) {
		fmt.Fprintf(b, "    %s\n", s.Link(address))
	}
	keys := make([]string, len(a.Routes))
	for i, r := range a.Routes {
		keys[i] = r.Key
	}
	for _, r := range a.Routes {
		to := r.Target
		if f := at.find(cmp.Or(r.Function, r.Target)); f != nil {
			routed[f.Name] = true
			to = label(f) + " " + s.Dim(f.Runtime)
		}
		fmt.Fprintf(b, "    %-*s  %s %s\n", widest(keys), r.Key, s.Dim("→"), cmp.Or(to, s.Dim("nothing")))
	}
	fmt.Fprintln(b)
}

// shortest are the addresses that are worth reading: one of each stage and scheme.
func shortest(all []string, stages int, secure bool) []string {
	if secure {
		stages *= 2
	}
	return all[:min(stages, len(all))]
}

func (s *screen) changed(at *scene, c *change) {
	var parts []string
	for _, part := range []struct {
		nouns map[string]int
		word  string
	}{{c.Made, "made"}, {c.Changes.Changed, "changed"}, {c.Removed, "removed"}} {
		if len(part.nouns) > 0 {
			parts = append(parts, document.Count(part.nouns)+" "+part.word)
		}
	}
	if len(c.functions) > 0 {
		parts = append(parts, "functions: "+strings.Join(c.functions, ", "))
	}
	if c.empty() {
		parts = []string{"all is as it was before the faults"}
	}
	s.out.must(fmt.Appendf(nil, "%s  %s %s\n", s.Dim(clock(time.Now())), s.Green("saved"), strings.Join(parts, "; ")))
	for _, note := range at.Notes {
		s.out.must(fmt.Appendf(nil, "%s  %s %s\n", s.Dim(clock(time.Now())), s.Amber("note "), note))
	}
}

func clock(t time.Time) string { return t.Local().Format("15:04:05.000") }

func (s *screen) request(r *requestEvent) {
	if s.quiet {
		return
	}
	what := cmp.Or(r.Route, "(no route)") // a message that matches none, where there is no $default
	if r.Method != "" {
		what = r.Method + " " + r.Path
	}
	// When it ended: below what its function has printed the time goes on.
	ended := r.Time.Add(time.Duration(r.Duration * float64(time.Millisecond)))
	line := fmt.Sprintf("%s  %s  %s  %s  %s", s.Dim(clock(ended)), s.Status(r.Status, fmt.Sprintf("%3d", r.Status)),
		pad(clip(what, 48), 28), pad(cmp.Or(r.Function, "-"), 18), s.Dim(fmt.Sprintf("%.1f ms", r.Duration)))
	if r.Error != "" {
		line += "  " + s.Amber(clip(r.Error, 300))
	}
	s.out.say([]byte(line + "\n"))
}

func pad(text string, n int) string {
	return text + strings.Repeat(" ", max(0, n-utf8.RuneCountInString(text)))
}

// clip cuts a text, and takes out what would move the cursor of a terminal.
func clip(text string, n int) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return string([]rune(text)[:n-1]) + "…"
}

// lambdas are the lines that are Lambda's own, which stand back behind those of the
// function.
var lambdas = regexp.MustCompile(`^(START|END|REPORT) RequestId: `)

// function shows what a function has printed. An entry of several lines has returns between
// them, as AWS's clients write it: on a terminal one would be written over another.
func (s *screen) function(name string, l local.Line) {
	if s.quiet {
		s.err.say(fmt.Appendf(nil, "%s: %s\n", name, strings.ReplaceAll(l.Text, "\r", "\n"+name+": ")))
		return
	}
	text := colours.ReplaceAllString(l.Text, "")
	if lambdas.MatchString(text) {
		text = s.Dim(strings.ReplaceAll(strings.TrimSpace(text), "\t", "  "))
		s.out.say(fmt.Appendf(nil, "%s  %s %s %s\n", s.Dim(clock(time.Now())), name, s.Dim("│"), text))
		return
	}
	var b strings.Builder
	head := s.Dim(clock(time.Now())) + "  " + name
	for line := range strings.SplitSeq(text, "\r") {
		fmt.Fprintf(&b, "%s %s %s\n", head, s.Dim("│"), terminal.Safe(line))
		head = strings.Repeat(" ", len("15:04:05.000")+2+utf8.RuneCountInString(name))
	}
	s.out.say([]byte(b.String()))
}

// colours are what programs paint their output with, which is told here by who prints it.
var colours = regexp.MustCompile(`\x1b\[[0-9;]*[A-Za-z]`)

func (s *screen) inspect(i local.Inspection) {
	s.out.must(fmt.Appendf(nil, "%s  %s %s\n", s.Dim(clock(time.Now())), s.Green("debug"), i.Line))
}

func (s *screen) log(r slog.Record) {
	var b strings.Builder
	paint := s.errs.Amber
	if r.Level >= slog.LevelError {
		paint = s.errs.Red
	}
	fmt.Fprintf(&b, "%s  %s %s", s.errs.Dim(clock(r.Time)), paint(strings.ToLower(r.Level.String())), r.Message)
	r.Attrs(func(a slog.Attr) bool {
		fmt.Fprintf(&b, "  %s%s", s.errs.Dim(a.Key+"="), clip(a.Value.String(), 300))
		return true
	})
	s.err.say([]byte(b.String() + "\n"))
}

// faults shows each fault with its line and a mark below the place.
func (s *screen) faults(all []source.Fault) {
	var b strings.Builder
	c := s.errs
	for _, f := range all {
		at := f.File
		if f.Line > 0 {
			at = fmt.Sprintf("%s:%d:%d", f.File, f.Line, max(f.Column, 1))
		}
		fmt.Fprintf(&b, "%s %s\n", c.Bold(at), c.Red(f.Message))
		if text, ok := sourceLine(f.File, f.Line); ok && !f.Withheld {
			number := fmt.Sprintf("%5d", f.Line)
			fmt.Fprintf(&b, "%s %s\n", c.Dim(number+" │"), text)
			if f.Column > 0 {
				fmt.Fprintf(&b, "%s %s%s\n", c.Dim("      │"), indent(text, f.Column), c.Red("^"))
			}
		}
		if where := cmp.Or(f.Path, f.LogicalID); where != "" {
			fmt.Fprintf(&b, "      %s %s\n", c.Dim("in"), where)
		}
		if f.Hint != "" {
			fmt.Fprintf(&b, "      %s %s\n", c.Green("→"), f.Hint)
		}
		fmt.Fprintln(&b)
	}
	s.err.must([]byte(b.String()))
}

// indent is the room before a column of a line, with its tabs.
func indent(text string, column int) string {
	var b strings.Builder
	n := 1
	for _, r := range text {
		if n >= column {
			break
		}
		if r != '\t' {
			r = ' '
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}

// longestShown is how many characters of a line are shown.
const longestShown = 160

// sourceLine is a line of a file, if it can be shown.
func sourceLine(file string, line int) (string, bool) {
	if line < 1 {
		return "", false
	}
	text, err := os.ReadFile(file)
	if err != nil || !utf8.Valid(text) {
		return "", false
	}
	all := strings.Split(string(text), "\n")
	if line > len(all) {
		return "", false
	}
	shown := strings.TrimRight(all[line-1], "\r")
	if utf8.RuneCountInString(shown) > longestShown {
		shown = string([]rune(shown)[:longestShown-1]) + "…"
	}
	return shown, true
}
