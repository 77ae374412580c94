package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// filled is a query of the filters that were given: one that is empty is none.
func filled(filters map[string]string) url.Values {
	q := url.Values{}
	for name, value := range filters {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

// maxEvent is how many bytes a line of a stream may have; an event is one line.
const maxEvent = 4 << 20

// Waits before a stream that ended is followed again: twofold from the first to the most.
const (
	firstFollow = 250 * time.Millisecond
	mostFollow  = 5 * time.Second
)

// follow reads server-sent events of an operation until ctx ends or take fails, and again
// after the server went. opened is told of each beginning, before the first event of it; lost of each end.
func (o *apiOptions) follow(ctx context.Context, path string, opened func() error, lost func(error), take func(event string, data []byte) error) error {
	for wait := firstFollow; ; wait = min(2*wait, mostFollow) {
		began := time.Now()
		response, err := o.call(ctx, http.MethodGet, path, nil)
		if err == nil {
			if err = opened(); err == nil {
				err = events(response.Body, take)
			}
			response.Body.Close()
		}
		var refusal *refusedError
		var own *takeError
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.As(err, &own):
			return own.error
		case errors.As(err, &refusal) && refusal.status != http.StatusTooManyRequests && refusal.status/100 != 5:
			return err
		}
		if time.Since(began) > mostFollow {
			wait = firstFollow
		}
		lost(err)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil
		}
	}
}

// takeError is an error of whoever takes events, not of the stream.
type takeError struct{ error }

// events reads events as they come (WHATWG, HTML, server-sent events). The error is never
// nil: a stream that ended is one.
func events(stream io.Reader, take func(event string, data []byte) error) error {
	lines := bufio.NewScanner(stream)
	lines.Buffer(nil, maxEvent)
	event := ""
	var data []string
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case lines.Text() == "":
			if len(data) > 0 {
				if err := take(event, []byte(strings.Join(data, "\n"))); err != nil {
					return &takeError{err}
				}
			}
			event, data = "", nil
		case name == "event":
			event = value
		case name == "data":
			data = append(data, value)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("the stream broke: %w", err)
	}
	return errors.New("the gateway ended the stream")
}
