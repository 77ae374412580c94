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

// stageOnly are the variables of an expression that knows a stage alone.
type stageOnly map[string]string

func (v stageOnly) Variable(kind Kind, name string) string {
	if kind == StageVariable {
		return v[name]
	}
	return ""
}

func (stageOnly) Body(Kind) []byte { return nil }
