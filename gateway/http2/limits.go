package http2

import "time"

// Limits bound what a client can ask of a Server. Zero members stand for the defaults that
// are named here.
type Limits struct {
	HeadBytes int // of a header list as RFC 9113 section 6.5.2 counts it, 64 KiB; more is 431
	Target    int // bytes of :path, 32 KiB; more is 414
	Fields    int // header lines, 256; more is 431
	Streams   int // at a time, 128

	Head   time.Duration // for the preface, and from the first frame of a header block to its last, 10 s
	Idle   time.Duration // without a stream, 2 min
	Answer time.Duration // from a head to the end of its answer, 70 s; handlers may set their own write deadline
	Wait   time.Duration // for more of a body, and for a client to take anything at all, 30 s

	// BodyRate is how many bytes a second a client must send of a body at least, counted
	// while somebody waits for them and after the first 10 s; 240.
	BodyRate int64
}

// What the connection may hold. Documented: 128 streams at a time. The windows are what one
// connection can have the server keep of bodies that nobody reads yet.
const (
	connWindow   = 256 << 10
	streamWindow = 128 << 10
	frameBytes   = 16 << 10  // of one frame, either way: every peer takes as much (RFC 9113 section 4.2)
	waitingBytes = 64 << 10  // waiting to be sent; handlers wait beyond it, and so does reading
	readSize     = 4 << 10   // read at once
	writeSize    = 4 << 10   // of an answer gathered before it is sent
	keptBytes    = 128 << 10 // of a buffer that is used again
)

// What a request holds while its handler works, in bytes of Server.Bodies.
const (
	requestCost = 16 << 10 // a stack, a buffer, tables of its lines
	headCost    = 3        // for a byte of a long head: texts, tables, and what is passed on to a backend
)

// rateGrace is how long a body may be slower than the rate: networks stall.
const rateGrace = 10 * time.Second

// fill puts the defaults in.
func (l *Limits) fill() {
	or(&l.HeadBytes, 64<<10)
	or(&l.Target, 32<<10)
	or(&l.Fields, 256)
	or(&l.Streams, 128)
	or(&l.Head, 10*time.Second)
	or(&l.Idle, 2*time.Minute)
	or(&l.Answer, 70*time.Second)
	or(&l.Wait, 30*time.Second)
	or(&l.BodyRate, 240)
}

func or[T int | int64 | time.Duration](member *T, value T) {
	if *member == 0 {
		*member = value
	}
}
