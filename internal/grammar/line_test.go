package grammar

import (
	"bytes"
	"fmt"
	"io"
	"testing"
)

func TestHeadEnd(t *testing.T) {
	for _, row := range []struct {
		data            string
		strict, lenient string // "end looked fault"
	}{
		{"", "0 0 <nil>", "0 0 <nil>"},
		{"GET /", "0 0 <nil>", "0 0 <nil>"},
		{"a\r\nb", "0 3 <nil>", "0 3 <nil>"},
		{"a\r\nb\r\n\r", "0 6 <nil>", "0 6 <nil>"},
		{"a\r\nb\r\n\r\nrest", "8 8 <nil>", "8 8 <nil>"},
		{"a\nb\r\n\r\n", "0 0 a line without CR", "7 7 <nil>"},
		{"a\r\n\n", "0 3 a line without CR", "4 4 <nil>"},
		{"\r\na\r\n\r\n", "0 0 an empty line before the message", "0 0 an empty line before the message"},
		{"\na", "0 0 a line without CR", "0 0 an empty line before the message"},
	} {
		for _, bare := range []bool{false, true} {
			want := row.strict
			if bare {
				want = row.lenient
			}
			end, looked, err := HeadEnd([]byte(row.data), 0, bare)
			if got := fmt.Sprint(end, " ", looked, " ", err); got != want {
				t.Errorf("%q, bare %v: got %s, want %s", row.data, bare, got, want)
			}
		}
	}
}

func TestField(t *testing.T) {
	for line, want := range map[string]string{
		"Host: h": "Host|h|true|<nil>", "x-A:\t 1 \t": "x-A|1|false|<nil>", "X-a-b:": "X-a-b||false|<nil>", "X-A-B:": "X-A-B||true|<nil>", "A: b: c": "A|b: c|true|<nil>",
		"": "||false|" + string(NoName), "nonsense": "||false|" + string(NoName), ": x": "||false|" + string(NoName), "A : x": "||false|" + string(NoName),
		" A: x": "||false|" + string(NoName), "\tfolded": "||false|" + string(NoName), "a(b): x": "||false|" + string(NoName),
		"A: \x00": "||false|" + string(BadValue), "A: b\rc": "||false|" + string(BadValue), "A: b\r": "||false|" + string(BadValue), "A: \v": "||false|" + string(BadValue),
	} {
		name, value, canonical, err := Field(line)
		if got := fmt.Sprintf("%s|%s|%v|%v", name, value, canonical, err); got != want {
			t.Errorf("%q: got %s, want %s", line, got, want)
		}
	}
}

// noted is what the framing says after some lines, each a name and a value.
func noted(f Framing, lines []string) string {
	f.Length = -1
	for _, line := range lines {
		name, value, _, err := Field(line)
		if err == nil {
			err = f.Note(name, value)
		}
		if err != nil {
			return err.Error()
		}
	}
	if err := f.Judge(); err != nil {
		return err.Error()
	}
	return fmt.Sprint(f.Length, f.Chunked, f.Persists())
}

func TestFraming(t *testing.T) {
	now, old := Framing{Minor: 1}, Framing{}
	for _, row := range []struct {
		lines []string
		f     Framing
		want  string
	}{
		{nil, now, "-1 false true"},
		{nil, old, "-1 false false"},
		{[]string{"content-LENGTH: 07"}, now, "7 false true"},
		{[]string{"Transfer-Encoding: Chunked"}, now, "-1 true true"},
		{[]string{"Connection: x, Close"}, now, "-1 false false"},
		{[]string{"Connection: x", "connection: keep-ALIVE"}, old, "-1 false true"},
		{[]string{"Connection: keep-alive", "Connection: close"}, now, "-1 false false"},
		{[]string{"Content-Length: 1", "Content-Length: 1"}, now, string(BadLength)},
		{[]string{"Content-Length: 1", "Content-Length: 1"}, Framing{Minor: 1, Repeats: true}, "1 false true"},
		{[]string{"Content-Length: 1", "Content-Length: 01"}, Framing{Minor: 1, Repeats: true}, string(BadLength)},
		{[]string{"Content-Length: 1, 1"}, Framing{Minor: 1, Repeats: true}, string(BadLength)},
		{[]string{"Content-Length: +1"}, now, string(BadLength)},
		{[]string{"Content-Length:"}, now, string(BadLength)},
		{[]string{"Transfer-Encoding: chunked", "Transfer-Encoding: chunked"}, now, string(TwoCodings)},
		{[]string{"Transfer-Encoding: gzip, chunked"}, now, string(OtherCoding)},
		{[]string{"Transfer-Encoding: identity"}, now, string(OtherCoding)},
		{[]string{"Transfer-Encoding: chunked", "Content-Length: 1"}, now, string(BothLengths)},
		{[]string{"Transfer-Encoding: chunked"}, old, string(OldCoding)},
	} {
		if got := noted(row.f, row.lines); got != row.want {
			t.Errorf("%q: got %s, want %s", row.lines, got, row.want)
		}
	}
}

// trickle is a body that comes byte by byte, or at once.
type trickle struct {
	data []byte
	come int
}

func (s *trickle) Buffered() []byte { return s.data[:s.come] }

func (s *trickle) Use(n int) { s.data, s.come = s.data[n:], s.come-n }

func (s *trickle) More() error {
	if s.come == len(s.data) {
		return io.ErrUnexpectedEOF
	}
	s.come++
	return nil
}

// dechunk is a chunked body, what followed it, and why it ended.
func dechunk(text string, come int) string {
	w, c := &trickle{[]byte(text), come}, Chunks{}
	var body bytes.Buffer
	for {
		size, err := c.Next(w, 64, 3)
		if err != nil {
			return fmt.Sprintf("%s %v %v %s", body.String(), c.Trailer, err, w.data)
		}
		body.Write(w.data[:size])
		w.Use(min(int(size), len(w.data)))
		w.come = max(w.come, 0)
	}
}

func TestChunks(t *testing.T) {
	for text, want := range map[string]string{
		"3\r\nabc\r\n02;x=y\r\nde\r\n0\r\n\r\nGET":       "abcde [] EOF GET",
		"0\r\nX: 1\r\nContent-Length: 5\r\nx: 2\r\n\r\n": " [{X 1} {x 2}] EOF ",
		"3\r\nabcd\r\n0\r\n\r\n":                         "abc [] " + string(LongChunk) + " d\r\n0\r\n\r\n",
		"3\nabc":                                         " [] " + string(BareLine) + " 3\nabc",
		"3\r\nabc\n":                                     "abc [] " + string(BareLine) + " \n",
		"-3\r\n":                                         " [] " + string(BadChunk) + " ",
		"0\r\n a: folded\r\n\r\n":                        " [] " + string(NoName) + " \r\n",
		"0\r\na: 1\r\nb: 1\r\nc: 1\r\nd: 1\r\n\r\n":      " [{a 1} {b 1} {c 1}] " + string(LongTrailer) + " \r\n",
		"3\r\nabc":                                       "abc [] unexpected EOF ",
	} {
		for _, come := range []int{0, len(text)} {
			if got := dechunk(text, come); got != want {
				t.Errorf("%q, of which %d bytes have come: got %q, want %q", text, come, got, want)
			}
		}
	}
	if got := dechunk("1;"+string(make([]byte, 300))+"\r\n", 0); got[:len(" [] ")+len(LongLine)] != " [] "+string(LongLine) {
		t.Errorf("a long extension: got %q", got)
	}
}
