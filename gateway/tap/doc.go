// Package tap is the one place through which both planes tell what they do: every
// room that a request or message passes leaves a Step, which says what was done or
// chosen there, when, and why.
//
// Logs, metrics and traces subscribe to it. A Hub is made with the list of them; of
// that list each stage has an Audience, of those alone that its configuration needs,
// made when it is deployed; a Tap is what one exchange tells its
// audience through. The exchange itself, its $context and what became of it, is in
// package exchange: a step is told beside it and is not part of it, since most
// exchanges are not watched.
//
// What a subscriber wants is asked for each exchange, so that one which shows exchanges
// to somebody who looks, now and then, wants nothing meanwhile.
//
// The record of an exchange is told beside them, in its own words: who listens to steps
// and who records do not make each other's work.
//
// It promises that what nobody wants to know costs one comparison of bits and no
// allocation, that a Step is a value which holds nothing of a request that it has not
// copied, that data are in it for those alone who asked for data, and then without
// secrets, and that a subscriber that panics costs nobody anything else.
//
// It refuses to wait: a subscriber that must, such as for a disk, has a queue.
package tap
