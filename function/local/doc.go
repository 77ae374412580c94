// Package local runs functions as processes of this machine, which speak the Lambda
// Runtime API: whatever runs on AWS's provided runtimes runs here unchanged, and
// Node and Python through small bootstraps that are equal to AWS's own runtime
// clients in all that a handler can see.
//
// A process serves one invocation at a time; there are as many as are needed, up to
// a bound, and they are used again. One that is idle for long ends. A function whose
// files have changed is served by a new process from the next invocation on, while
// those under way end on the old one.
//
// Every wait is bounded: of the init phase, of an invocation, of a caller in line.
// A process that crashes, hangs, grows beyond its memory or answers too much fails
// its own invocation, in Lambda's words. No process outlives the Runner.
//
// Two things differ from Lambda: a process is not frozen between invocations, and
// the files of the machine are its own, not those of a container.
package local
