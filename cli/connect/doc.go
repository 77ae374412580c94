// Package connect is a WebSocket client for the terminal, in the manner of wscat: lines
// that are typed are sent, frames that come are shown with the time they took. Without a
// terminal it reads messages from standard input and prints answers; it records
// conversations and plays them again as tests. script/ is their text form.
//
// It promises that a frame cannot do anything to the terminal that shows it, that
// everything it waits for has an end, and that frames, queues and lines have bounds. It
// refuses to follow redirects and to believe certificates that neither the system nor the
// caller does.
//
// It speaks through a library of its own, not through the gateway's sockets: what it shows
// of a gateway is what any client would see.
package connect
