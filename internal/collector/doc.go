// Package collector decides how often Go collects garbage, and when memory goes back to
// the system.
//
// Go lets a heap grow to twice what lives on it. Of a gateway little lives, so that a
// few megabytes of garbage begin a collection and a busy one collects many times a
// second. Here a heap may grow to a floor first, and behaves as ever above it, from the
// collection on that finds it there. After a
// burst, when next to nothing is allocated any more, nothing would collect for two
// minutes: what the burst has left is then given back, and so are the pages of the program itself
// that a start has run through. What loading very many APIs has left goes back before
// anybody is served.
//
// It promises never to have Go collect less where memory is short, since a memory limit
// goes before it, and to leave the process alone where its user has set GOGC.
package collector
