//go:build unix

package descriptor

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"
	"testing"
)

// pair is two ends of a connection that holds little, and the descriptor of the first.
func pair(t *testing.T) (near, far net.Conn, raw syscall.RawConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if near, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if far, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { near.Close(); far.Close() })
	// Some kernels would take megabytes at once.
	if err := errors.Join(near.(*net.TCPConn).SetWriteBuffer(64<<10), far.(*net.TCPConn).SetReadBuffer(64<<10)); err != nil {
		t.Fatal(err)
	}
	return near, far, Raw(near)
}

// What is not there is not waited for; what is there is read, and the end after it.
func TestReadNow(t *testing.T) {
	_, far, raw := pair(t)
	p := make([]byte, 16)
	if err := raw.Control(func(fd uintptr) {
		if n, err := ReadNow(fd, p); n > 0 || err != syscall.EAGAIN {
			t.Errorf("nothing is there: %d, %v; want EAGAIN", n, err)
		}
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := far.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	far.Close()
	var got []byte
	ended := false
	if err := raw.Read(func(fd uintptr) bool {
		for {
			n, err := ReadNow(fd, p[:3])
			switch {
			case err == syscall.EAGAIN:
				return false
			case err != nil:
				t.Error(err)
				return true
			case n == 0:
				ended = true
				return true
			}
			got = append(got, p[:n]...)
		}
	}); err != nil {
		t.Fatal(err)
	}
	if string(got) != "hello" || !ended {
		t.Errorf("read %q, ended %v; want hello and the end", got, ended)
	}
}

// A reader that is slow gets every byte, in as many writes as its window asks for.
func TestWriteNow(t *testing.T) {
	_, far, raw := pair(t)
	sent := bytes.Repeat([]byte("0123456789abcdef"), 1<<18) // 4 MiB, more than sockets hold
	rest, times := sent, 0
	failed, full := make(chan error, 1), make(chan struct{})
	var once sync.Once
	go func() {
		err := raw.Write(func(fd uintptr) bool {
			for len(rest) > 0 {
				n, err := WriteNow(fd, rest)
				if err == syscall.EAGAIN {
					once.Do(func() { close(full) })
					return false
				}
				if err != nil {
					t.Error(err)
					return true
				}
				rest, times = rest[n:], times+1
			}
			return true
		})
		failed <- err
	}()
	select { // nothing is read before there is no room
	case <-full:
	case err := <-failed:
		t.Fatalf("all was written at once, %v", err)
	}
	got := make([]byte, len(sent))
	if _, err := io.ReadFull(far, got); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, sent) {
		t.Error("what came is not what was sent")
	}
	if times < 2 {
		t.Errorf("%d writes of %d bytes; want several, for sockets hold less", times, len(sent))
	}
}

// Parts arrive as one text, whichever of them are empty and however little a slow reader makes room
// for; and nothing is waited for.
func TestWritePartsNow(t *testing.T) {
	_, far, raw := pair(t)
	large := bytes.Repeat([]byte("0123456789abcdef"), 1<<18) // 4 MiB, more than sockets hold
	all := [][3][]byte{
		{[]byte("a"), []byte("bc"), []byte("def")},
		{nil, []byte("second"), nil}, {[]byte("first"), {}, []byte("third")}, {nil, {}, []byte("last")},
		{[]byte("head"), large, []byte("tail")}, {large[1:], nil, large[2:]},
	}
	var sent []byte
	for _, parts := range all {
		sent = append(sent, bytes.Join(parts[:], nil)...)
	}
	failed, full := make(chan error, 1), make(chan struct{})
	var once sync.Once
	go func() {
		var wrong error
		err := raw.Write(func(fd uintptr) bool {
			for ; len(all) > 0; all = all[1:] {
				for parts := &all[0]; len(parts[0])+len(parts[1])+len(parts[2]) > 0; {
					n, err := WritePartsNow(fd, parts)
					switch {
					case err == syscall.EAGAIN:
						once.Do(func() { close(full) })
						return false
					case err == syscall.EINTR:
						continue
					case err != nil || n <= 0:
						wrong = fmt.Errorf("%d bytes, %w", n, err)
						return true
					}
					for i := range parts {
						most := min(n, len(parts[i]))
						parts[i], n = parts[i][most:], n-most
					}
				}
			}
			return true
		})
		failed <- errors.Join(wrong, err)
	}()
	select { // nothing is read before there is no room
	case <-full:
	case err := <-failed:
		t.Fatalf("all was written at once, %v", err)
	}
	got := make([]byte, len(sent))
	if _, err := io.ReadFull(far, got); err != nil {
		t.Error(err)
		far.Close() // or the writer would wait for ever
	}
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, sent) {
		t.Error("what came is not what was sent, in its order")
	}
}

// Writing to a client that is gone is an error, and no signal that ends the process.
func TestWriteNowToNobody(t *testing.T) {
	near, far, raw := pair(t)
	if err := far.(*net.TCPConn).SetLinger(0); err != nil {
		t.Fatal(err)
	}
	far.Close()
	_, _ = near.Read(make([]byte, 1)) // until the reset is here
	if err := raw.Control(func(fd uintptr) {
		var err error
		for range 2 { // the first may be told of the reset, the second finds a closed socket
			_, err = WriteNow(fd, []byte("x"))
		}
		if err != syscall.EPIPE && err != syscall.ECONNRESET {
			t.Errorf("writing to nobody: %v", err)
		}
		if _, err = WritePartsNow(fd, &[3][]byte{nil, []byte("x"), []byte("y")}); err != syscall.EPIPE && err != syscall.ECONNRESET {
			t.Errorf("writing parts to nobody: %v", err)
		}
	}); err != nil {
		t.Fatal(err)
	}
}
