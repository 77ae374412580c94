// Package code fetches the code of Lambda functions, as lambda:GetFunction gives it,
// and unpacks it into folders.
//
// It promises that the code is the one whose hash Lambda tells.
//
// It refuses to copy what may hold secrets: variables of the environment are named, and
// their values stay where they are.
package code
