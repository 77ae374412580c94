package main

import (
	"bufio"
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
)

// full loads the proxy with wrk for as long as a figure takes.
func (p *proxy) full() (figures, error) {
	if _, err := p.wrk(time.Second); err != nil { // warm up
		return figures{}, err
	}
	before := p.cpu()
	out, err := p.wrk(time.Duration(*seconds) * time.Second)
	if err != nil {
		return figures{}, err
	}
	f, requests, err := read(out)
	if err != nil {
		return f, err
	}
	f.cpu = float64((p.cpu() - before).Microseconds()) / float64(requests)
	f.memory = p.resident()
	return f, nil
}

func (p *proxy) wrk(d time.Duration) (string, error) {
	args := []string{"-t1", fmt.Sprintf("-c%d", *connections), fmt.Sprintf("-d%ds", int(d.Seconds())), "--latency"}
	if p.host != "" {
		args = append(args, "-H", "Host: "+p.host)
	}
	if p.token != "" {
		args = append(args, "-H", "Authorization: Bearer "+p.token)
	}
	out, err := exec.Command("wrk", append(args, p.url)...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("wrk: %w: %s", err, out)
	}
	return string(out), nil
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

// paced sends requests at a fixed rate over all connections and measures each
// from the moment at which it was due, so that a stall is counted in full.
func paced(target, host, token string, rate float64) (figures, error) {
	u, err := url.Parse(target)
	if err != nil {
		return figures{}, err
	}
	if host == "" {
		host = u.Host
	}
	request := "GET " + u.RequestURI() + " HTTP/1.1\r\nHost: " + host + "\r\n"
	if token != "" {
		request += "Authorization: Bearer " + token + "\r\n"
	}
	request += "\r\n"
	n := *connections
	every := time.Duration(float64(n) / rate * float64(time.Second))
	var group sync.WaitGroup
	var mu sync.Mutex
	var all []time.Duration
	var fault error
	begin := time.Now().Add(100 * time.Millisecond)
	for i := range n {
		group.Go(func() {
			took, err := pacedOne(u.Host, request, begin.Add(every*time.Duration(i)/time.Duration(n)), every)
			mu.Lock()
			defer mu.Unlock()
			all = append(all, took...)
			if err != nil {
				fault = err
			}
		})
	}
	group.Wait()
	if fault != nil {
		return figures{}, fault
	}
	slices.Sort(all)
	return figures{p50: all[len(all)/2].Round(time.Microsecond), p99: all[len(all)*99/100].Round(time.Microsecond)}, nil
}

func pacedOne(address, request string, due time.Time, every time.Duration) ([]time.Duration, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	r := bufio.NewReader(conn)
	end := due.Add(time.Duration(*seconds) * time.Second)
	_ = conn.SetDeadline(end.Add(10 * time.Second))
	var took []time.Duration
	for ; due.Before(end); due = due.Add(every) {
		time.Sleep(time.Until(due))
		if _, err := io.WriteString(conn, request); err != nil {
			return took, err
		}
		response, err := http.ReadResponse(r, nil)
		if err != nil {
			return took, err
		}
		_, _ = io.Copy(io.Discard, response.Body)
		if response.StatusCode != http.StatusOK {
			return took, fmt.Errorf("status %d", response.StatusCode)
		}
		took = append(took, time.Since(due))
	}
	return took, nil
}

// cpu is the CPU time of the proxy and its children, from /proc.
func (p *proxy) cpu() (total time.Duration) {
	for _, pid := range p.family() {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		fields := strings.Fields(rest)
		if len(fields) > 12 {
			user, _ := strconv.ParseInt(fields[11], 10, 64)
			system, _ := strconv.ParseInt(fields[12], 10, 64)
			total += time.Duration(user+system) * time.Second / 100 // USER_HZ
		}
	}
	return total
}

func (p *proxy) resident() (total int64) {
	for _, pid := range p.family() {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
		if fields := strings.Fields(string(text)); err == nil && len(fields) > 1 {
			pages, _ := strconv.ParseInt(fields[1], 10, 64)
			total += pages * int64(os.Getpagesize())
		}
	}
	return total
}

// family is the proxy's process and its children.
func (p *proxy) family() []int {
	pid := p.cmd.Process.Pid
	family := []int{pid}
	children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	for _, child := range strings.Fields(string(children)) {
		if n, err := strconv.Atoi(child); err == nil {
			family = append(family, n)
		}
	}
	return family
}
