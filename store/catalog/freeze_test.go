package catalog_test

import (
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/cost"
	"github.com/dragoman-gateway/dragoman/resource"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// What packs is used again: its tables alone are 1.2 MB, which clients of other APIs would wait
// for as collections.
func TestFreezingLeavesLittleGarbage(t *testing.T) {
	if cost.Raced {
		t.Skip("the race detector has pools forget at random")
	}
	s := &resource.Snapshot{Api: resource.Api{ApiId: "a"}, Routes: []resource.Route{{RouteId: "x", RouteKey: "$default"}}}
	least := uint64(1 << 30)
	for range 10 { // a collection in between empties pools
		least = min(least, cost.Of(func() {
			if _, err := catalog.Freeze(s); err != nil {
				t.Error(err)
			}
		}).Bytes)
	}
	if least > 64<<10 {
		t.Errorf("freezing one route took %d KB, want less than 64", least>>10)
	}
}
