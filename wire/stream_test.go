package wire

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// streaming is a server whose bounds are for short exchanges, with a stream.
func streaming(t *testing.T, write func(ctx context.Context, w io.Writer) error) (answer *http.Response, text []byte, err error) {
	t.Helper()
	s := httptest.NewUnstartedServer(NewServer(Config{Logger: slog.New(slog.DiscardHandler), Own: []Row{{
		Operation: &Operation{Name: "Follow", Method: "GET", Path: "/_dragoman/follow", Status: 200},
		Handle: func(ctx context.Context, _ *Request) (any, error) {
			return Stream{ContentType: "application/x-ndjson", Write: func(w io.Writer) error { return write(ctx, w) }}, nil
		},
	}}}))
	s.Config.ReadTimeout, s.Config.WriteTimeout = 50*time.Millisecond, 50*time.Millisecond
	s.Start()
	t.Cleanup(s.Close)
	answer, err = http.Get(s.URL + "/_dragoman/follow")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err = io.ReadAll(answer.Body)
	return answer, text, err
}

// A stream outlasts what the listener grants to other answers.
func TestStream(t *testing.T) {
	answer, text, err := streaming(t, func(ctx context.Context, w io.Writer) error {
		for range 3 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(50 * time.Millisecond):
			}
			if _, err := io.WriteString(w, "{}\n"); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || string(text) != "{}\n{}\n{}\n" || answer.Header.Get("Content-Type") != "application/x-ndjson" || answer.Header.Get("X-Amzn-Requestid") == "" {
		t.Errorf("got %q (%v) %v, want three lines", text, err, answer.Header)
	}
}

func TestStreamThatFails(t *testing.T) {
	_, text, err := streaming(t, func(_ context.Context, w io.Writer) error {
		if _, err := io.WriteString(w, "{}\n"); err != nil {
			return err
		}
		return errors.New("the source is gone")
	})
	if err == nil {
		t.Errorf("got %q and its end, want it cut off", text)
	}
}
