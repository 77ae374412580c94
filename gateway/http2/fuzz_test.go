package http2

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/budget"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// begin is a connection as it should be, up to its first requests.
func begin(frames func(*http2.Framer, func(...string) []byte)) []byte {
	var b, block bytes.Buffer
	b.WriteString(http2.ClientPreface)
	f := http2.NewFramer(&b, nil)
	f.AllowIllegalWrites = true
	coder := hpack.NewEncoder(&block)
	_ = f.WriteSettings()
	frames(f, func(fields ...string) []byte {
		block.Reset()
		for i := 0; i < len(fields); i += 2 {
			_ = coder.WriteField(hpack.HeaderField{Name: fields[i], Value: fields[i+1]})
		}
		return block.Bytes()
	})
	return b.Bytes()
}

// Whatever a client sends, its connection ends when it has gone, without a panic, and
// nothing of it stays.
func FuzzConnection(f *testing.F) {
	f.Add([]byte{})
	f.Add(begin(func(f *http2.Framer, encode func(...string) []byte) {
		_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: encode(get("cookie", "a", "cookie", "b")...), EndHeaders: true, EndStream: true})
		_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 3, BlockFragment: encode(get("trailer", "x")...), EndHeaders: true})
		_ = f.WriteData(3, false, []byte("body"))
		_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 3, BlockFragment: encode("x", "y"), EndHeaders: true, EndStream: true})
		_ = f.WritePing(false, [8]byte{})
	}))
	f.Add(begin(func(f *http2.Framer, encode func(...string) []byte) {
		block := encode(get()...)
		_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block[:3]})
		_ = f.WriteContinuation(1, true, block[3:])
		_ = f.WriteDataPadded(1, false, []byte("body"), make([]byte, 20))
		_ = f.WriteRSTStream(1, http2.ErrCodeCancel)
		_ = f.WriteWindowUpdate(0, 1)
		_ = f.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1}, http2.Setting{ID: http2.SettingHeaderTableSize})
		_ = f.WritePriority(5, http2.PriorityParam{StreamDep: 1})
		_ = f.WriteGoAway(0, http2.ErrCodeNo, nil)
	}))
	f.Add(begin(func(f *http2.Framer, encode func(...string) []byte) {
		_ = f.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize})
		cookies := get("cookie", strings.Repeat("x", 200), "cookie", strings.Repeat("x", 200))
		for id := uint32(1); id < 9; id += 2 {
			_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: encode(cookies...), EndHeaders: true})
			_ = f.WriteData(id, id%4 == 1, make([]byte, 9000))
		}
		_ = f.WriteRSTStream(3, http2.ErrCodeCancel)
	}))
	held := budget.New(40<<10, budget.Options{})
	s := &Server{Bodies: held, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		_, _ = w.Write(make([]byte, min(n*3, 100)))
		w.(interface{ LetGo() bool }).LetGo()
	}), Limits: Limits{HeadBytes: 1 << 10}}
	f.Cleanup(func() { _ = s.Close() })
	f.Fuzz(func(t *testing.T, sent []byte) {
		here, there := net.Pipe()
		ended := make(chan struct{})
		go func() { defer close(ended); s.Serve(there, nil) }()
		go func() { _, _ = io.Copy(io.Discard, here) }()
		_ = here.SetDeadline(time.Now().Add(patience))
		_, _ = here.Write(sent)
		_ = here.Close()
		select {
		case <-ended:
		case <-time.After(patience):
			t.Fatal("the connection stays")
		}
		if n := held.Used(); n != 0 {
			t.Fatalf("%d bytes of the memory that clients share are not given back", n)
		}
		if n := s.Reports.Panics(); n != 0 {
			t.Fatalf("%d panics", n)
		}
	})
}
