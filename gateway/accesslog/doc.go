// Package accesslog writes one line for every request, message, $connect and
// $disconnect of a stage that has access log settings, in the format that the
// stage gives. Its files take the lines of other logs too.
//
// A format is taken apart once for each deployment; a line is rendered by the
// goroutine of its request and put into the queue of its destination, which one
// goroutine writes. It promises that a request never waits for a disk: a full
// queue drops lines and counts them. Lines of one destination keep their order
// and are never mixed; a value cannot forge a line.
//
// It refuses to reach CloudWatch or Firehose: the ARN of a destination is mapped
// to a file or the standard output, and what is not mapped is not written.
package accesslog
