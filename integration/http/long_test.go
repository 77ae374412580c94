package http

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/message"
)

// readLong reads a body by pieces as long as those that a gateway copies long ones in.
func readLong(body io.Reader) (all []byte, err error) {
	piece := make([]byte, 128<<10)
	for {
		n, err := body.Read(piece)
		if all = append(all, piece[:n]...); err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
	}
}

// A long body is whole wherever its backend has cut it into writes, and whatever of it came with the
// head; what follows it on the connection is the next reply.
func TestLongBodiesInPieces(t *testing.T) {
	const size = 200_000
	body := strings.Repeat("0123456789abcdef", size/16)
	first := []int{0, 1, 3000, 4096, 5000, 60_000, size - 1, size}
	address := script(t, func(_ int, c net.Conn) {
		for {
			head := readHead(c)
			_, target, _ := strings.Cut(head, "/")
			text, _, _ := strings.Cut(target, " ")
			cut, err := strconv.Atoi(text)
			if err != nil {
				return // the client is done
			}
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: "+strconv.Itoa(size)+"\r\n\r\n"+body[:cut])
			_, _ = io.WriteString(c, body[cut:])
		}
	})
	c := New(Options{})
	defer c.Close()
	for range 3 {
		for _, cut := range first {
			in, err := c.Forward(context.Background(), get(address, "/"+strconv.Itoa(cut)))
			if err != nil {
				t.Fatal(err)
			}
			got, err := readLong(in.Body)
			if err != nil || !bytes.Equal(got, []byte(body)) {
				t.Fatalf("%d bytes with the head: got %d of %d, %v", cut, len(got), size, err)
			}
			in.Body.Close()
		}
	}
}

// A body that breaks off is never taken for a whole one, however it ends and wherever.
func TestLongBodiesThatBreakOff(t *testing.T) {
	body := strings.Repeat("x", 100_000)
	for _, row := range []struct {
		name, head string
		sent       int
		reset      bool
	}{
		{"a length, closed with the head", "Content-Length: 200000\r\n", 10, false},
		{"a length, closed", "Content-Length: 200000\r\n", len(body), false},
		{"a length, reset", "Content-Length: 200000\r\n", len(body), true},
		{"no length, reset", "", len(body), true},
	} {
		t.Run(row.name, func(t *testing.T) {
			read := make(chan struct{})
			address := script(t, func(_ int, c net.Conn) {
				readHead(c)
				_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n"+row.head+"\r\n"+body[:row.sent])
				if row.reset {
					<-read // what is not read yet would be lost with it
					_ = c.(*net.TCPConn).SetLinger(0)
				}
			})
			c := New(Options{})
			defer c.Close()
			in, err := c.Forward(context.Background(), get(address, "/"))
			if err != nil {
				t.Fatal(err)
			}
			defer in.Body.Close()
			if _, err := io.ReadFull(in.Body, make([]byte, row.sent)); err != nil {
				t.Fatal(err)
			}
			close(read)
			if got, err := readLong(in.Body); !errors.Is(err, message.ErrUnreachable) {
				t.Errorf("after what was sent: %d bytes, %v; want the backend's failure", len(got), err)
			}
		})
	}
}
