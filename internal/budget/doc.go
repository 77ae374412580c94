// Package budget bounds the memory that all clients together can have held for
// them: bodies that are being read, messages that are being put together, answers
// that wait to be sent.
//
// A Budget is a number of bytes that many share. Code that keeps something for a
// client takes its size from the budget through a Hold and gives it back
// afterwards. Nobody waits for room: a size that does not fit is refused with
// ErrFull, which clients see as 503.
//
// It promises that the large never shut out the small: holds of more than a few
// kilobytes leave a part of the budget alone, the larger the more. And that the slow do not sit on
// it: when there is no room, the body that has been on its way for the longest is
// cut off, if that has been too long.
//
// It refuses to know what the bytes are.
package budget
