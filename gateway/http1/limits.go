package http1

import "time"

// Limits bound what a client can ask of a Server. Zero members stand for the
// defaults that are named here.
type Limits struct {
	HeadBytes int   // of request line and header lines, 64 KiB
	Target    int   // bytes of the request target, 32 KiB
	Fields    int   // header lines, 256
	Unnamed   bool  // requests of HTTP/1.0 may have no Host, as those of many a load balancer that looks after the server
	Drain     int64 // bytes of a body nobody has read that are read to keep the connection, 256 KiB

	Head   time.Duration // from the first byte of a head to its last, 10 s
	Idle   time.Duration // between requests, 2 min
	Answer time.Duration // from a head to the end of its answer, 70 s; handlers may set their own write deadline
	Wait   time.Duration // for more of a body, 30 s; handlers may set their own read deadline

	// BodyRate is how many bytes a second a client must send of a body at least,
	// counted while somebody waits for them and after the first 10 s; 240.
	BodyRate int64

	// Grace is how long a connection that was used just now is kept for one more
	// request when the server shuts down, 100 ms.
	Grace time.Duration
}

// rateGrace is how long a body may be slower than the rate: networks stall.
const rateGrace = 10 * time.Second

// fill puts the defaults in. They bound what one client can hold of the server; what AWS
// bounds is judged by the planes, in its words.
func (l *Limits) fill() {
	or(&l.HeadBytes, 64<<10)
	or(&l.Target, 32<<10)
	or(&l.Fields, 256)
	or(&l.Drain, 256<<10)
	or(&l.Head, 10*time.Second)
	or(&l.Idle, 2*time.Minute)
	or(&l.Answer, 70*time.Second)
	or(&l.Wait, 30*time.Second)
	or(&l.BodyRate, 240)
	or(&l.Grace, 100*time.Millisecond)
}

func or[T int | int64 | time.Duration](member *T, value T) {
	if *member == 0 {
		*member = value
	}
}
