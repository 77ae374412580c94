package main

import (
	"fmt"
	"strings"

	"github.com/dragoman-gateway/dragoman/wire"
)

// operations tells of each operation of AWS's table: where it is, what it takes, and by which
// exceptions it refuses.
func operations() (string, error) {
	var b strings.Builder
	b.WriteString("# Operations of AWS\n\n" + generated +
		"Each is a method of every AWS SDK and a command of the AWS CLI; `dragoman api` has the CLI's names too. Those of keys and usage plans are\n" +
		"of the older API. What AWS does not have is in [own-operations.md](../own-operations.md), and what differs in\n[compatibility.md](../compatibility.md).\n")
	for _, o := range wire.Operations() {
		fmt.Fprintf(&b, "\n## %s\n\n`%s %s` → %d\n", o.Name, o.Method, o.Path, o.Status)
		if o.Doc != "" {
			fmt.Fprintf(&b, "\n%s\n", o.Doc)
		}
		if len(o.Input) > 0 {
			b.WriteString("\n| member | in | type | |\n|---|---|---|---|\n")
			for _, m := range o.Input {
				fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", m.Wire, place(m.In), cell(form(m.Shape)), cell(about(&m)))
			}
		}
		if len(o.Errors) > 0 {
			fmt.Fprintf(&b, "\nRefuses with %s.\n", strings.Join(o.Errors, ", "))
		}
	}
	return b.String(), nil
}

func place(p wire.Place) string {
	if p == "" {
		return string(wire.InBody)
	}
	return string(p)
}

// about is what a member is for.
func about(m *wire.Member) string {
	if m.Required {
		return strings.TrimSpace("Required. " + m.Doc)
	}
	return m.Doc
}

// form is the form of a value, with the rules that hold for it.
func form(s *wire.Shape) string {
	if s == nil {
		return ""
	}
	text := string(s.Type)
	switch {
	case len(s.Enum) > 0:
		text = "`" + strings.Join(s.Enum, "`, `") + "`"
	case s.Elem != nil && (s.Type == wire.List || s.Type == wire.Map):
		text += " of " + form(s.Elem)
	case s.Type == wire.Structure && len(s.Members) > 0:
		names := make([]string, len(s.Members))
		for i, m := range s.Members {
			names[i] = "`" + m.Wire + "`"
		}
		text += " of " + strings.Join(names, ", ")
	}
	switch {
	case s.Min != nil && s.Max != nil:
		text += fmt.Sprintf(", %d to %d", *s.Min, *s.Max)
	case s.Max != nil:
		text += fmt.Sprintf(", at most %d", *s.Max)
	case s.Min != nil:
		text += fmt.Sprintf(", at least %d", *s.Min)
	}
	return text
}

// cell is a text as a cell of a table takes it.
func cell(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", `\|`)
}
