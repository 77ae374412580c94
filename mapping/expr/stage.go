package expr

import "strings"

// InStage puts the variables of a stage into an address. An expression that cannot be
// evaluated is left as it is written.
func InStage(text string, variables map[string]string) string {
	if !strings.Contains(text, "${stageVariables.") {
		return text
	}
	value, err := ParseURI(text).Eval(stageOnly(variables))
	if err != nil { // an address has no bodies that could be broken
		return text
	}
	return value
}

// Unset is the first stage variable that a text names and a stage does not have, "" for
// none. It stands for nothing in an address, which then fails for a reason that does not
// name it.
func Unset(text string, variables map[string]string) string {
	const begin = "${stageVariables."
	for {
		_, rest, found := strings.Cut(text, begin)
		name, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			return ""
		}
		if _, is := variables[name]; !is {
			return name
		}
		text = after
	}
}

// stageOnly are the variables of an expression that knows a stage alone.
type stageOnly map[string]string

func (v stageOnly) Variable(kind Kind, name string) string {
	if kind == StageVariable {
		return v[name]
	}
	return ""
}

func (stageOnly) Body(Kind) []byte { return nil }
