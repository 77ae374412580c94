package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gobwas/ws"

	"github.com/dragoman-gateway/dragoman/bench/measured"
)

// asking sends one message or request and reads its answer.
type asking func() error

// dialling makes a connection to ask on.
type dialling func() (ask asking, end func(), err error)

const message = `{"action":"echo","data":"0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghij"}`

func connect(address string) (net.Conn, *bufio.Reader, error) {
	conn, err := net.DialTimeout("tcp", address, 10*time.Second)
	if err != nil {
		return nil, nil, err
	}
	_ = conn.SetDeadline(time.Now().Add(time.Duration(*seconds)*time.Second + 30*time.Second))
	return conn, bufio.NewReaderSize(conn, 4096), nil
}

// socket asks a WebSocket API.
func socket(address, id string) dialling {
	frame, err := ws.CompileFrame(ws.MaskFrame(ws.NewTextFrame([]byte(message))))
	return func() (asking, func(), error) {
		if err != nil {
			return nil, nil, err
		}
		conn, r, err := connect(address)
		if err != nil {
			return nil, nil, err
		}
		fmt.Fprintf(conn, "GET /prod HTTP/1.1\r\nHost: %s.execute-api.localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", id)
		response, err := http.ReadResponse(r, nil)
		if err != nil || response.StatusCode != http.StatusSwitchingProtocols {
			conn.Close()
			return nil, nil, fmt.Errorf("the handshake failed: %v %v", response, err)
		}
		return func() error {
			if _, err := conn.Write(frame); err != nil {
				return err
			}
			header, err := ws.ReadHeader(r)
			if err != nil {
				return err
			}
			_, err = r.Discard(int(header.Length))
			return err
		}, func() { conn.Close() }, nil
	}
}

// web asks an HTTP API.
func web(address, id string) dialling {
	request := []byte("GET /pets/dog?x=1 HTTP/1.1\r\nHost: " + id + ".execute-api.localhost\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n")
	return func() (asking, func(), error) {
		conn, r, err := connect(address)
		if err != nil {
			return nil, nil, err
		}
		return func() error {
			if _, err := conn.Write(request); err != nil {
				return err
			}
			response, err := http.ReadResponse(r, nil)
			if err != nil {
				return err
			}
			defer response.Body.Close()
			if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != http.StatusOK {
				return fmt.Errorf("got %s %v", response.Status, err)
			}
			return nil
		}, func() { conn.Close() }, nil
	}
}

// cost is the CPU of a process in microseconds for each answer, under load.
func cost(pid int, dial dialling) (float64, error) {
	if _, err := load(dial, time.Second); err != nil { // warm up
		return 0, err
	}
	before := measured.CPU(pid)
	count, err := load(dial, time.Duration(*seconds)*time.Second)
	if err != nil || count == 0 {
		return 0, fmt.Errorf("%d answers: %v", count, err)
	}
	return float64((measured.CPU(pid) - before).Microseconds()) / float64(count), nil
}

// load keeps one question under way on each connection and counts answers.
func load(dial dialling, d time.Duration) (count int64, err error) {
	var group sync.WaitGroup
	counts, faults := make([]int64, *clients), make([]error, *clients)
	end := time.Now().Add(d)
	for i := range *clients {
		ask, hangUp, err := dial()
		if err != nil {
			return 0, err
		}
		group.Add(1)
		go func() {
			defer group.Done()
			defer hangUp()
			for time.Now().Before(end) && faults[i] == nil {
				if faults[i] = ask(); faults[i] == nil {
					counts[i]++
				}
			}
		}()
	}
	group.Wait()
	for i := range counts {
		if count += counts[i]; faults[i] != nil {
			err = faults[i]
		}
	}
	return count, err
}
