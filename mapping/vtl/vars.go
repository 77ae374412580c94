package vtl

import (
	"context"

	"github.com/dragoman-gateway/dragoman/mapping/vtl/input"
	"github.com/dragoman-gateway/dragoman/mapping/vtl/java"
)

// What a rendering is handed, and what it says of a payload that is broken, is
// stated where templates ask for it.
type (
	// Param is one request parameter.
	Param = input.Param
	// Params are the parameters that $input.params shows.
	Params = input.Params
	// Object is a group of named values, such as $context.
	Object = input.Object
	// PayloadError says that the payload is not what json-smart accepts.
	PayloadError = input.PayloadError
)

// Vars is what one rendering sees. A Vars belongs to one rendering at a time,
// but may be used for several one after the other: what a template overrode
// for the request is then still there for the template of the response.
type Vars struct {
	// Body is the payload; an empty one counts as {}. It is read where it is, so that
	// nobody may change it before the rendering is over; what outlives that is copied.
	Body []byte
	// Text is used for the payload when Body is nil.
	Text string
	// Params is asked once, if at all.
	Params func() Params
	// Context is $context; nil is an empty one.
	Context Object
	// StageVariables is $stageVariables.
	StageVariables map[string]string
	// Stage is used for them instead when it is not nil; it has an order.
	Stage Object
	// Top holds further variables by name, as of Object. A stock template
	// sees nothing else.
	Top map[string]any

	// Explain, when set, is told of every reference as it is evaluated. What it is told is
	// made within a budget of its own: the rendering is as it would be without.
	Explain func(Reference)
	// Wanted, when set, says whether Explain wants to be told of the reference that begins
	// at a byte of the template, and led somewhere or not. It is asked each time, before
	// anything is made for Explain.
	Wanted func(offset int, resolved bool) bool
	// MostOfValue is how many bytes of a value Explain is told; 0 stands for 4,096.
	MostOfValue int
	// Lent says that Explain copies what it keeps of a value: it is then as it stands in the
	// rendering, and is not looked at once Explain has returned.
	Lent bool
	// Missing, when set, is told of every reference that leads nowhere, as it stands in
	// the template and at which byte. Unlike Explain it prints no value.
	Missing func(text string, offset int)

	kept   *input.Kept
	keeper *Template // which template kept it
}

// RequestOverride is what templates stored in $context.requestOverride: nil, or
// nil, bool, int64, float64, string, []any and map[string]any by name. Empty
// groups are left out. A value within itself is nil there, and so is one that
// would have more elements than a list may.
func (v *Vars) RequestOverride() map[string]any { return v.overridden((*input.Kept).RequestOverrides) }

// ResponseOverride is the same of $context.responseOverride.
func (v *Vars) ResponseOverride() map[string]any {
	return v.overridden((*input.Kept).ResponseOverrides)
}

// overridden prints values through a rendering of nothing.
func (v *Vars) overridden(group func(*input.Kept, *java.VM) map[string]any) map[string]any {
	if v.kept == nil {
		return nil
	}
	st := v.keeper.begin(context.Background(), nil)
	st.finished = true
	defer v.keeper.end(st)
	return group(v.kept, &st.VM)
}

// overrides reads back what the template stored, unless it has made $context
// something else.
func (st *state) overrides(vars *Vars) {
	if st.t.context < 0 || st.t.stock {
		return
	}
	if c, ok := st.vars[st.t.context].Obj.(*input.Context); ok {
		if kept := c.Keep(); kept != nil {
			vars.kept, vars.keeper = kept, st.t
		}
	}
}

// Reference is one evaluation of a reference in a template.
type Reference struct {
	Line, Column int
	Text         string // as in the template
	Value        string // as it would print, the beginning of a long one; of a #define block where it stands
	Bytes        int    // of the whole value, or of what was printed of it
	More         bool   // there is more of it than Bytes: it was too much to print for this
	Resolved     bool   // false if any step of it led nowhere

	// Step is the first one that led nowhere, as in the template, such as name or
	// get(0); empty if all of them led somewhere, or if the variable has no value.
	Step                 string
	StepLine, StepColumn int
}

// setUp gives the well-known names their values.
//
// Documented: API Gateway Developer Guide, Mapping template and access logging variable
// reference: $context, $input, $stageVariables and $util. They are ordinary variables, so
// #set may hide them.
func (st *state) setUp(vars *Vars) {
	t := st.t
	if len(vars.Top) > 0 { // hardly ever, and walking over none would be paid for
		for name, v := range vars.Top {
			if i := t.tree.Slot(name); i >= 0 {
				st.vars[i] = input.Top(&st.VM, v, t.stock)
			}
		}
	}
	if t.stock {
		return
	}
	if t.input >= 0 {
		st.inputs.Start(&st.VM, vars.Body, vars.Text, vars.Params)
		st.vars[t.input] = java.ObjectValue(&st.inputs)
	}
	if t.util >= 0 {
		st.vars[t.util] = java.ObjectValue(input.Util)
	}
	if t.context >= 0 {
		st.ctx.Start(&st.VM, vars.Context, vars.kept)
		st.vars[t.context] = java.ObjectValue(&st.ctx)
	}
	if t.stage >= 0 {
		st.stage.Start(&st.VM, vars.StageVariables, vars.Stage)
		st.vars[t.stage] = java.ObjectValue(&st.stage)
	}
}
