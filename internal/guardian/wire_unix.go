//go:build unix

package guardian

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
)

// request is what a guardian is told: to start a process, or to kill one.
type request struct {
	ID      uint64
	Command *Command `json:",omitempty"` // nil kills
}

// report is what a guardian tells: that a process was started, could not be, or has
// ended.
type report struct {
	ID    uint64
	Pid   int    `json:",omitempty"`
	Error string `json:",omitempty"`
	Exit  *Exit  `json:",omitempty"`
}

// largest bounds a message: arguments and environment of one process, in bytes.
// execve(2): Linux allows 2 MiB of both with the usual limit of the stack.
const largest = 4 << 20

var errLarge = errors.New("arguments and environment are too large")

// line is a socket that messages pass, each with the file that belongs to it.
type line struct {
	socket *net.UnixConn
	mu     sync.Mutex // held while a message is written
}

// send writes a message. The file, which may be nil, goes with its first bytes. unix(7):
// descriptors travel beside at least one byte, and a stream keeps them at its place.
func (l *line) send(message any, with *os.File) error {
	text, err := json.Marshal(message)
	if err != nil {
		return err
	}
	if len(text) > largest {
		return errLarge
	}
	var rights []byte
	if with != nil {
		rights = syscall.UnixRights(int(with.Fd()))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	// The length alone goes with the file: a message that is written in parts would have it twice.
	if _, _, err := l.socket.WriteMsgUnix(binary.BigEndian.AppendUint32(nil, uint32(len(text))), rights, nil); err != nil {
		return err
	}
	_, err = l.socket.Write(text)
	return err
}

// receive reads a message, and the file that came with it.
func (l *line) receive(message any) (with *os.File, err error) {
	var head [4]byte
	rights := make([]byte, syscall.CmsgSpace(4))
	n, m, _, _, err := l.socket.ReadMsgUnix(head[:], rights)
	if err != nil {
		return nil, err
	}
	// Taken even where the message is none: a descriptor that nobody closes is lost for good.
	if m > 0 {
		with = fileOf(rights[:m])
	}
	if n == 0 {
		return with, io.EOF
	}
	if _, err := io.ReadFull(l.socket, head[n:]); err != nil {
		return with, err
	}
	size := binary.BigEndian.Uint32(head[:])
	if size > largest {
		return with, errLarge
	}
	text := make([]byte, size)
	if _, err := io.ReadFull(l.socket, text); err != nil {
		return with, err
	}
	return with, json.Unmarshal(text, message)
}

// fileOf is the file of a control message. It is marked at once: until then another
// thread could start a process that inherits it.
func fileOf(rights []byte) *os.File {
	messages, err := syscall.ParseSocketControlMessage(rights)
	if err != nil || len(messages) == 0 {
		return nil
	}
	files, err := syscall.ParseUnixRights(&messages[0])
	if err != nil || len(files) == 0 {
		return nil
	}
	syscall.CloseOnExec(files[0])
	return os.NewFile(uintptr(files[0]), "output")
}
