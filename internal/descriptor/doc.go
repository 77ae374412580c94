// Package descriptor shares the open files that a process may have between those
// who take them: the clients of each listener, and the connections to backends.
//
// A process that is out of descriptors accepts nobody and calls nobody, and whoever
// opens the most connections decides when. So each has a Share: a Listener refuses
// the connections beyond its own at once, and a dialler fails, while the others go
// on.
//
// It also reads and writes sockets by themselves, without Go's scheduler being told, for who is woken
// when they are ready: see ReadNow.
//
// It promises that a connection counts until it is closed, whoever has it by then,
// and that an accept that fails is logged and counted. It refuses to make a client
// wait.
package descriptor
