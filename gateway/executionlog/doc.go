// Package executionlog writes what routes log of their own execution: for each
// exchange the steps that package tap tells of, each an event on a line of its own,
// with the id of its request. What AWS logs has AWS's words where they are known; what
// was chosen, and why, has ours.
//
// The log of a stage is named as its log group is on AWS. Routes of WebSocket APIs log
// as their loggingLevel and dataTraceEnabled say, to the file that is given for that
// name, else to the log of the process. HTTP APIs have neither on AWS: a file for the
// name of the group is what switches the log on, and it has decisions alone, no headers
// and no bodies.
//
// It refuses to write more than AWS would of an event, which is 1,024 bytes.
package executionlog
