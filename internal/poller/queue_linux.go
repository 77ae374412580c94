package poller

import (
	"os"
	"syscall"
	"time"
)

// Supported says whether connections can be waited for here.
const Supported = true

// once is what is waited for: bytes or an end, told a single time (epoll_ctl(2)).
const once = syscall.EPOLLIN | syscall.EPOLLRDHUP | syscall.EPOLLONESHOT

// queue is an epoll instance. It is itself waited for by the runtime's own poller, as a
// file that can be read, so that no thread is held while all are silent, and a deadline
// and an end come as they do for any file.
type queue struct {
	file   *os.File
	raw    syscall.RawConn
	events [256]syscall.EpollEvent
	n      int
	until  time.Time // the deadline of file
	read   func(fd uintptr) bool
}

func newQueue() (*queue, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	// A descriptor that does not block is what the runtime takes into its poller.
	if err := syscall.SetNonblock(fd, true); err != nil {
		syscall.Close(fd)
		return nil, os.NewSyscallError("fcntl", err)
	}
	q := &queue{file: os.NewFile(uintptr(fd), "epoll")}
	if q.raw, err = q.file.SyscallConn(); err == nil {
		err = q.file.SetReadDeadline(time.Time{}) // fails where the runtime did not take it
	}
	if err != nil {
		q.file.Close()
		return nil, err
	}
	q.read = q.take
	return q, nil
}

func (q *queue) close() { _ = q.file.Close() }

// take takes the events that are there.
func (q *queue) take(fd uintptr) bool {
	for {
		n, err := syscall.EpollWait(int(fd), q.events[:], 0)
		if err == syscall.EINTR {
			continue
		}
		q.n = max(n, 0)
		return q.n > 0 || err != nil
	}
}

// wait waits for events until a time, and tells of each; false when the queue is closed.
func (q *queue) wait(until time.Time, tell func(index, turn uint32)) bool {
	if !until.Equal(q.until) {
		if err := q.file.SetReadDeadline(until); err != nil {
			return false
		}
		q.until = until
	}
	q.n = 0
	if err := q.raw.Read(q.read); err != nil {
		return os.IsTimeout(err)
	}
	for _, e := range q.events[:q.n] {
		tell(uint32(e.Fd), uint32(e.Pad))
	}
	return true
}

// Arm has w called back when conn can be read, or has ended. The ticket must be the same
// for the same connection, and must be released when that is closed. An error leaves
// nothing armed.
func (p *Poller) Arm(t *Ticket, conn syscall.RawConn, w Waiter) error {
	q, turn, err := p.take(t, w)
	if err != nil {
		return err
	}
	op := syscall.EPOLL_CTL_MOD
	if !t.registered {
		op = syscall.EPOLL_CTL_ADD
	}
	event := syscall.EpollEvent{Events: once, Fd: int32(t.place - 1), Pad: int32(turn)}
	// Control holds the descriptor meanwhile: nobody else can be given the same one.
	failed := conn.Control(func(fd uintptr) {
		err = q.control(op, int(fd), &event)
	})
	if failed != nil {
		err = failed
	}
	if err != nil {
		p.Disarm(t)
		return err
	}
	t.registered = true
	return nil
}

// control is epoll_ctl. The queue stays open while a ticket has a place at it.
func (q *queue) control(op, fd int, e *syscall.EpollEvent) (err error) {
	failed := q.raw.Control(func(own uintptr) { err = syscall.EpollCtl(int(own), op, fd, e) })
	if failed != nil {
		return failed
	}
	return os.NewSyscallError("epoll_ctl", err)
}
