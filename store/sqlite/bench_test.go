package sqlite_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
)

// filled is a store of so many APIs with ten routes each.
func filled(b *testing.B, apis int) *sqlite.DB {
	b.Helper()
	db := memory(b)
	body := make([]byte, 500)
	_, err := db.Update(b.Context(), func(tx store.Tx) error {
		for a := range apis {
			key := store.Join("us-east-1", "apis", fmt.Sprintf("a%09d", a))
			if err := tx.Put(b.Context(), key, body); err != nil {
				return err
			}
			for r := range 10 {
				if err := tx.Put(b.Context(), key.Child("routes", fmt.Sprintf("r%06d", r)), body); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return db
}

var sizes = []int{10, 1000, 10_000}

func BenchmarkGet(b *testing.B) {
	for _, apis := range sizes {
		b.Run(fmt.Sprintf("apis=%d", apis), func(b *testing.B) {
			db := filled(b, apis)
			keys := make([]store.Key, apis)
			for i := range keys {
				keys[i] = store.Join("us-east-1", "apis", fmt.Sprintf("a%09d", i), "routes", "r000007")
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				i++
				err := db.View(b.Context(), func(r store.Reader) error {
					_, err := r.Get(b.Context(), keys[i*7919%apis])
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkChildren reads a page of 25 APIs from the middle of all.
func BenchmarkChildren(b *testing.B) {
	for _, apis := range sizes {
		b.Run(fmt.Sprintf("apis=%d", apis), func(b *testing.B) {
			db := filled(b, apis)
			b.ReportAllocs()
			for b.Loop() {
				err := db.View(b.Context(), func(r store.Reader) error {
					found, err := r.Children(b.Context(), "us-east-1/apis", int64(apis/2), 25)
					if len(found) == 0 {
						b.Fatal("nothing found")
					}
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkGetLarge reads a body that is not kept in memory.
func BenchmarkGetLarge(b *testing.B) {
	db := open(b, b.TempDir())
	_, err := db.Update(b.Context(), func(tx store.Tx) error { return tx.Put(b.Context(), "large", make([]byte, 20_000)) })
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		err := db.View(b.Context(), func(r store.Reader) error {
			_, err := r.Get(b.Context(), "large")
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkUpdate writes documents of 500 bytes, each durable before the next one
// of the same writer.
func BenchmarkUpdate(b *testing.B) {
	for _, writers := range []int{1, 16} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			db := open(b, b.TempDir())
			body := make([]byte, 500)
			var next atomic.Int64
			b.ReportAllocs()
			b.ResetTimer()
			var wg sync.WaitGroup
			for range writers {
				wg.Go(func() {
					for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
						key := store.Join("us-east-1", "apis", fmt.Sprintf("a%09d", n))
						_, err := db.Update(b.Context(), func(tx store.Tx) error { return tx.Put(b.Context(), key, body) })
						if err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
		})
	}
}

// BenchmarkOpen loads 11,000 documents.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	db := open(b, dir)
	_, err := db.Update(b.Context(), func(tx store.Tx) error {
		for n := range 11_000 {
			if err := tx.Put(b.Context(), store.Join("apis", fmt.Sprint(n%1000), fmt.Sprint(n)), make([]byte, 500)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	db.Close()
	b.ReportAllocs()
	for b.Loop() {
		open(b, dir).Close()
	}
}
