package connect

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"sync"
)

// handshake is what a session keeps of a handshake besides the connection that the library
// makes of it: the key that was made up, and a way to write a close frame. The library's
// own close drops the messages that come before its answer; a terminal shows them.
type handshake struct {
	http.RoundTripper
	key string

	mu   sync.Mutex // Protects body, and keeps frames whole: the library writes small ones at once.
	body io.ReadWriteCloser
}

// RoundTrip implements http.RoundTripper.
func (h *handshake) RoundTrip(r *http.Request) (*http.Response, error) {
	h.key = r.Header.Get("Sec-WebSocket-Key")
	response, err := h.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if body, ok := response.Body.(io.ReadWriteCloser); ok && response.StatusCode == http.StatusSwitchingProtocols {
		h.body = body
		response.Body = &upgraded{body, h}
	}
	return response, nil
}

// upgraded is the connection behind a handshake.
type upgraded struct {
	io.ReadWriteCloser
	h *handshake
}

func (u *upgraded) Write(p []byte) (int, error) {
	u.h.mu.Lock()
	defer u.h.mu.Unlock()
	return u.ReadWriteCloser.Write(p)
}

// write writes a frame between those of the library.
func (h *handshake) write(frame []byte) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.body == nil {
		return errors.New("not connected")
	}
	_, err := h.body.Write(frame)
	return err
}

// maxReason is what is left of a control frame's 125 bytes (RFC 6455, section 5.5).
const maxReason = 123

// closeFrame is a masked close frame (RFC 6455, sections 5.2 and 5.5.1).
func closeFrame(code int, reason string) []byte {
	var mask [4]byte
	_, _ = rand.Read(mask[:]) // it never fails: see its documentation
	payload := append(binary.BigEndian.AppendUint16(nil, uint16(code)), reason...)
	for i := range payload {
		payload[i] ^= mask[i%4]
	}
	const final, closing, masked = 0x80, 0x8, 0x80
	frame := append([]byte{final | closing, masked | byte(len(payload))}, mask[:]...)
	return append(frame, payload...)
}
