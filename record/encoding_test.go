package record

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"strings"
	"testing"
	"time"
)

// Compressed bodies are kept as what they are compressed of, however often; others that
// nobody can read are not kept.
func TestEncodedBodies(t *testing.T) {
	gz := func(text []byte) []byte {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, _ = w.Write(text)
		_ = w.Close()
		return b.Bytes()
	}
	deflated := func(text []byte) []byte {
		var b bytes.Buffer
		w := zlib.NewWriter(&b)
		_, _ = w.Write(text)
		_ = w.Close()
		return b.Bytes()
	}
	clear := []byte(`{"password":"hunter2hunter2"}`)
	for _, row := range []struct {
		name, header string
		sent         []byte
		text, coding string
	}{
		{"plain", "", clear, string(clear), ""},
		{"gzip", "gzip", gz(clear), string(clear), "gzip"},
		{"deflate", "deflate", deflated(clear), string(clear), "deflate"},
		{"not said", "", gz(clear), string(clear), "gzip"},
		{"twice", "gzip, gzip", gz(gz(clear)), string(clear), "gzip, gzip"},
		{"br", "br", []byte("\x8b\x03\x80hunter2"), "", "br"},
		{"deflate without a head", "deflate", []byte("\xabV*"), "", "deflate"},
		{"identity", "identity", clear, string(clear), ""},
		{"no JSON", "", []byte("x^2 is a text"), "x^2 is a text", ""},
	} {
		d := Begin(time.Now(), func(*Draft) {})
		d.Add(Step{Name: Receive, Data: Data{Header(Data{Text("content-encoding", row.header)}), Body(row.sent)}})
		d.Open()
		d.Veil()
		got := d.Steps[0].Data.Get("body")
		if got.text != row.text || got.encoding != row.coding || got.n != int64(len(row.sent)) {
			t.Errorf("%s: got %q in %q, %d bytes; want %q in %q", row.name, got.text, got.encoding, got.n, row.text, row.coding)
		}
		if _, err := d.Message(); (err != nil) != (row.coding != "") {
			t.Errorf("%s: to send it again: %v", row.name, err)
		}
	}
	// A bomb costs what is kept of it.
	if v := Body(gz(make([]byte, 64<<20))).Value; len(v.text) != Kept || v.encoding != "gzip" {
		t.Errorf("a bomb: %d bytes in %q are kept", len(v.text), v.encoding)
	}
	// The beginning of a long one is read, as far as it goes.
	long := gz([]byte(strings.Repeat("secret and noise ", 10)))
	if clear, coding := inflate(string(long[:len(long)-8])); coding != "gzip" || !strings.HasPrefix(clear, "secret") {
		t.Errorf("a beginning: got %q in %q", clear, coding)
	}
}
