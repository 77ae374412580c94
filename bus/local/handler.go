package local

import (
	"context"
	"sync"

	"github.com/dragoman-gateway/dragoman/bus"
)

// handler answers for one node.
type handler struct {
	answer func(context.Context, []byte) []byte
	quit   chan struct{} // closed by stop

	mu      sync.Mutex // Protects fields below.
	closed  bool
	running sync.WaitGroup
}

func handle(answer func(context.Context, []byte) []byte) *handler {
	return &handler{answer: answer, quit: make(chan struct{})}
}

// ask runs the handler apart from the asker, who may give up first.
func (h *handler) ask(asked context.Context, payload []byte) ([]byte, error) {
	if !h.begin() {
		return nil, bus.ErrNoNode
	}
	ctx, cancel := context.WithCancel(asked)
	result := make(chan []byte, 1)
	go func() {
		defer h.running.Done()
		defer cancel()
		result <- h.answer(ctx, payload)
	}()
	quit := h.quit
	for {
		select {
		case answer := <-result:
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

func (h *handler) begin() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	h.running.Add(1)
	return true
}

func (h *handler) stop() {
	h.mu.Lock()
	if !h.closed {
		h.closed = true
		close(h.quit)
	}
	h.mu.Unlock()
	h.running.Wait()
}
