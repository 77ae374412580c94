// Package guardian starts processes that end with the one who wanted them, whatever
// ends that one: a kill -9 leaves nothing behind, grandchildren included.
//
// A guardian is this program started once more, holding one end of a socket. It
// starts the processes, each in a group of its own, tells how they ended, and when
// the socket closes, which the kernel sees to, it kills the groups and ends. On
// Linux it is the subreaper of its descendants as well: what leaves its group by
// setsid is found as the guardian's own child once its parents are gone, and ends
// too. Elsewhere on Unix such a process stays. Where there are no process groups
// at all, on Windows, processes are started directly and end with Close alone.
//
// A parent-death signal would not do: it reaches children only, and it is sent when
// the thread ends that forked them.
package guardian
