package wire

import (
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/internal/budget"
)

// Claim is who a request says that it comes from, after its head was judged.
type Claim struct {
	// Proven says that the head alone proves it.
	Proven bool
	// Identity judges the body and answers who it is.
	Identity func(body []byte) (Identity, error)
}

// Bodies bounds what bodies may hold together. Nil budgets bound nothing.
type Bodies struct {
	All      *budget.Budget // bodies of whomever
	Unproven *budget.Budget // those of callers that may be anybody yet
}

// How long the body of a caller may take who may be anybody: that of an operation,
// and that of a whole document.
const (
	unprovenTime     = 20 * time.Second
	unprovenDocument = time.Minute
)

func patience(most int64) time.Duration {
	if most > DefaultMaxBody {
		return unprovenDocument
	}
	return unprovenTime
}

// heldBody is the body of one request, held until it is freed.
type heldBody struct {
	bytes         []byte
	hold, suspect budget.Hold
}

// readBody reads the body of a request, most bytes at most, whose head was judged
// with this claim; a nil claim is that of everybody where nobody is asked who he
// is. Errors are faults: PayloadTooLarge, Unavailable where there is no memory for
// it, BadRequest where it did not come.
func readBody(w http.ResponseWriter, r *http.Request, most int64, in Bodies, claim *Claim) (*heldBody, error) {
	b := &heldBody{hold: in.All.Hold()}
	if r.ContentLength == 0 {
		return b, nil
	}
	if r.ContentLength > most {
		return b, tooLarge(most)
	}
	control := http.NewResponseController(w)
	holds := []*budget.Hold{&b.hold}
	if claim != nil && !claim.Proven {
		b.suspect = in.Unproven.Hold()
		holds = append(holds, &b.suspect)
		// Writers without deadlines are a test's.
		_ = control.SetReadDeadline(time.Now().Add(patience(most)))
		// The server now waits for the client to leave, without a deadline.
		defer func() { _ = control.SetReadDeadline(time.Time{}) }()
	}
	stop := func() { _ = control.SetReadDeadline(time.Unix(1, 0)) }
	var err error
	b.bytes, err = budget.Read(http.MaxBytesReader(w, r.Body, most), r.ContentLength, stop, holds...)
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return b, tooLarge(most)
	}
	if errors.Is(err, budget.ErrFull) {
		return b, &fault.Error{Kind: fault.Unavailable, Message: "Service Unavailable", Err: err}
	}
	if err != nil {
		return b, fault.New(fault.BadRequest, "Unable to read the request body")
	}
	return b, nil
}

func tooLarge(most int64) error {
	return fault.New(fault.PayloadTooLarge, "Request size exceeded %d bytes", most)
}

// proven says that the caller is known: the body is none of a stranger's any more.
func (b *heldBody) proven() { b.suspect.Free() }

// free ends the body. A nil one is free.
func (b *heldBody) free() {
	if b != nil {
		b.suspect.Free()
		b.hold.Free()
		b.bytes = nil
	}
}

// answerFirst lets an answer go out before the body of its request has come: the
// server would read a part of that first, and a client that sends it slowly, or
// never, would make it wait. Call it before anything else.
func answerFirst(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength != 0 {
		_ = http.NewResponseController(w).EnableFullDuplex() // HTTP/2 has no need
	}
}

// The rest of a body that is not wanted is read within these bounds.
const (
	restBytes = 1 << 20
	restTime  = 2 * time.Second
)

// closing says in the header of an answer that the connection ends with it, where
// a body is left that is not read.
func closing(h http.Header, r *http.Request) {
	if r.ContentLength != 0 && r.ProtoMajor == 1 {
		h.Set("Connection", "close")
	}
}

// letGo ends an exchange that was answered without its body. Many clients read no
// answer before they have sent everything, and lose it when the connection ends
// meanwhile; so what is short is read, for nothing.
func letGo(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength == 0 || r.Header.Get("Expect") != "" {
		return // there is none, or the client was not asked for it
	}
	control := http.NewResponseController(w)
	if control.Flush() != nil || control.SetReadDeadline(time.Now().Add(restTime)) != nil {
		return
	}
	// What comes of it makes no difference.
	_, _ = io.CopyN(io.Discard, r.Body, restBytes)
}
