// Package poller tells when connections can be read, without a goroutine for each of
// them: whoever waits for many clients that are silent keeps neither stacks nor buffers
// for them.
//
// It promises: a [Waiter] that was armed is called back once, when its connection has
// bytes or has ended, and looked at now and then until that happens; what was disarmed
// or released is not called back by an event of before, also where the system has given
// its descriptor to another connection.
//
// It refuses, with [ErrUnsupported], wherever there is no epoll: whoever asks then waits
// in a goroutine.
//
// It is neither nbio nor gnet. Both want the whole life of a connection, from its accept
// on, and bring buffers, timers and codecs of their own; what is needed here is the one
// thing that package net does not offer, and it leaves everything else as it is.
package poller
