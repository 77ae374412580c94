// Package evaluate makes resources of CloudFormation templates: parameters, rules,
// mappings, conditions and intrinsic functions are worked out, so that what is left is
// what the templates say.
//
// Nothing is created. What Ref and GetAtt answer is derived from the names of the stack
// and the resource, so that the same template means the same ids wherever and whenever it
// is read; values of resources that were made elsewhere are asked for.
//
// It promises that all faults are told at once, each with its place, and that no template
// costs more than a bound of values and bytes, however its functions multiply them. It reads
// no file, variable or network: whoever calls hands in functions that do. It refuses what
// CloudFormation refuses where a template could then mean two things, and lets pass what
// only CloudFormation's own limits forbid.
package evaluate
