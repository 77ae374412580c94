// Package starter has small examples that run as they are: a chat over WebSocket with
// its page over HTTP, as a SAM template with a function in one of several languages.
// They need nothing installed but the language.
package starter
