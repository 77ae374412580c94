package deployed

import (
	"fmt"
	"testing"

	"github.com/dragoman-gateway/dragoman/store"
)

// BenchmarkSwap is what becomes of messages while a deployment takes the place of the last: they
// read a map meanwhile, and all else was made before.
func BenchmarkSwap(b *testing.B) {
	w := newWorld(b)
	for i := range 300 {
		w.put(deploy("a1", fmt.Sprint("s", i%10), fmt.Sprint("key", i)))
	}
	w.run()
	load := func() *loading {
		n := w.loading(nil, place{region, "a1"}, w.served("a1"))
		if err := w.store.View(b.Context(), func(r store.Reader) error { n.r = r; return n.load(b.Context()) }); err != nil {
			b.Fatal(err)
		}
		return n
	}
	turns := [2]*loading{load(), load()}
	for i := 0; b.Loop(); i++ {
		w.swap(turns[i%2])
	}
}
