package lambda

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"io"
	"net/http"

	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/wire"
)

// outcome is how a call has ended.
type outcome struct {
	result *function.Result
	err    error
}

// stream makes one call and passes on what the function streams, as it comes. What is
// refused is answered as ever, for nothing has been streamed then.
// Documented: AWS Lambda API Reference, InvokeWithResponseStream.
func (f *functions) stream(ctx context.Context, r *wire.Request) (any, error) {
	call, refused := f.call(r)
	if call == nil {
		return refused, nil
	}
	// DryRun has no answer either, but a status that tells what it found: it is answered below.
	if r.Header.Get("X-Amz-Invocation-Type") == "Event" {
		return refusal(&function.Refusal{Status: 400, Type: "InvalidParameterValueException", Message: "an event has no answer that could be streamed"}), nil
	}
	ctx, cancel := context.WithCancel(ctx)
	// Parts are handed over one by one, so that a function which writes faster than its client reads
	// waits; the outcome has room, so that the call can end when nobody reads any more.
	parts, ended := make(chan []byte), make(chan outcome, 1)
	call.Stream = func(part []byte) error {
		select {
		case parts <- part:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	s := &streaming{parts: parts, ended: ended, cancel: cancel}
	s.calling.Go("a streamed invocation", func() {
		result, err := f.invoker.Invoke(ctx, call)
		ended <- outcome{result, err}
	})
	select {
	// The first part decides: before it a failure can still be told by a status.
	case s.first = <-parts:
	case o := <-ended:
		if o.err != nil {
			cancel()
			return refusal(wordsOf(o.err, r, call)), nil
		}
		// Documented: AWS Lambda API Reference, Invoke: 204 for DryRun, whose body is empty.
		if o.result.Status == http.StatusNoContent {
			cancel()
			return answer(o.result), nil
		}
		// Nothing was streamed and the call is over: the outcome is put back for whoever writes.
		ended <- o
	case <-ctx.Done():
		s.close()
		return nil, ctx.Err()
	}
	return wire.Stream{ContentType: "application/vnd.amazon.eventstream", Header: http.Header{"X-Amz-Executed-Version": {f.executed(r)}}, Write: s.write}, nil
}

// executed is the version that a call leads to.
func (f *functions) executed(r *wire.Request) string {
	// Looked up and not waited for: the head is written before the call has an outcome.
	if found, _ := f.find(r); found != nil {
		return found.Version
	}
	return "$LATEST"
}

// streaming is an answer on its way.
type streaming struct {
	first   []byte
	parts   <-chan []byte
	ended   <-chan outcome
	calling tasks.Group
	cancel  context.CancelFunc
}

// close ends the call, should it go on.
func (s *streaming) close() {
	s.cancel()
	s.calling.Wait()
}

func (s *streaming) write(w io.Writer) error {
	defer s.close()
	if err := chunk(w, s.first); err != nil {
		return err
	}
	for {
		select {
		case part := <-s.parts:
			if err := chunk(w, part); err != nil {
				return err
			}
		case o := <-s.ended:
			if o.err != nil {
				return o.err
			}
			return complete(w, o.result)
		}
	}
}

func chunk(w io.Writer, part []byte) error {
	// An event without payload is valid, and nothing that a function has said.
	if len(part) == 0 {
		return nil
	}
	return event(w, "PayloadChunk", "application/octet-stream", part)
}

// complete ends a stream. What was not streamed is in the result.
// Assumed: the code of a function's error is that of Invoke's header.
func complete(w io.Writer, result *function.Result) error {
	end := struct {
		ErrorCode    string `json:",omitempty"`
		ErrorDetails string `json:",omitempty"`
		LogResult    string `json:",omitempty"`
	}{LogResult: result.LogResult}
	// A failure in the middle is told at the end: the status has been 200 for long by then.
	if result.Error != "" {
		end.ErrorCode, end.ErrorDetails = result.Error, string(result.Payload)
	} else {
		for rest := result.Payload; len(rest) > 0; {
			n := min(len(rest), mostOfChunk)
			if err := chunk(w, rest[:n]); err != nil {
				return err
			}
			rest = rest[n:]
		}
	}
	body, err := json.Marshal(end)
	if err != nil {
		return err
	}
	return event(w, "InvokeComplete", "application/json", body)
}

// mostOfChunk bounds the payload of a message, in bytes.
const mostOfChunk = 64 << 10

// event writes one message. Documented: Smithy, Amazon Event Stream specification: total
// and header lengths, their checksum, headers, payload, and the checksum of all.
func event(w io.Writer, kind, contentType string, payload []byte) error {
	var headers []byte
	for _, h := range [][2]string{{":message-type", "event"}, {":event-type", kind}, {":content-type", contentType}} {
		// Documented there: 7 is the type of a string, with two bytes of length before it.
		const text = 7
		headers = append(append(headers, byte(len(h[0]))), h[0]...)
		headers = append(binary.BigEndian.AppendUint16(append(headers, text), uint16(len(h[1]))), h[1]...)
	}
	// Both lengths and their checksum are the prelude: a reader trusts no length before it has
	// checked that.
	const prelude, sum = 12, 4
	message := binary.BigEndian.AppendUint32(nil, uint32(prelude+len(headers)+len(payload)+sum))
	message = binary.BigEndian.AppendUint32(message, uint32(len(headers)))
	message = binary.BigEndian.AppendUint32(message, crc32.ChecksumIEEE(message))
	message = append(append(message, headers...), payload...)
	_, err := w.Write(binary.BigEndian.AppendUint32(message, crc32.ChecksumIEEE(message)))
	return err
}
