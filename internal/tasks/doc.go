// Package tasks is where goroutines begin, and where a panic ends.
//
// A gateway serves many APIs and clients in one process, and Go ends the process
// for a panic that nobody recovers: one message must not take the others with it.
// So every goroutine is started by a Group, and everything that one client's bytes
// or one user's configuration can drive runs below a Reporter. A panic there is
// counted, logged with its stack, and becomes the failure of that one task.
//
//   - A Group belongs to one owner, who waits for its tasks. Once it is closed it
//     starts none.
//   - A Reporter is told of panics. A process has one, which is handed to the rooms;
//     a nil one, as in tests of a room by itself, logs to slog.Default and counts
//     nothing.
//
// It promises that a panic gets past neither, not even one of the logger's own, and
// that waiting ends with the context. It refuses to start a task again: a loop that
// must go on runs each of its rounds by Reporter.Do. It cannot help where Go
// itself cannot recover: a stack that is full, concurrent writes to a map, memory
// that is gone. Those who recurse over what clients send count the depth.
package tasks
