package grammar

import (
	"io"
	"strconv"

	"github.com/dragoman-gateway/dragoman/message"
)

// ChunkSize reads the line before a chunk: up to 15 hexadecimal digits, and maybe
// an extension after a semicolon, which is ignored. The error is BadChunk.
func ChunkSize(line []byte) (int64, error) {
	var size int64
	for i, c := range line {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		case c == ';' && i > 0 && FieldValue(string(line)):
			return size, nil
		default:
			return 0, BadChunk
		}
		if i == 15 {
			return 0, BadChunk
		}
		size = size<<4 | int64(c)
	}
	if len(line) == 0 {
		return 0, BadChunk
	}
	return size, nil
}

// AppendChunkSize writes the line before a chunk.
func AppendChunkSize(b []byte, size int) []byte {
	return append(strconv.AppendInt(b, int64(size), 16), "\r\n"...)
}

// Source gives the bytes of a body as they come.
type Source interface {
	Buffered() []byte // what has come and was not used
	Use(n int)        // takes so many of them off
	More() error      // waits for more; Buffered may be elsewhere then
}

// next is the next line, as Line cuts it. It is valid until the source is used again.
func next(from Source, limit int) ([]byte, error) {
	for searched := 0; ; {
		data := from.Buffered()
		line, took, err := Line(data, searched, limit)
		if err != nil || took > 0 {
			from.Use(took)
			return line, err
		}
		searched = len(data)
		if err := from.More(); err != nil {
			return nil, err
		}
	}
}

// Chunks finds the way through a chunked body. The zero value stands before its
// first chunk.
type Chunks struct {
	// Trailer is what followed the last chunk. Fields that concern one connection or
	// the message's framing have no place there and are dropped (RFC 9110 section
	// 6.5.1).
	Trailer message.Header

	opened bool // a chunk was read before the next
}

// maxChunkLine is how long the line before a chunk may be, in bytes. It may have
// extensions behind the size, which are ignored (RFC 9112 section 7.1.1); they could
// go on for ever.
const maxChunkLine = 256

// Next reads the end of the last chunk and the size of the next (RFC 9112 section
// 7.1); io.EOF after the
// trailer, which has at most so many bytes and lines. Other errors are faults, and
// those of from.
func (c *Chunks) Next(from Source, bytes, lines int) (size int64, err error) {
	if c.opened {
		if _, err := next(from, 0); err == LongLine {
			return 0, LongChunk
		} else if err != nil {
			return 0, err
		}
	}
	c.opened = true
	line, err := next(from, maxChunkLine)
	if err != nil {
		return 0, err
	}
	if size, err = ChunkSize(line); err != nil || size > 0 {
		return size, err
	}
	if err := c.trailer(from, bytes, lines); err != nil {
		return 0, err
	}
	return 0, io.EOF
}

func (c *Chunks) trailer(from Source, bytes, lines int) error {
	for total, n := 0, 0; ; n++ {
		line, err := next(from, bytes)
		if err != nil || len(line) == 0 {
			return err
		}
		if total += len(line); total > bytes || n == lines {
			return LongTrailer
		}
		name, value, _, err := Field(string(line))
		if err != nil {
			return err
		}
		if !message.Framing(name) && !message.HopByHop(name) {
			c.Trailer.Add(name, value)
		}
	}
}
