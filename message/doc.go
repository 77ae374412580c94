// Package message is what everybody who passes messages on has to agree on: header
// fields as they were spelled and in their order, which of them concern one hop or
// the framing alone, and the classes of what may become of a call, with the words
// that AWS has for them. It knows no rooms.
package message
