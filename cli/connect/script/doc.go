// Package script is the text form of a conversation with a WebSocket API: what is sent,
// what is expected, and how a frame is held against it. docs/connect.md describes it for
// those who write it; Parse and Writer are its two ends.
//
// It promises that what Writer writes is read back as the same frames, that an
// expectation which cannot be kept is told with its line before anything is sent, and
// that a difference names the place in the frame. Patterns are RE2: a frame cannot make
// them slow. It refuses to know how frames travel.
package script
