package socket

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/gobwas/httphead"
	"github.com/gobwas/ws/wsflate"
	"github.com/klauspost/compress/flate"
)

// negotiate answers the offers of permessage-deflate: the value of the response
// header and the window that the client can bear, in bits. "", 0 declines.
//
// Neither side keeps its window between messages: it would cost every idle
// connection up to 32 KB a direction. A smaller window for what the server sends
// is honoured by compressing only messages that fit in it; what the client sends
// is read whatever its window is.
func negotiate(offers []string) (extension string, window uint8) {
	for _, offer := range offers {
		options, ok := httphead.ParseOptions([]byte(offer), nil)
		if !ok {
			continue
		}
		for _, option := range options {
			var p wsflate.Parameters
			if !bytes.Equal(option.Name, wsflate.ExtensionNameBytes) || p.Parse(option) != nil || !valid(option) {
				continue
			}
			return agree(p)
		}
	}
	return "", 0
}

// wellFormed says whether offers of extensions can be read; what cannot is no handshake (RFC 6455
// section 9.1). A header that is empty offers nothing.
func wellFormed(offers []string) bool {
	for _, offer := range offers {
		every := func(int, []byte, []byte, []byte) httphead.Control { return httphead.ControlContinue }
		if strings.Trim(offer, " \t,") != "" && !httphead.ScanOptions([]byte(offer), every) {
			return false
		}
	}
	return true
}

// valid is the rest of RFC 7692, section 7.1, that the library passes over: no parameter is there
// twice, and bits have no zeros in front. What is not so is declined.
func valid(option httphead.Option) bool {
	seen, ok := map[string]bool{}, true
	option.Parameters.ForEach(func(name, value []byte) bool {
		ok = ok && !seen[string(name)] && !bytes.HasPrefix(value, []byte("0"))
		seen[string(name)] = true
		return ok
	})
	return ok
}

func agree(p wsflate.Parameters) (extension string, window uint8) {
	extension = wsflate.ExtensionName + "; server_no_context_takeover; client_no_context_takeover"
	if !p.ServerMaxWindowBits.Defined() {
		return extension, 15
	}
	window = uint8(p.ServerMaxWindowBits)
	return extension + "; server_max_window_bits=" + strconv.Itoa(int(window)), window
}

// deflate compresses a message into a pooled buffer; nil means that it goes as
// it is.
func (s *Socket) deflate(data []byte) *buffer {
	if s.window == 0 || len(data) < s.up.compression.Threshold || len(data) > 1<<s.window {
		return nil
	}
	b := s.up.buffer()
	if err := flate.StatelessDeflate(b, data, false, nil); err != nil || len(b.b) >= len(data) {
		s.up.release(b)
		return nil
	}
	b.b = b.b[:len(b.b)-len(flushed)] // RFC 7692 section 7.2.1
	return b
}

const (
	flushed = "\x00\x00\xff\xff"     // ends every message, and is cut off
	final   = "\x01\x00\x00\xff\xff" // an empty last block, so that the reader sees an end
	tail    = flushed + final        // what a compressed message lacks
	least   = 512                    // first guess at a decompressed size
	slack   = 4 << 10                // what incompressible data may grow by
)

var errTooLong = errors.New("longer than the limit")

// inflater decompresses one message at a time and is pooled.
type inflater struct {
	source bytes.Reader
	flate  io.ReadCloser
}

// inflate decompresses a message; it makes at most limit+1 bytes, whatever data
// promises. It may write behind data.
func (u *Upgrader) inflate(data []byte, limit int) ([]byte, error) {
	f, ok := u.inflaters.Get().(*inflater)
	if !ok {
		f = &inflater{flate: flate.NewReader(nil)}
	}
	defer u.inflaters.Put(f)
	f.source.Reset(append(data, tail...))
	defer f.source.Reset(nil)
	if err := f.flate.(flate.Resetter).Reset(&f.source, nil); err != nil {
		return nil, err
	}
	out := make([]byte, 0, min(max(least, 3*len(data)), limit+1))
	for {
		if len(out) == cap(out) {
			out = slices.Grow(out, min(len(out), limit+1-len(out)))
		}
		n, err := f.flate.Read(out[len(out):min(cap(out), limit+1)])
		out = out[:len(out)+n]
		switch {
		case len(out) > limit:
			return nil, errTooLong
		case err == io.EOF:
			return out, nil
		case err != nil:
			return nil, err
		}
	}
}
