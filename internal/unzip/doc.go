// Package unzip unpacks zip archives that anybody may have made, such as the code of
// functions.
//
// It promises that nothing is written outside of the folder, through names or links of
// the archive or in any other way, and that what an archive becomes has a bound.
//
// It refuses what is neither a file, a folder nor a link, and of a file's mode it keeps
// whether that can be executed.
package unzip
