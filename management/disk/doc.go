// Package disk completes a configuration document that somebody has named on a command line:
// ${env:NAME} stands for a variable of the environment, ${env:NAME:-TEXT} for TEXT where there
// is none, and a value that is ${file:PATH} and nothing else for what a file holds. $${env: and
// $${file: stand for themselves without the first dollar.
//
// It promises that a file is below the document's folder, whatever links there are: no absolute
// path, no "..", no link that leads out; and that what is read has a bound. Places in the
// document stay as they were, so that errors name its lines. It refuses documents that come
// over the network: whoever sends those must not read this machine's files and variables, so
// no operation of the management API calls it.
package disk
