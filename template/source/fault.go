package source

import (
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

// Fault is something wrong with a template: where it is, what is wrong, and what would be
// right, where that is known.
type Fault struct {
	File      string `json:"file"`
	Line      int    `json:"line"`      // from 1; 0 when the place has none
	Column    int    `json:"column"`    // in characters, from 1
	LogicalID string `json:"logicalId"` // of the resource, output, parameter … that it is in
	Path      string `json:"path"`      // as in Resources.Chat.Properties.Name
	Message   string `json:"message"`
	Hint      string `json:"hint"`
	Of        string `json:"-"` // another file that the message may quote; "" for none
	Withheld  bool   `json:"-"` // nothing of the file is to be shown
}

// At is a fault at a value, which a path through the template leads to.
func At(n tree.Node, path, message, hint string) Fault {
	return Fault{File: n.File(), Line: n.Line(), Column: n.Column(), LogicalID: LogicalID(path), Path: path, Message: message, Hint: hint}
}

// Holds says whether another fault is at the same path of a file, or below it.
func (f Fault) Holds(other Fault) bool {
	rest, within := strings.CutPrefix(other.Path, f.Path)
	return within && other.File == f.File && (rest == "" || rest[0] == '.')
}

// LogicalID is the second name of a path, "" of one in a section that has no logical ids.
func LogicalID(path string) string {
	section, rest, _ := strings.Cut(path, ".")
	switch section {
	case "Resources", "Outputs", "Parameters", "Conditions", "Mappings", "Rules":
		id, _, _ := strings.Cut(rest, ".")
		return id
	}
	return ""
}

// Error tells a fault in one line: file:line:column: path: message (hint).
func (f Fault) Error() string {
	var b strings.Builder
	if f.File != "" {
		b.WriteString(f.File + ":")
	}
	if f.Line > 0 {
		b.WriteString(strconv.Itoa(f.Line) + ":" + strconv.Itoa(f.Column) + ":")
	}
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
	if f.Path != "" {
		b.WriteString(f.Path + ": ")
	}
	b.WriteString(f.Message)
	if f.Hint != "" {
		b.WriteString(" (" + f.Hint + ")")
	}
	return b.String()
}
