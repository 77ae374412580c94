package http2

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/message"
)

// house answers as handlers of all kinds do.
func house() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
		w.Header().Set(http.TrailerPrefix+"X-Sum", r.Trailer.Get("X-Sum"))
	})
	m.HandleFunc("/lines", func(w http.ResponseWriter, r *http.Request) {
		lines := w.(interface {
			WriteLines(int, message.Header)
		})
		lines.WriteLines(201, message.Header{{Name: "X-B", Value: "1"}, {Name: "X-A", Value: "2"}, {Name: "X-B", Value: "3"}, {Name: "Connection", Value: "close"}, {Name: "No name", Value: "x"}, {Name: "X-Bad", Value: "a\r\nb"}})
		fmt.Fprintf(w, "%s %s %v", r.Host, r.URL.RawQuery, r.TLS != nil)
	})
	m.HandleFunc("/empty", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	m.HandleFunc("/long", func(w http.ResponseWriter, _ *http.Request) {
		for range 64 {
			_, _ = w.Write(bytes.Repeat([]byte("x"), 50_000))
		}
	})
	m.HandleFunc("/steps", func(w http.ResponseWriter, r *http.Request) {
		b := make([]byte, 1)
		_ = http.NewResponseController(w).EnableFullDuplex()
		w.WriteHeader(200)
		w.(http.Flusher).Flush()
		for {
			n, err := r.Body.Read(b)
			if n > 0 {
				_, _ = w.Write(b)
				w.(http.Flusher).Flush()
			}
			if err != nil {
				return
			}
		}
	})
	m.HandleFunc("/panic", func(http.ResponseWriter, *http.Request) { panic("in the test") })
	m.HandleFunc("/abort", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(make([]byte, 10_000))
		panic(http.ErrAbortHandler)
	})
	m.HandleFunc("/short", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10")
		_, _ = io.WriteString(w, "less")
	})
	m.HandleFunc("/early", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</a>")
		w.WriteHeader(http.StatusEarlyHints)
		_, _ = io.WriteString(w, "<p>")
	})
	return m
}

// Go's client asks for all that a handler can do.
func TestJourney(t *testing.T) {
	for _, secure := range []bool{true, false} {
		s := &Server{Handler: house(), RequestID: func() string { return "id" }}
		address, config := listenAndServe(t, s, secure)
		base := map[bool]string{true: "https://", false: "http://"}[secure] + address
		c := over(t, config)
		do := func(method, path, body string) (*http.Response, string, error) {
			r, _ := http.NewRequestWithContext(t.Context(), method, base+path, strings.NewReader(body))
			r.Header.Add("Cookie", "a=1")
			resp, err := c.Do(r)
			if err != nil {
				return nil, "", err
			}
			defer resp.Body.Close()
			all, err := io.ReadAll(resp.Body)
			return resp, string(all), err
		}
		resp, got, err := do("GET", "/lines?q=1", "")
		want := fmt.Sprintf("%s q=1 %v", address, secure)
		if err != nil || resp.StatusCode != 201 || got != want || strings.Join(resp.Header["X-B"], ",") != "1,3" || resp.Header.Get("X-Bad") != "a  b" {
			t.Errorf("lines: got %v %q %v, want %q", resp, got, err, want)
		}
		big := strings.Repeat("0123456789", 200_000)
		if _, got, err = do("POST", "/echo", big); err != nil || got != big {
			t.Errorf("echo: got %d bytes, %v", len(got), err)
		}
		if _, got, err = do("GET", "/long", ""); err != nil || len(got) != 64*50_000 {
			t.Errorf("long: got %d bytes, %v", len(got), err)
		}
		if resp, got, err = do("HEAD", "/long", ""); err != nil || got != "" || resp.ContentLength != 64*50_000 {
			t.Errorf("HEAD: got %v %q %v", resp, got, err)
		}
		if resp, got, err = do("POST", "/empty", big); err != nil || resp.StatusCode != 204 || got != "" {
			t.Errorf("empty: got %v %q %v", resp, got, err)
		}
		if resp, got, err = do("GET", "/early", ""); err != nil || got != "<p>" || resp.ContentLength != 3 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
			t.Errorf("early: got %v %q %v", resp, got, err)
		}
		if resp, got, err = do("GET", "/panic", ""); err != nil || resp.StatusCode != 500 || got != `{"message":"Internal Server Error"}` || resp.Header.Get("Apigw-Requestid") != "id" {
			t.Errorf("panic: got %v %q %v", resp, got, err)
		}
		for _, path := range []string{"/abort", "/short"} {
			if _, got, err = do("GET", path, ""); err == nil {
				t.Errorf("%s: got %d bytes as the whole", path, len(got))
			}
		}
		if n := s.Reports.Panics(); n != 1 {
			t.Errorf("%d panics were reported, want 1", n)
		}
		steps(t, c, base)
		trailers(t, c, base)
	}
}

// steps has each byte of a body answered before the next is sent.
func steps(t *testing.T, c *http.Client, base string) {
	t.Helper()
	in, out := io.Pipe()
	r, _ := http.NewRequestWithContext(t.Context(), "POST", base+"/steps", in)
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b := make([]byte, 1)
	for _, want := range []byte("step by step") {
		_, _ = out.Write([]byte{want})
		if _, err := io.ReadFull(resp.Body, b); err != nil || b[0] != want {
			t.Fatalf("got %q %v, want %q", b, err, want)
		}
	}
	_ = out.Close()
	if n, err := resp.Body.Read(b); n != 0 || err != io.EOF {
		t.Errorf("the end: got %d %v", n, err)
	}
}

func trailers(t *testing.T, c *http.Client, base string) {
	t.Helper()
	r, _ := http.NewRequestWithContext(t.Context(), "POST", base+"/echo", io.MultiReader(strings.NewReader("body")))
	r.Trailer = http.Header{"X-Sum": {"5"}}
	r.Header.Set("Expect", "100-continue")
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, _ := io.ReadAll(resp.Body)
	if string(got) != "body" || resp.Trailer.Get("X-Sum") != "5" {
		t.Errorf("got %q with trailer %v", got, resp.Trailer)
	}
}

// Clients of other makers.
func TestForeignClients(t *testing.T) {
	address, _ := listenAndServe(t, &Server{Handler: house()}, true)
	file := filepath.Join(t.TempDir(), "body")
	body := strings.Repeat("0123456789", 100_000)
	if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Run("curl", func(t *testing.T) {
		curl := needs.Program(t, "curl", "--version")
		if about, _ := exec.Command(curl, "--version").Output(); !strings.Contains(string(about), "HTTP2") {
			needs.Missing(t, "curl", "it does not speak HTTP/2")
		}
		got, err := exec.CommandContext(t.Context(), curl, "-sk", "--http2", "-m", "60", "-w", " %{http_version} %{http_code}",
			"--data-binary", "@"+file, "https://"+address+"/echo").Output()
		if want := body + " 2 200"; err != nil || string(got) != want {
			t.Errorf("got %d bytes and %v, want %d", len(got), err, len(want))
		}
	})
	t.Run("nghttp", func(t *testing.T) {
		nghttp := needs.Program(t, "nghttp", "--version")
		// A client that shrinks its table of headers expects to be told that it was seen.
		got, err := exec.CommandContext(t.Context(), nghttp, "-y", "--header-table-size=100", "-d", file, "https://"+address+"/echo").Output()
		if err != nil || string(got) != body {
			t.Errorf("got %d bytes and %v, want %d", len(got), err, len(body))
		}
	})
}

// Streams are used again while others are under way, and each has its own.
func TestStreamsDoNotMix(t *testing.T) {
	address, config := listenAndServe(t, &Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got := r.Header.Get("X-Mine") + r.URL.Path + string(body)
		w.Header().Set("X-Yours", r.Header.Get("X-Mine"))
		_, _ = io.WriteString(w, got)
		w.(interface{ LetGo() bool }).LetGo()
	})}, true)
	c := over(t, config)
	var all sync.WaitGroup
	for caller := range 20 {
		all.Go(func() {
			for n := range 50 {
				mine := fmt.Sprint(caller, "-", n)
				r, _ := http.NewRequestWithContext(t.Context(), "POST", "https://"+address+"/"+mine, strings.NewReader(mine))
				r.Header.Set("X-Mine", mine)
				resp, err := c.Do(r)
				if err != nil {
					t.Error(err)
					return
				}
				got, _ := io.ReadAll(resp.Body)
				resp.Body.Close()
				if want := mine + "/" + mine + mine; string(got) != want || resp.Header.Get("X-Yours") != mine {
					t.Errorf("got %q, want %q", got, want)
				}
			}
		})
	}
	all.Wait()
}

// A client that gives up ends the context of its request, and nobody else's.
func TestCancel(t *testing.T) {
	began, ended := make(chan struct{}, 1), make(chan error, 1)
	address, config := listenAndServe(t, &Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			return
		}
		began <- struct{}{}
		select {
		case <-r.Context().Done():
			ended <- r.Context().Err()
		case <-time.After(patience):
			ended <- nil
		}
	})}, true)
	c := over(t, config)
	ctx, cancel := context.WithCancel(t.Context())
	r, _ := http.NewRequestWithContext(ctx, "GET", "https://"+address+"/slow", nil)
	go func() { <-began; cancel() }()
	if _, err := c.Do(r); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was cancelled", err)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the handler: got %v, want that it was cancelled", err)
	}
	resp, err := c.Get("https://" + address + "/")
	if err != nil || resp.StatusCode != 200 {
		t.Errorf("afterwards: got %v %v", resp, err)
	}
}

// Shutdown sends idle clients away, and lets what is under way end.
func TestShutdown(t *testing.T) {
	began, goOn := make(chan struct{}, 1), make(chan struct{})
	s := &Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			began <- struct{}{}
			<-goOn
		}
		_, _ = io.WriteString(w, "whole")
	})}
	address, config := listenAndServe(t, s, true)
	answer := make(chan string, 1)
	go func() {
		resp, err := over(t, config).Get("https://" + address + "/slow")
		if err != nil {
			answer <- err.Error()
			return
		}
		defer resp.Body.Close()
		all, err := io.ReadAll(resp.Body)
		answer <- fmt.Sprint(string(all), err)
	}()
	<-began
	idle := over(t, config)
	if resp, err := idle.Get("https://" + address + "/"); err != nil {
		t.Fatal(err)
	} else {
		resp.Body.Close()
	}
	over := make(chan error, 1)
	go func() { over <- s.Shutdown(context.Background()) }()
	for deadline := time.Now().Add(patience); connections(s) > 1; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the idle connection stays")
		}
	}
	select {
	case err := <-over:
		t.Fatalf("Shutdown did not wait: %v", err)
	default:
	}
	close(goOn)
	if got := <-answer; got != "whole<nil>" {
		t.Errorf("got %s", got)
	}
	if err := <-over; err != nil {
		t.Error(err)
	}
}

func connections(s *Server) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}
