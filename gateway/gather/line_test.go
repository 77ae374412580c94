package gather

import (
	"bytes"
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dragoman-gateway/dragoman/bus"
	"github.com/dragoman-gateway/dragoman/bus/local"
	"github.com/dragoman-gateway/dragoman/fault"
)

// One node asks another, and can tell that there is none from an answer that is lost.
func TestLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := local.New()
		defer b.Close()
		first, there := NewLine(New(Options{Node: 1, Bus: b})), New(Options{Node: 2, Bus: b})
		second := NewLine(there)
		if first.Node() != 1 || NewLine(nil) != nil {
			t.Errorf("node 1 is %d", first.Node())
		}
		if err := second.Answer(func(ctx context.Context, asked []byte) []byte {
			if string(asked) == "wait" {
				<-ctx.Done()
			}
			return append([]byte("of "), asked...)
		}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if got, err := first.Ask(ctx, 2, []byte("x")); string(got) != "of x" || err != nil {
			t.Errorf("got %s, %v", got, err)
		}
		for _, row := range []struct {
			node     uint32
			question []byte
			want     fault.Kind
		}{{3, []byte("x"), fault.NotFound}, {2, bytes.Repeat([]byte("x"), bus.MaxPayload+1), fault.PayloadTooLarge}, {2, bytes.Repeat([]byte("x"), bus.MaxPayload), fault.Internal}, {2, []byte("wait"), fault.Internal}} {
			if got, err := first.Ask(ctx, row.node, row.question); err == nil || fault.KindOf(err) != row.want {
				t.Errorf("node %d, %d bytes: got %d bytes, %v", row.node, len(row.question), len(got), err)
			}
		}
		there.Close()
		if _, err := first.Ask(t.Context(), 2, []byte("x")); fault.KindOf(err) != fault.NotFound {
			t.Errorf("after it has left: %v", err)
		}
	})
}
