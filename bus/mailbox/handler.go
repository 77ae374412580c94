package mailbox

import (
	"context"

	"github.com/dragoman-gateway/dragoman/bus"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// Handler answers for one node about one topic.
type Handler struct {
	answer func(context.Context, []byte) []byte
	places chan struct{} // one for each request that is being answered
	tasks  tasks.Group   // requests that are being answered
	leave  context.Context
	quit   context.CancelFunc // ends leave
}

// Handle begins to answer. reports is told when answer panics.
func Handle(answer func(context.Context, []byte) []byte, reports *tasks.Reporter) *Handler {
	h := &Handler{answer: answer, places: make(chan struct{}, bus.Answers)}
	h.leave, h.quit = context.WithCancel(context.Background())
	h.tasks.Reports = reports
	return h
}

// Ask answers a request, apart from the asker, who may give up first. The payload is the
// mailbox's from now on.
func (h *Handler) Ask(asked context.Context, payload []byte) ([]byte, error) {
	type outcome struct {
		answer []byte
		err    error
	}
	result := make(chan outcome, 1)
	h.Start(asked, payload, func(answer []byte, err error) { result <- outcome{answer, err} })
	select {
	case o := <-result:
		return o.answer, o.err
	case <-asked.Done():
		return nil, asked.Err()
	}
}

// Start has a request answered, and calls done once with what came of it: an answer, or one
// of the errors of package bus. The context that the handler is given ends with asked, and
// when it is told to stop; then it may still answer.
func (h *Handler) Start(asked context.Context, payload []byte, done func(answer []byte, err error)) {
	select {
	case h.places <- struct{}{}:
	default:
		done(nil, bus.ErrBusy)
		return
	}
	if !h.tasks.Go("answering a node", func() { h.answerOne(asked, payload, done) }) {
		<-h.places
		done(nil, bus.ErrNoNode)
	}
}

func (h *Handler) answerOne(asked context.Context, payload []byte, done func(answer []byte, err error)) {
	ctx, cancel := context.WithCancel(asked)
	defer cancel()
	defer context.AfterFunc(h.leave, h.tasks.Reports.Guard("telling who answers", cancel))()
	answer, err := []byte(nil), bus.ErrFailed // a handler that panics answers nothing
	defer func() {
		<-h.places
		done(answer, err)
	}()
	answer, err = sized(h.answer(ctx, payload))
}

func sized(answer []byte) ([]byte, error) {
	if len(answer) > bus.MaxPayload {
		return nil, bus.ErrTooLarge
	}
	return answer, nil
}

// Stop returns when nothing is answered any more and nothing will be. Those that answer are
// told.
func (h *Handler) Stop() {
	h.tasks.Close()
	h.quit()
	h.tasks.Wait()
}
