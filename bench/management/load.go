package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// rates are calls a second, by number of callers.
type rates struct{ reads, writes map[int]float64 }

const signature = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/apigateway/aws4_request, SignedHeaders=host, Signature=00"

// caller is one connection that makes one call after the other. It writes and
// reads HTTP/1.1 itself, so that the load costs as little as it can.
type caller struct {
	conn net.Conn
	r    *bufio.Reader
	host string
}

func (p *peer) caller() (*caller, error) {
	c := &caller{host: strings.TrimPrefix(p.base, "http://")}
	return c, c.dial()
}

func (c *caller) dial() error {
	conn, err := net.Dial("tcp", c.host)
	if err == nil {
		c.conn, c.r = conn, bufio.NewReaderSize(conn, 8<<10)
	}
	return err
}

func (c *caller) close() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}

// call makes a call; it answers the body of a 2xx.
func (c *caller) call(method, path, body string) ([]byte, error) {
	if c.conn == nil { // the server closed it after the last answer
		if err := c.dial(); err != nil {
			return nil, err
		}
	}
	_ = c.conn.SetDeadline(time.Now().Add(60 * time.Second))
	_, err := fmt.Fprintf(c.conn, "%s %s HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\nX-Amz-Date: 20260101T000000Z\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		method, path, c.host, signature, len(body), body)
	if err != nil {
		return nil, err
	}
	response, err := http.ReadResponse(c.r, nil)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(response.Body)
	if response.Close {
		c.close()
	}
	if err == nil && response.StatusCode/100 != 2 {
		err = fmt.Errorf("%s %s: status %d %s", method, path, response.StatusCode, text)
	}
	return text, err
}

const create = `{"name":"bench","protocolType":"HTTP","description":"an API that is only stored"}`

// createApi makes an API and answers its id.
func (c *caller) createApi() (string, error) {
	text, err := c.call("POST", "/v2/apis", create)
	if err != nil {
		return "", err
	}
	var api struct {
		ApiId string `json:"apiId"`
	}
	err = json.Unmarshal(text, &api)
	return api.ApiId, err
}

// pace runs work on n connections for the time of a figure and answers calls a
// second.
func (p *peer) pace(n int, work func(c *caller) error) (float64, error) {
	var group sync.WaitGroup
	var count atomic.Int64
	faults := make(chan error, n)
	begin := time.Now()
	end := begin.Add(time.Duration(*seconds) * time.Second)
	for range n {
		c, err := p.caller()
		if err != nil {
			return 0, err
		}
		group.Go(func() {
			defer c.close()
			for time.Now().Before(end) {
				if err := work(c); err != nil {
					faults <- err
					return
				}
				count.Add(1)
			}
		})
	}
	group.Wait()
	took := time.Since(begin).Seconds()
	select {
	case err := <-faults:
		return 0, err
	default:
		return float64(count.Load()) / took, nil
	}
}

func (p *peer) rates() (rates, error) {
	c, err := p.caller()
	if err != nil {
		return rates{}, err
	}
	id, err := c.createApi()
	c.close()
	if err != nil {
		return rates{}, err
	}
	got := rates{map[int]float64{}, map[int]float64{}}
	for _, n := range []int{1, 16} {
		if got.reads[n], err = p.pace(n, func(c *caller) error { _, err := c.call("GET", "/v2/apis/"+id, ""); return err }); err != nil {
			return got, err
		}
		if got.writes[n], err = p.pace(n, func(c *caller) error { _, err := c.createApi(); return err }); err != nil {
			return got, err
		}
		fmt.Printf("%-12s %2d callers  %8.0f reads/s  %8.0f writes/s\n", p.name, n, got.reads[n], got.writes[n])
	}
	return got, nil
}

// growth measures how long a read takes with more and more APIs stored.
func (p *peer) growth() error {
	second, err := startOurs()
	if err != nil {
		return err
	}
	defer second.stop()
	var ids []string
	var mu sync.Mutex
	for _, size := range []int{10, 1000, *most} {
		var group sync.WaitGroup
		for range 16 {
			c, err := second.caller()
			if err != nil {
				return err
			}
			group.Go(func() {
				defer c.close()
				for {
					mu.Lock()
					enough := len(ids) >= size
					mu.Unlock()
					if enough {
						return
					}
					id, err := c.createApi()
					if err != nil {
						return
					}
					mu.Lock()
					ids = append(ids, id)
					mu.Unlock()
				}
			})
		}
		group.Wait()
		median, err := second.latency(ids)
		if err != nil {
			return err
		}
		fmt.Printf("GetApi with %6d APIs stored: median %6.1f µs\n", len(ids), float64(median.Nanoseconds())/1000)
	}
	return nil
}

func (p *peer) latency(ids []string) (time.Duration, error) {
	c, err := p.caller()
	if err != nil {
		return 0, err
	}
	defer c.close()
	took := make([]time.Duration, 5000)
	for i := range took {
		begin := time.Now()
		if _, err := c.call("GET", "/v2/apis/"+ids[(i*7919)%len(ids)], ""); err != nil {
			return 0, err
		}
		took[i] = time.Since(begin)
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}
