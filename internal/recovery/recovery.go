package recovery

import (
	"bufio"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// Handler answers for a handler that panics. Once something of an answer was sent the
// client's connection ends instead. reports is told of each panic.
func Handler(next http.Handler, reports *tasks.Reporter) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t := &tracked{ResponseWriter: w}
		defer func() {
			value := recover()
			if value == nil {
				return
			}
			if value != http.ErrAbortHandler {
				_ = reports.Report("a request", value, "client", r.RemoteAddr)
			}
			if value == http.ErrAbortHandler || t.begun {
				panic(http.ErrAbortHandler)
			}
			h := w.Header()
			clear(h)
			h.Set("Content-Type", "application/json")
			h.Set("X-Amzn-Errortype", fault.Internal.Exception())
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, `{"message":"Internal Server Error"}`)
		}()
		next.ServeHTTP(t, r)
	})
}

// ErrorLog is where servers of net/http tell of their connections: how those end is
// nobody's concern, but panics of what they call beside handlers, such as in a
// handshake, are.
func ErrorLog(logger *slog.Logger, reports *tasks.Reporter) *log.Logger {
	return log.New(errorLog{logger, reports}, "", 0)
}

type errorLog struct {
	logger  *slog.Logger
	reports *tasks.Reporter
}

// Write is called by the goroutine that panicked, while it does.
func (l errorLog) Write(line []byte) (int, error) {
	text := strings.TrimSpace(string(line))
	if first, _, _ := strings.Cut(text, "\n"); strings.Contains(first, "panic serving") {
		_ = l.reports.Report("a connection", first)
		return len(line), nil
	}
	l.logger.Debug(text)
	return len(line), nil
}

// tracked knows whether something of an answer was sent.
type tracked struct {
	http.ResponseWriter
	begun bool
}

func (t *tracked) WriteHeader(status int) {
	t.begun = true
	t.ResponseWriter.WriteHeader(status)
}

func (t *tracked) Write(p []byte) (int, error) {
	t.begun = true
	return t.ResponseWriter.Write(p)
}

// The rest is for http.ResponseController.

func (t *tracked) control() *http.ResponseController {
	return http.NewResponseController(t.ResponseWriter)
}

func (t *tracked) FlushError() error {
	t.begun = true
	return t.control().Flush()
}

func (t *tracked) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	t.begun = true
	return t.control().Hijack()
}

func (t *tracked) SetReadDeadline(at time.Time) error { return t.control().SetReadDeadline(at) }

func (t *tracked) SetWriteDeadline(at time.Time) error { return t.control().SetWriteDeadline(at) }

// LetGo is the handler's word to a server that uses requests again; see http1. Nothing here looks
// at the request once its handler has returned.
func (t *tracked) LetGo() bool {
	lender, ok := t.ResponseWriter.(interface{ LetGo() bool })
	return ok && lender.LetGo()
}

func (t *tracked) EnableFullDuplex() error { return t.control().EnableFullDuplex() }
