package socket

import (
	"encoding/binary"
	"errors"
	"time"
	"unicode/utf8"

	"github.com/gobwas/ws"

	"github.com/dragoman-gateway/dragoman/internal/budget"
)

// ending is why reading stopped.
type ending struct {
	by     party
	code   int
	reason string
	left   int64 // bytes of the frame that reading stopped in; lostFraming if unknown
}

// lostFraming says that the beginning of the next frame is not known.
const lostFraming = -1

type party uint8

const (
	network party = iota // broke
	here                 // Close or Drop was called
	client               // sent a close frame
	rule                 // of the protocol or the limits was broken, or the time is over
)

// AWS's close codes; the texts of 1001 are known.
//
// Assumed: the reasons of the others, which say what a developer must change.
const (
	goingAway  = "Going away"
	tooLong    = "Message too long"
	longFrame  = "Frame too long"
	noBinary   = "Binary messages are not supported"
	notUTF8    = "Text is not valid UTF-8"
	badDeflate = "Compressed data is not valid"
	manyFrames = "Too many control frames"
	slowly     = "Message too slow"
	broken     = "Internal server error"

	// Observed: what AWS reports of a close frame without a code.
	noStatus = "Client-side close frame status not set"
)

// errLength is worded here: the library's text names its own parts, and a reason
// reaches the client, the event of $disconnect and access logs. Its texts about
// rules are plain sentences.
var errLength = errors.New("frame length with its top bit set")

func protocolError(err error) *ending {
	return &ending{rule, int(ws.StatusProtocolError), err.Error(), lostFraming}
}

// failure is the ending that an error of the reading side means.
func failure(err error, left int64) *ending {
	switch {
	case errors.Is(err, errEnded):
		return &ending{by: here, left: left}
	case errors.Is(err, errSlow):
		return &ending{rule, int(ws.StatusPolicyViolation), slowly, left}
	case errors.Is(err, errExpired):
		return &ending{rule, int(ws.StatusGoingAway), goingAway, left}
	}
	// Assumed: AWS's reason for a connection that broke is not known.
	return &ending{by: network, code: int(ws.StatusAbnormalClosure)}
}

// read hands messages on until something ends the socket; nil when the client is silent
// between two frames.
func (s *Socket) read(h Handler) *ending {
	if err := s.rearm(); err != nil {
		return failure(err, 0)
	}
	for {
		s.begun, s.slow = len(s.in) > 0, 0
		hd, ok, err := s.header()
		if errors.Is(err, errQuiet) {
			return nil
		}
		if err != nil {
			return failure(err, 0)
		}
		if !ok {
			return protocolError(errLength)
		}
		if err := s.check(hd); err != nil {
			return protocolError(err)
		}
		// A close frame is always read: a client that was told to leave must be able to.
		if hd.OpCode != ws.OpClose && (hd.OpCode.IsControl() || !hd.Fin && hd.Length < carries) && s.tooMany() {
			return &ending{rule, int(ws.StatusPolicyViolation), manyFrames, hd.Length}
		}
		var end *ending
		if hd.OpCode.IsControl() {
			end = s.control(hd)
		} else {
			end = s.data(hd, h)
		}
		if end != nil {
			return end
		}
	}
}

// carries is how many bytes of a message a frame carries that is worth something:
// a message in smaller pieces costs more to read than it is.
const carries = 16

// tooMany counts a frame that carries next to nothing: a ping, a pong, an empty or
// tiny fragment. Such frames cost a client nothing, end in no message that a
// throttle could count, and keep the gateway busy.
func (s *Socket) tooMany() bool {
	rate := s.limits.Control
	if rate < 0 {
		return false
	}
	each, now := time.Second/time.Duration(rate), time.Since(s.up.epoch)
	// A bucket of twenty seconds' frames: bursts are taken, a stream of them is not.
	s.paced = max(s.paced, now) + each
	return s.paced-now > 20*time.Second
}

// check applies RFC 6455 section 5.2 and, where compression was agreed to, RFC
// 7692 section 6: the first reserved bit marks the first frame of a message.
func (s *Socket) check(hd ws.Header) error {
	if s.window != 0 && hd.Rsv1() && (hd.OpCode == ws.OpText || hd.OpCode == ws.OpBinary) {
		_, rsv2, rsv3 := ws.RsvBits(hd.Rsv)
		hd.Rsv = ws.Rsv(false, rsv2, rsv3)
	}
	state := ws.StateServerSide
	if s.fragmented {
		state = state.Set(ws.StateFragmented)
	}
	return ws.CheckHeader(hd, state)
}

func (s *Socket) control(hd ws.Header) *ending {
	n := int(hd.Length)
	if err := s.need(n); err != nil {
		return failure(err, lostFraming)
	}
	payload := s.in[:n]
	s.in = s.in[n:]
	ws.Cipher(payload, hd.Mask, 0)
	// A pong that answers a ping of ours shows that somebody is there as well as a ping does.
	if s.limits.Activity && hd.OpCode != ws.OpClose {
		s.touch()
	}
	switch hd.OpCode {
	case ws.OpPing:
		s.pong(payload)
	case ws.OpClose:
		return closing(payload)
	}
	return nil
}

// closing reads the close frame of a client (RFC 6455 sections 5.5.1 and 7.4).
func closing(payload []byte) *ending {
	if len(payload) == 0 {
		return &ending{by: client, code: int(ws.StatusNoStatusRcvd), reason: noStatus}
	}
	if len(payload) == 1 {
		return protocolError(errors.New("a close frame of one byte"))
	}
	code, reason := int(binary.BigEndian.Uint16(payload)), string(payload[2:])
	if !Sendable(code) {
		return protocolError(errors.New("a close code that must not be sent"))
	}
	if !utf8.ValidString(reason) {
		return &ending{rule, int(ws.StatusInvalidFramePayloadData), notUTF8, lostFraming}
	}
	return &ending{by: client, code: code, reason: reason}
}

func (s *Socket) data(hd ws.Header, h Handler) *ending {
	if s.resting.Load() {
		return s.hold(hd.Length)
	}
	limits := s.limits
	if hd.OpCode == ws.OpBinary && !limits.Binary {
		return &ending{rule, int(ws.StatusUnsupportedData), noBinary, hd.Length}
	}
	if hd.OpCode != ws.OpContinuation {
		s.compressed, s.binary = hd.Rsv1(), hd.OpCode == ws.OpBinary
	}
	most := limits.Message
	if s.compressed {
		// What does not shrink grows by compression's own framing: the bound is of what it unpacks to.
		most += slack
	}
	// Documented: API Gateway Developer Guide, WebSocket quotas: 32 KB a frame and 128 KB a message.
	if hd.Length > int64(limits.Frame) {
		return &ending{rule, int(ws.StatusMessageTooBig), longFrame, hd.Length}
	}
	if hd.Length > int64(most-s.length) {
		return &ending{rule, int(ws.StatusMessageTooBig), tooLong, hd.Length}
	}
	s.fragmented = !hd.Fin
	if s.length += int(hd.Length); hd.Fin {
		s.length = 0
	}
	if s.refused {
		return s.refuse(hd.Length, h)
	}
	before := len(s.message)
	message, left, err := s.payload(s.message, int(hd.Length))
	if errors.Is(err, budget.ErrFull) {
		return s.refuse(int64(left), h)
	}
	if err != nil {
		return failure(err, int64(left))
	}
	ws.Cipher(message[before:], hd.Mask, 0)
	if s.fragmented {
		s.message = message
		return nil
	}
	s.message = nil
	s.giveBack() // whoever takes the message counts it
	return s.deliver(message, h)
}

// refuse reads what is left of a frame for nothing: there is no memory for its
// message, of which the handler hears at the end.
func (s *Socket) refuse(left int64, h Handler) *ending {
	s.message = nil
	s.giveBack()
	if err := s.skip(left); err != nil {
		return failure(err, lostFraming)
	}
	if s.refused = s.fragmented; !s.refused {
		if s.resting.Load() {
			return s.hold(0)
		}
		s.touch()
		h.Refused()
	}
	return nil
}

// deliver hands a whole message to the handler.
func (s *Socket) deliver(message []byte, h Handler) *ending {
	if s.resting.Load() { // its end came after Stop
		return s.hold(0)
	}
	if s.compressed {
		var err error
		message, err = s.up.inflate(message, s.limits.Message)
		if errors.Is(err, errTooLong) {
			return &ending{by: rule, code: int(ws.StatusMessageTooBig), reason: tooLong}
		}
		if err != nil {
			return &ending{by: rule, code: int(ws.StatusInvalidFramePayloadData), reason: badDeflate}
		}
	}
	if !s.binary && !utf8.Valid(message) {
		return &ending{by: rule, code: int(ws.StatusInvalidFramePayloadData), reason: notUTF8}
	}
	s.received.add(len(message))
	s.touch()
	h.Message(message)
	return nil
}
