package jsonpath

import (
	"errors"
	"math"

	"github.com/dragoman-gateway/dragoman/mapping/json"
)

// function is what a path may end with; it works on the value found. found is
// false where the value is of another kind, and an error ends the evaluation.
// Documented: the README, Functions.
type function func(n json.Node) (json.Node, bool, error)

var errEmpty = errors.New("a function was given no numbers")

// functionNamed is the function of a name, nil if there is none. size is another
// name of length; first and last came with later releases.
func functionNamed(name string) function {
	switch name {
	case "length", "size":
		return length
	case "min":
		return aggregate(func(a []float64) float64 { return fold(a, math.Min) })
	case "max":
		return aggregate(func(a []float64) float64 { return fold(a, math.Max) })
	case "sum":
		return aggregate(sum)
	case "avg":
		return aggregate(func(a []float64) float64 { return sum(a) / float64(len(a)) })
	case "stddev":
		return aggregate(deviation)
	case "keys":
		return keys
	case "first":
		return func(n json.Node) (json.Node, bool, error) { return item(n, 0) }
	case "last":
		return func(n json.Node) (json.Node, bool, error) { return item(n, n.Len()-1) }
	}
	return nil
}

// A text has no length: Observed in the library, which counts items and members
// alone.
func length(n json.Node) (json.Node, bool, error) {
	if n.Kind() < json.Array {
		return json.Node{}, false, nil
	}
	return n.Doc().Value(int32(n.Len())), true, nil
}

// first and last of an empty array lead nowhere.
func item(n json.Node, i int) (json.Node, bool, error) {
	v, ok := n.Item(i)
	return v, ok, nil
}

// The names are in the order of the payload, as everything that is read.
func keys(n json.Node) (json.Node, bool, error) {
	if n.Kind() != json.Object {
		return json.Node{}, false, nil
	}
	out := make([]json.Node, 0, n.Len())
	for it := n.Iter(); it.Next(); {
		out = append(out, n.Doc().Value(it.Key()))
	}
	return n.Doc().Array(out...), true, nil
}

// aggregate computes over the numbers of an array; other items are passed over.
// The answer is a double, whatever went in (the README, Functions). Without a
// number there is no answer that would not mislead, so it is an error.
func aggregate(f func([]float64) float64) function {
	return func(n json.Node) (json.Node, bool, error) {
		var nums []float64
		if n.Kind() == json.Array {
			for it := n.Iter(); it.Next(); {
				if isNumber(it.Node()) {
					nums = append(nums, it.Node().Float64())
				}
			}
		}
		if len(nums) == 0 {
			return json.Node{}, false, errEmpty
		}
		return n.Doc().Value(f(nums)), true, nil
	}
}

func isNumber(n json.Node) bool {
	k := n.Kind()
	return k >= json.Int && k <= json.Decimal
}

func fold(a []float64, f func(x, y float64) float64) float64 {
	out := a[0]
	for _, x := range a[1:] {
		out = f(out, x)
	}
	return out
}

// Documented: the README, Functions: sum is a double.
func sum(a []float64) float64 {
	return fold(a, func(x, y float64) float64 { return x + y })
}

// The deviation of a population: divided by their number, not by one less.
func deviation(a []float64) float64 {
	mean := sum(a) / float64(len(a))
	var s float64
	for _, x := range a {
		s += (x - mean) * (x - mean)
	}
	return math.Sqrt(s / float64(len(a)))
}
