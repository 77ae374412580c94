// Package jsonpath reads values out of payloads by paths in the dialect of the
// Jayway library, the one that API Gateway's templates and expressions use.
//
// A path is compiled once and may then be used by many goroutines. A path that
// can lead to one value only is definite and gives that value or nothing; any
// other gives an array of what it found, perhaps empty.
//
//	$ .name ['name'] ["name"] ['a','b'] [0] [-1] [0,2] [1:3] [-2:] [:2] * [*] ..
//	[?(@.price < $.limit && @.name =~ /x.*/i)]   [(@.length-1)]
//	.length() .min() .max() .avg() .sum() .stddev() .keys() .first() .last() .size()
//
// A path that does not begin with $ or @ is taken as if "$." stood before it.
//
// Documented: the README of Jayway JsonPath, for operators, functions and what is
// returned when. Where releases of the library differ, the older one, 2.0, decides
// unless it only lacks the feature. The package promises: a broken path is an error when it is
// compiled, evaluating never panics, and work is bounded whatever path and
// payload do together. It refuses to change what it reads.
package jsonpath
