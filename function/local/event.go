package local

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/message"
)

// mostEvents bounds the events of a function that wait.
// Lambda documents no bound of its queue; here each one that waits is memory of this
// machine. Beyond it the caller is told 429, as by Lambda when it throttles.
const mostEvents = 1000

// Documented: AWS Lambda Developer Guide, How Lambda handles errors and retries with
// asynchronous invocation: what was throttled is tried again after a second at first,
// and after five minutes at most.
const (
	leastBackoff = time.Second
	mostBackoff  = 5 * time.Minute
)

// enqueue takes an event whose answer nobody waits for.
func (r *Runner) enqueue(p *pool, in *invocation, qualifier string) (*function.Result, error) {
	select {
	case p.events <- struct{}{}:
	default:
		return nil, message.Fail(message.ErrThrottled, &function.Refusal{Status: 429, Type: "TooManyRequestsException", Message: "Rate Exceeded."})
	}
	in.payload = append([]byte(nil), in.payload...) // the caller has it back
	// Documented: AWS Lambda API, Invoke, X-Amz-Client-Context: of synchronous invocations only.
	in.client = ""
	if !r.tasks.Go("an event of a function", func() {
		defer func() { <-p.events }()
		r.deliver(p, in, qualifier)
	}) {
		<-p.events
		return nil, message.Fail(message.ErrCanceled, context.Canceled)
	}
	return &function.Result{Status: 202, RequestID: in.id}, nil
}

// deliver tries an event until it has succeeded, its retries are used up, or it is too
// old. Documented: AWS Lambda Developer Guide, Invoking a function asynchronously: a
// function that fails is tried twice more, after one minute and after two, with the
// same request id; what is throttled costs no try.
func (r *Runner) deliver(p *pool, in *invocation, qualifier string) {
	began, backoff := time.Now(), leastBackoff
	about := p.function.eventsOf(qualifier)
	var last *answer // of the last try that came to an end
	for failures := 0; ; {
		a, err := r.try(&p, in, qualifier)
		pause := backoff
		switch {
		case err == nil && a.failure == "":
			r.tell(p, in, about, succeeded, failures+1, &a)
			return
		case errors.Is(err, message.ErrCanceled), errors.Is(err, message.ErrConfiguration):
			return // nobody can do it any more
		case err != nil:
			backoff = min(2*backoff, mostBackoff)
		case failures == *about.Retries:
			p.log(nil, fmt.Sprintf("RequestId: %s the event has failed and is dropped after %d tries", in.id, failures+1))
			r.tell(p, in, about, exhausted, failures+1, &a)
			return
		default:
			failures++
			last = &a
			pause = time.Duration(failures) * r.pause
		}
		if time.Since(began)+pause > about.Age {
			p.log(nil, "RequestId: "+in.id+" the event is too old and is dropped")
			r.tell(p, in, about, tooOld, failures, last)
			return
		}
		select {
		case <-time.After(pause):
		case <-r.ctx.Done():
			return
		}
	}
}

// try gives an event to its function as it is now.
func (r *Runner) try(p **pool, in *invocation, qualifier string) (answer, error) {
	for {
		current := r.pool((*p).function.Name)
		if current == nil {
			return answer{}, notFound(in.arn)
		}
		// One that has waited is served by the function as it is by then, as Lambda serves
		// it by what the qualifier leads to when it is tried.
		*p = current
		// Documented: AWS Lambda Developer Guide, Understanding retry behavior in Lambda:
		// a function may get the same event more than once. It has the same request id
		// each time, by which a handler can tell.
		again := *in
		again.answered, again.over, again.left, again.first = make(chan answer, 1), make(chan struct{}), make(chan struct{}), new(atomic.Bool)
		var ok bool
		if again.version, ok = current.function.qualified(qualifier); !ok {
			return answer{}, notFound(in.arn)
		}
		if a, err := current.invoke(r.ctx, &again); !errors.Is(err, errRetired) {
			return a, err
		}
	}
}
