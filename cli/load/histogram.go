package load

import (
	"math"
	"time"
)

// Latencies from a microsecond to a minute and more, each known to 2 %: a bucket's bounds are
// that far apart, so that hours of requests need as much memory as seconds.
const (
	growth  = 1.02
	buckets = 1000 // 1 µs · 1.02^1000 is 398 s, beyond the longest wait
)

// histogram counts latencies. It is not safe for concurrent use: each worker has its own.
type histogram struct {
	counts   [buckets]uint64
	n        uint64
	sum      time.Duration
	min, max time.Duration
}

func (h *histogram) add(d time.Duration) {
	d = max(d, 0)
	if h.n == 0 || d < h.min {
		h.min = d
	}
	h.max = max(h.max, d)
	h.n++
	h.sum += d
	h.counts[bucketOf(d)]++
}

func bucketOf(d time.Duration) int {
	if d <= time.Microsecond {
		return 0
	}
	return min(buckets-1, int(math.Log(float64(d)/float64(time.Microsecond))/math.Log(growth))+1)
}

// upper is the longest latency of a bucket.
func upper(bucket int) time.Duration {
	return time.Duration(float64(time.Microsecond) * math.Pow(growth, float64(bucket)))
}

func (h *histogram) merge(o *histogram) {
	if o.n == 0 {
		return
	}
	if h.n == 0 || o.min < h.min {
		h.min = o.min
	}
	h.max = max(h.max, o.max)
	h.n += o.n
	h.sum += o.sum
	for i, c := range o.counts {
		h.counts[i] += c
	}
}

// at is the latency that a share of all did not exceed, to 2 %.
func (h *histogram) at(share float64) time.Duration {
	if h.n == 0 {
		return 0
	}
	rank, seen := uint64(math.Ceil(share*float64(h.n))), uint64(0)
	for i, c := range h.counts {
		if seen += c; seen >= max(rank, 1) {
			return max(h.min, min(upper(i), h.max))
		}
	}
	return h.max
}

func (h *histogram) mean() time.Duration {
	if h.n == 0 {
		return 0
	}
	return h.sum / time.Duration(h.n)
}
