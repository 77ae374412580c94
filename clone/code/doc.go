// Package code fetches the code of Lambda functions, as lambda:GetFunction gives it,
// and unpacks it into folders.
//
// It promises that nothing is written outside of the folder, through names or links of
// the archive or in any other way, that what an archive becomes has a bound, and that
// the code is the one whose hash Lambda tells.
//
// It refuses to copy what may hold secrets: variables of the environment are named, and
// their values stay where they are.
package code
