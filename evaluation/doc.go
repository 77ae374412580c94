// Package evaluation tries what mappings are written in without any traffic: templates,
// JSON paths, selection expressions, parameter mappings, patterns and models. What
// `dragoman render`, `dragoman test`, the operations below /_dragoman/evaluate/ and the
// console tell of them is made here, so that none of these can differ.
//
// It promises that every language is the one that the data plane runs, within its own
// budget of work and memory, and that what is told of a reference is bounded. It refuses
// to know where a sample comes from: a question is one JSON object, an answer another.
package evaluation
