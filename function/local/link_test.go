package local

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/message"
)

// speaker speaks to the Runtime API of a process as its runtime might, to the byte.
type speaker struct {
	t    *testing.T
	at   string
	id   string // of the last event
	conn net.Conn
	in   *bufio.Reader
}

// dial makes a connection, beside one that there may be.
func (s *speaker) dial() {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.at)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	s.conn, s.in = conn, bufio.NewReader(conn)
}

// say sends a text, in which $NEXT and $POST begin a request and $ID is the event's.
func (s *speaker) say(text string) {
	s.t.Helper()
	text = strings.NewReplacer("$NEXT", "GET "+runtimeAt+"invocation/next HTTP/1.1\r\nHost: "+s.at+"\r\n",
		"$POST", "POST "+runtimeAt+"invocation/"+s.id+"/response HTTP/1.1\r\nHost: "+s.at+"\r\n", "$ID", s.id).Replace(text)
	if _, err := io.WriteString(s.conn, text); err != nil {
		s.t.Fatal(err)
	}
}

// hear reads an answer, which must begin with a status and have a text.
func (s *speaker) hear(status int, text string) *http.Response {
	s.t.Helper()
	r, err := http.ReadResponse(s.in, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != status || !strings.Contains(string(body), text) {
		s.t.Fatalf("got %d %.200s (%v), want %d %.200s", r.StatusCode, body, err, status, text)
	}
	if id := r.Header.Get("Lambda-Runtime-Aws-Request-Id"); id != "" {
		s.id = id
	}
	return r
}

// Runtimes speak in pieces, at a stroke, ahead of their turn, by chunks and not to the end; whatever they do, each is
// answered in turn, and what one gets wrong costs nobody an event.
func TestRuntimesSpeakAsTheyLike(t *testing.T) {
	needs.Program(t, "sh")
	const done, plain = "$POST" + "Content-Length: 6\r\n\r\n\"done\"", "$NEXT\r\n"
	event := `{"n":1}`
	for name, speak := range map[string]func(s *speaker){
		"plainly": func(s *speaker) {
			s.say(plain)
			r := s.hear(200, event)
			if r.Header.Get("Lambda-Runtime-Deadline-Ms") == "" || r.Header.Get("Date") == "" || r.ContentLength != int64(len(event)) {
				s.t.Errorf("the head is %v", r.Header)
			}
			// Its caller's lines may end within; those of a head do not.
			if got := r.Header.Get("Lambda-Runtime-Client-Context"); got != `{  "a": 1}` {
				s.t.Errorf("the context is %q", got)
			}
			s.say(done)
			s.hear(202, "OK")
		},
		"in pieces": func(s *speaker) {
			for _, piece := range strings.SplitAfter("GET "+runtimeAt+"invocation/next HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n", "i") {
				s.say(piece)
			}
			s.hear(200, event)
			s.say("$POST" + "content-length: 6\r\n")
			s.say("\r\n\"do")
			s.say(`ne"`)
			s.hear(202, "OK")
		},
		"at a stroke": func(s *speaker) {
			s.say(plain)
			s.hear(200, event)
			s.say(done + plain)
		},
		"at a stroke, and not the whole": func(s *speaker) {
			s.say(plain)
			s.hear(200, event)
			s.say(done + "GET " + runtimeAt + "invocation/next HTTP/1.1\r\n")
			s.hear(202, "OK")
		},
		"at a stroke, and something else": func(s *speaker) {
			s.say(plain)
			s.hear(200, event)
			s.say(done + "GET " + runtimeAt + "invocation/next HTTP/1.1\r\n\r\n")
			s.hear(202, "OK")
			s.hear(400, "")
		},
		"ahead of its turn": func(s *speaker) {
			s.say(plain + "POST " + runtimeAt + "invocation/other/response HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n1")
			s.hear(200, event)
			s.hear(400, "InvalidRequestID")
			s.say(done)
			s.hear(202, "OK")
		},
		"of another event first": func(s *speaker) {
			s.say(plain)
			s.hear(200, event)
			s.say("POST " + runtimeAt + "invocation/other/response HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n1" + done)
			s.hear(400, "InvalidRequestID")
			s.hear(202, "OK")
		},
		"twice": func(s *speaker) {
			s.say(plain)
			s.hear(200, event)
			s.say(done + done)
			s.hear(202, "OK")
			s.hear(400, "InvalidRequestID")
		},
		"for a second event": func(s *speaker) {
			s.say(plain)
			s.hear(200, event)
			s.say(plain)
			s.hear(403, "State transition from Running to Ready failed")
			s.say(done)
			s.hear(202, "OK")
		},
		"of a large answer": func(s *speaker) {
			s.say(plain)
			s.hear(200, event)
			s.say(fmt.Sprintf("$POST"+"Content-Length: %d\r\n\r\n", 1<<20+6) + strings.Repeat(" ", 1<<20) + `"done"`)
			s.hear(202, "OK")
		},
		"by chunks": func(s *speaker) {
			s.say(plain)
			s.hear(200, event)
			s.say("$POST" + "Transfer-Encoding: chunked\r\n\r\n3\r\n\"do\r\n3\r\nne\"\r\n0\r\n\r\n")
			s.hear(202, "OK")
		},
		"after a word": func(s *speaker) {
			s.say(plain)
			s.hear(200, event)
			s.say("$POST" + "Expect: 100-continue\r\nContent-Length: 6\r\n\r\n")
			if line, _ := s.in.ReadString('\n'); !strings.HasPrefix(line, "HTTP/1.1 100") {
				s.t.Fatalf("got %q", line)
			}
			_, _ = s.in.ReadString('\n')
			s.say(`"done"`)
			s.hear(202, "OK")
		},
		"by HTTP/1.0": func(s *speaker) {
			s.say("GET " + runtimeAt + "invocation/next HTTP/1.0\r\n\r\n")
			s.hear(200, event)
			s.dial()
			s.say(strings.Replace(done, "\r\n", "\r\nConnection: close\r\n", 1))
			s.hear(202, "OK")
			if _, err := s.in.ReadByte(); err != io.EOF {
				s.t.Errorf("the connection is not closed: %v", err)
			}
		},
		"not to the end": func(s *speaker) {
			s.say(plain)
			s.hear(200, event)
			s.say("$POST" + "Content-Length: 6\r\n\r\n\"do")
			_ = s.conn.(*net.TCPConn).CloseWrite()
			s.hear(400, "TruncatedHTTPRequest")
			s.dial()
			s.say(done)
			s.hear(202, "OK")
		},
		"no HTTP": func(s *speaker) {
			s.say("hello\r\n\r\n")
			s.hear(400, "")
			s.dial()
			s.say(plain)
			s.hear(200, event)
			s.say(done)
			s.hear(202, "OK")
		},
		"of what is not there": func(s *speaker) {
			s.say("GET /2018-06-01/runtime/other HTTP/1.1\r\nHost: x\r\n\r\n" + plain)
			s.hear(404, "")
			s.hear(200, event)
			s.say(done)
			s.hear(202, "OK")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := spoken(t)
			answers := g.later(event)
			s := &speaker{t: t, at: g.address()}
			s.dial()
			speak(s)
			if got := <-answers; strings.TrimSpace(got) != `"done"` {
				t.Errorf("the caller got %.200q", got)
			}
		})
	}
}

// A runtime that goes while it waits, and comes again, gets the event all the same, however large it is.
func TestRuntimesComeAgain(t *testing.T) {
	needs.Program(t, "sh")
	g := spoken(t)
	first := g.later("1")
	s := &speaker{t: t, at: g.address()}
	s.dial()
	s.say("$NEXT\r\n")
	s.hear(200, "1")
	s.say("$POST" + "Content-Length: 1\r\n\r\n1$NEXT\r\n")
	<-first
	g.rest("f", 1)
	// Who asks with an answer is told with the event that it was taken.
	between := g.later("2")
	s.hear(202, "OK")
	s.hear(200, "2")
	s.say("$POST" + "Content-Length: 1\r\n\r\n2$NEXT\r\n")
	if got := <-between; got != "2" {
		t.Errorf("the caller got %.200q", got)
	}
	g.rest("f", 1)
	_ = s.conn.Close()
	one := g.Runner.pool("f").idle[0]
	for range 1000 { // until that is noticed
		if one.mu.Lock(); one.phase == answering {
			one.mu.Unlock()
			break
		}
		one.mu.Unlock()
		time.Sleep(5 * time.Millisecond)
	}
	long := `"` + strings.Repeat("x", 5<<20) + `"`
	second := g.later(long)
	s.dial()
	s.say("$NEXT\r\n")
	s.hear(200, long)
	s.say("$POST" + "Content-Length: 1\r\n\r\n2")
	s.hear(202, "OK")
	if got := <-second; got != "2" {
		t.Errorf("the caller got %.200q", got)
	}
}

// spoken runs a function whose process tells where its Runtime API is and says nothing to it.
func spoken(t *testing.T) *rig {
	return run(t, Options{}, Function{Name: "f", Dir: t.TempDir(), Command: []string{"sh", "-c", "echo at=$AWS_LAMBDA_RUNTIME_API.; exec sleep 600"}, Timeout: time.Minute})
}

// address is where the Runtime API of the function's process is.
func (g *rig) address() string {
	g.t.Helper()
	g.await("at=")
	g.await(".")
	return regexp.MustCompile(`at=(\S+)\.`).FindStringSubmatch(g.log())[1]
}

// later invokes a function with a context and gives its answer when it is there.
func (g *rig) later(event string) <-chan string {
	answers := make(chan string, 1)
	context := message.Header{{Name: "X-Amz-Client-Context", Value: "ewogImEiOiAxfQ=="}} // a line break within
	go func() {
		r, err := g.Invoke(g.t.Context(), &function.Call{Function: "f", Payload: []byte(event), Header: context})
		if err != nil {
			answers <- err.Error()
			return
		}
		answers <- r.Error + string(r.Payload)
	}()
	return answers
}
