package measured

import (
	"fmt"
	"slices"
)

// Middle is the median of a figure of all rounds, of which there is one at least.
func Middle[T any](all []T, of func(T) float64) float64 {
	values := sorted(all, of)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}

// Spread is a median with its range.
func Spread[T any](all []T, form string, of func(T) float64) string {
	values := sorted(all, of)
	return fmt.Sprintf(form+" ("+form+"–"+form+")", Middle(all, of), values[0], values[len(values)-1])
}

func sorted[T any](all []T, of func(T) float64) []float64 {
	values := make([]float64, len(all))
	for i, one := range all {
		values[i] = of(one)
	}
	slices.Sort(values)
	return values
}
