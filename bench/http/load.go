package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/bench/measured"
)

// full loads the proxy with wrk for as long as a figure takes.
func (p *proxy) full() (figures, error) {
	if _, _, err := p.wrk(time.Second); err != nil { // warm up
		return figures{}, err
	}
	before := p.cpu()
	out, own, err := p.wrk(time.Duration(*seconds) * time.Second)
	if err != nil {
		return figures{}, err
	}
	f, requests, err := read(out)
	if err != nil {
		return f, err
	}
	f.cpu = float64((p.cpu() - before).Microseconds()) / float64(requests)
	f.memory, f.own = p.resident(), float64(own.Microseconds())/float64(requests)
	return f, nil
}

// wrk runs it; own is the processor time that it took itself.
func (p *proxy) wrk(d time.Duration) (out string, own time.Duration, err error) {
	args := []string{"-t1", fmt.Sprintf("-c%d", *connections), fmt.Sprintf("-d%ds", int(d.Seconds())), "--latency"}
	if p.host != "" {
		args = append(args, "-H", "Host: "+p.host)
	}
	if p.token != "" {
		args = append(args, "-H", "Authorization: Bearer "+p.token)
	}
	cmd := exec.Command("wrk", append(args, p.url)...)
	text, err := cmd.CombinedOutput()
	if err != nil {
		return "", 0, fmt.Errorf("wrk: %w: %s", err, text)
	}
	return string(text), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
}

var (
	wrkRate     = regexp.MustCompile(`Requests/sec:\s+([\d.]+)`)
	wrkRequests = regexp.MustCompile(`(\d+) requests in`)
	wrkBad      = regexp.MustCompile(`Non-2xx or 3xx responses: (\d+)`)
	wrk50       = regexp.MustCompile(`50%\s+(\S+)`)
	wrk99       = regexp.MustCompile(`99%\s+(\S+)`)
)

func read(out string) (f figures, requests int64, err error) {
	if bad := wrkBad.FindStringSubmatch(out); bad != nil {
		return f, 0, fmt.Errorf("%s answers were errors", bad[1])
	}
	find := func(r *regexp.Regexp) string {
		if found := r.FindStringSubmatch(out); found != nil {
			return found[1]
		}
		err = fmt.Errorf("wrk did not say %s:\n%s", r, out)
		return "0"
	}
	f.rate, _ = strconv.ParseFloat(find(wrkRate), 64)
	requests, _ = strconv.ParseInt(find(wrkRequests), 10, 64)
	f.p50, _ = time.ParseDuration(find(wrk50))
	f.p99, _ = time.ParseDuration(find(wrk99))
	return f, requests, err
}

// paced sends requests at a fixed rate over all connections. The first of each is told by itself:
// it finds a proxy that has only just begun, and has it connect to the backend. With 500
// connections and 36,000 requests these are more than a hundredth of all, so that p99 would be theirs.
func paced(target, host, token string, rate float64) (f figures, err error) {
	askers, err := dial(target, host, token)
	if err != nil {
		return f, err
	}
	defer hangUp(askers)
	once := time.Duration(float64(len(askers)) / rate * float64(time.Second))
	first, err := ask(askers, once, rate)
	if err != nil {
		return f, err
	}
	_, f.first = percentiles(first)
	if _, err := ask(askers, time.Second, rate); err != nil { // warm up
		return f, err
	}
	took, err := ask(askers, time.Duration(*seconds)*time.Second, rate)
	if err != nil {
		return f, err
	}
	f.p50, f.p99 = percentiles(took)
	return f, nil
}

func percentiles(sorted []time.Duration) (p50, p99 time.Duration) {
	return sorted[len(sorted)/2].Round(time.Microsecond), sorted[len(sorted)*99/100].Round(time.Microsecond)
}

// asker asks for one answer after another.
type asker struct {
	once  func() error // one question; it fails unless the answer is good
	close func()
}

func hangUp(askers []asker) {
	for _, a := range askers {
		a.close()
	}
}

// dial makes an asker of each connection.
func dial(target, host, token string) (askers []asker, err error) {
	u, err := url.Parse(target)
	if err != nil {
		return nil, err
	}
	if host == "" {
		host = u.Host
	}
	request := "GET " + u.RequestURI() + " HTTP/1.1\r\nHost: " + host + "\r\n"
	if token != "" {
		request += "Authorization: Bearer " + token + "\r\n"
	}
	request += "\r\n"
	for range *connections {
		conn, err := net.Dial("tcp", u.Host)
		if err != nil {
			hangUp(askers)
			return nil, err
		}
		r := bufio.NewReader(conn)
		askers = append(askers, asker{func() error { return converse(conn, r, request) }, func() { _ = conn.Close() }})
	}
	return askers, nil
}

func converse(conn net.Conn, r *bufio.Reader, request string) error {
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(conn, request); err != nil {
		return err
	}
	response, err := http.ReadResponse(r, nil)
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	return nil
}

// ask has all ask for as long as d: as fast as answers come, or rate a second over
// all of them, each measured from the moment at which it was due, so that a stall is
// counted in full. What each took is sorted.
func ask(askers []asker, d time.Duration, rate float64) (all []time.Duration, err error) {
	n := time.Duration(len(askers))
	var every time.Duration
	if rate > 0 {
		every = time.Duration(float64(n) / rate * float64(time.Second))
	}
	var group sync.WaitGroup
	var mu sync.Mutex
	begin := time.Now().Add(10 * time.Millisecond)
	for i, a := range askers {
		group.Go(func() {
			took, failed := a.repeat(begin.Add(every*time.Duration(i)/n), begin.Add(d), every)
			mu.Lock()
			defer mu.Unlock()
			all = append(all, took...)
			if failed != nil {
				err = failed
			}
		})
	}
	group.Wait()
	if err == nil && len(all) == 0 {
		err = errors.New("nothing was answered")
	}
	slices.Sort(all)
	return all, err
}

func (a asker) repeat(due, end time.Time, every time.Duration) (took []time.Duration, err error) {
	for ; due.Before(end); due = due.Add(every) {
		if every > 0 {
			time.Sleep(time.Until(due))
		} else {
			due = time.Now()
		}
		if err := a.once(); err != nil {
			return took, err
		}
		took = append(took, time.Since(due))
	}
	return took, nil
}

// cpu is the CPU time of the proxy and its children, from /proc.
func (p *proxy) cpu() (total time.Duration) {
	for _, pid := range p.family() {
		total += measured.CPU(pid)
	}
	return total
}

func (p *proxy) resident() (total int64) {
	for _, pid := range p.family() {
		total += measured.Resident(pid)
	}
	return total
}

// family is the proxy's process and its children.
func (p *proxy) family() []int {
	pid, family := p.pid, []int{p.pid}
	children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	for _, child := range strings.Fields(string(children)) {
		if n, err := strconv.Atoi(child); err == nil {
			family = append(family, n)
		}
	}
	return family
}
