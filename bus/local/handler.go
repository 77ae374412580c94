package local

import (
	"context"
	"sync"

	"github.com/dragoman-gateway/dragoman/bus"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// handler answers for one node about one topic.
type handler struct {
	answer func(context.Context, []byte) []byte
	quit   chan struct{} // closed by stop
	once   sync.Once
	places chan struct{} // one for each request that is being answered
	tasks  tasks.Group   // requests that are being answered
}

func handle(answer func(context.Context, []byte) []byte, reports *tasks.Reporter) *handler {
	h := &handler{answer: answer, quit: make(chan struct{}), places: make(chan struct{}, bus.Answers)}
	h.tasks.Reports = reports
	return h
}

// ask runs the handler apart from the asker, who may give up first.
func (h *handler) ask(asked context.Context, payload []byte) ([]byte, error) {
	select {
	case h.places <- struct{}{}:
	default:
		return nil, bus.ErrBusy
	}
	ctx, cancel := context.WithCancel(asked)
	result := make(chan []byte, 1)
	if !h.tasks.Go("answering a node", func() {
		defer func() { <-h.places }()
		defer cancel()
		defer close(result) // without a result when the handler panics
		result <- h.answer(ctx, payload)
	}) {
		<-h.places
		cancel()
		return nil, bus.ErrNoNode
	}
	quit := h.quit
	for {
		select {
		case answer, ok := <-result:
			if !ok {
				return nil, bus.ErrFailed
			}
			return sized(answer)
		case <-asked.Done():
			return nil, asked.Err()
		case <-quit: // the handler is told, and may still answer
			cancel()
			quit = nil
		}
	}
}

func sized(answer []byte) ([]byte, error) {
	if len(answer) > bus.MaxPayload {
		return nil, bus.ErrTooLarge
	}
	return answer, nil
}

func (h *handler) stop() {
	h.tasks.Close()
	h.once.Do(func() { close(h.quit) })
	h.tasks.Wait()
}
