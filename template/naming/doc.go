// Package naming tells what resources of CloudFormation are called, and what their attributes
// are, without making any: ids are drawn from the names of stack and resource, so that they
// are the same wherever and whenever a template is read.
//
// It promises an answer for every type. Of those that forms.txt lists it has the form that AWS
// gives; of others, custom resources among them, something that looks as such a value does.
package naming
