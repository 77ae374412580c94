package evaluate

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/mapping/pattern"
)

// judge holds the value of a parameter, or each one of a list, to what its template asks.
// Documented: CloudFormation User Guide, Parameters, Properties.
type judge struct {
	allowed []string
	written string           // the pattern, "" when any text will do
	pattern *pattern.Pattern // nil when it is broken
	steps   int              // that may still be taken to match it
	number  bool

	minLength, maxLength, minValue, maxValue string
}

// demands are the members that a judge goes by.
var demands = []string{"AllowedValues", "AllowedPattern", "MinLength", "MaxLength", "MinValue", "MaxValue"}

// matchingSteps bound the work of one parameter's pattern.
// A pattern such as (a+)+ may need more steps than there is time for on a value that
// almost matches: such a value is refused, as one that does not match is.
const matchingSteps = 100_000

func newJudge(n tree.Node, allowed []string, number bool) *judge {
	j := &judge{
		allowed: allowed, written: n.Get("AllowedPattern").Text(), steps: matchingSteps, number: number,
		minLength: n.Get("MinLength").Text(), maxLength: n.Get("MaxLength").Text(), minValue: n.Get("MinValue").Text(), maxValue: n.Get("MaxValue").Text(),
	}
	if !n.Get("AllowedValues").There() {
		j.allowed = nil
	}
	// Documented: CloudFormation User Guide, Parameters, AllowedPattern: it must match
	// the whole value, not only something in it.
	if j.written != "" {
		j.pattern, _ = pattern.Compile("^(?:" + j.written + ")$")
	}
	return j
}

// numberForm is how numbers are written. Documented: CloudFormation User Guide,
// Parameters: "An integer or float".
var numberForm = regexp.MustCompile(`^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?$`)

// judge says what is wrong with a value, and what would be right.
func (j *judge) judge(value string) (wrong, hint string) {
	// Documented: CloudFormation User Guide, Parameters: of a CommaDelimitedList each
	// value is held to AllowedValues and to the pattern, not the list as it was
	// written.
	if len(j.allowed) > 0 && !slices.Contains(j.allowed, value) {
		return "is not allowed", "allowed are " + clipped(strings.Join(j.allowed, ", "))
	}
	if j.written != "" {
		// Documented: CloudFormation User Guide, Using regular expressions: the syntax
		// is that of Java, which has more than Go's.
		if j.pattern == nil {
			return "cannot be judged: its AllowedPattern is broken", "AllowedPattern is a regular expression as Java has them"
		}
		if matches, err := j.pattern.MatchWithin(value, &j.steps); err != nil || !matches {
			return "does not match", "it must match " + quoted(j.written)
		}
	}
	if !within(float64(utf8.RuneCountInString(value)), j.minLength, j.maxLength) {
		return "is too short or too long", between(j.minLength, j.maxLength) + " characters are allowed"
	}
	// MinValue and MaxValue are of numbers alone; beside other types they have nothing
	// to measure.
	if !j.number {
		return "", ""
	}
	// Go reads hexadecimal numbers, infinities and NaN besides, which are no numbers to
	// CloudFormation: the form is asked as well.
	amount, err := strconv.ParseFloat(value, 64)
	if err != nil || !numberForm.MatchString(value) {
		return "is no number", "as 1 or 1.5"
	}
	if !within(amount, j.minValue, j.maxValue) {
		return "is too small or too large", between(j.minValue, j.maxValue) + " is allowed"
	}
	return "", ""
}

// within says whether an amount is inside of bounds, each of which may be missing.
func within(amount float64, least, most string) bool {
	low, noLow := strconv.ParseFloat(least, 64)
	high, noHigh := strconv.ParseFloat(most, 64)
	return (noLow != nil || amount >= low) && (noHigh != nil || amount <= high)
}

func between(least, most string) string {
	switch {
	case most == "":
		return least + " or more"
	case least == "":
		return most + " or less"
	}
	return least + " to " + most
}
