package socket

import "time"

// Limits bound one socket. A zero member stands for the value in [Defaults].
type Limits struct {
	Frame   int // payload bytes of one frame, in both directions
	Message int // bytes of one message, decompressed, in both directions; one socket's own binds its client alone

	Idle     time.Duration // without a message in either direction; negative is never
	Lifetime time.Duration // since the handshake; negative is never

	Control int // frames a second that carry next to nothing, twenty times as many at once; negative is no limit

	OutboxBytes    int           // bytes of frames that wait for the client
	OutboxMessages int           // messages that wait for the client
	WriteTimeout   time.Duration // for the client to take the next 64 KB
	CloseTimeout   time.Duration // for the client to answer a close frame
	FrameTimeout   time.Duration // for the client to end a frame that it has begun; negative is no limit

	// What AWS has not.
	Binary   bool          // binary messages of the client are taken as text ones are
	Activity bool          // pings and pongs of the client count as messages where time is reckoned
	Ping     time.Duration // how often the client is pinged; 0 is never
}

// Defaults are AWS's quotas where AWS has them.
//
// Assumed: the outbox and the three timeouts; AWS only says that a full send
// buffer is answered with LimitExceededException. Assumed: the rate of control
// frames.
func Defaults() Limits {
	return Limits{
		Frame:          32 << 10,
		Message:        128 << 10,
		Idle:           10 * time.Minute,
		Lifetime:       2 * time.Hour,
		Control:        50,
		OutboxBytes:    1 << 20,
		OutboxMessages: 64,
		WriteTimeout:   10 * time.Second,
		CloseTimeout:   3 * time.Second,
		FrameTimeout:   time.Minute,
	}
}

func (l Limits) orDefaults() Limits {
	d := Defaults()
	return Limits{
		Frame:          or(l.Frame, d.Frame),
		Message:        or(l.Message, d.Message),
		Idle:           or(l.Idle, d.Idle),
		Lifetime:       or(l.Lifetime, d.Lifetime),
		Control:        or(l.Control, d.Control),
		OutboxBytes:    or(l.OutboxBytes, d.OutboxBytes),
		OutboxMessages: or(l.OutboxMessages, d.OutboxMessages),
		WriteTimeout:   or(l.WriteTimeout, d.WriteTimeout),
		CloseTimeout:   or(l.CloseTimeout, d.CloseTimeout),
		FrameTimeout:   or(l.FrameTimeout, d.FrameTimeout),

		Binary: l.Binary, Activity: l.Activity, Ping: l.Ping,
	}
}

func or[T int | time.Duration](v, otherwise T) T {
	if v == 0 {
		return otherwise
	}
	return v
}
