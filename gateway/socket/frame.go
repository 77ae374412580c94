package socket

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"

	"github.com/gobwas/ws"
)

const maxControl = ws.MaxControlFramePayloadSize

// headerSize is the size of the frame header that begins with these two bytes.
func headerSize(second byte) int {
	n := ws.MinHeaderSize
	// RFC 6455 section 5.2: 126 and 127 announce a length of two or eight bytes behind them.
	switch second & 0x7f {
	case 126:
		n += 2
	case 127:
		n += 8
	}
	if second&0x80 != 0 {
		n += 4
	}
	return n
}

// parseHeader reads a whole header, of headerSize bytes; false means a length
// with its most significant bit set, which RFC 6455 section 5.2 forbids.
func parseHeader(b []byte) (ws.Header, bool) {
	h := ws.Header{
		Fin:    b[0]&0x80 != 0,
		Rsv:    b[0] >> 4 & 7,
		OpCode: ws.OpCode(b[0] & 0x0f),
		Masked: b[1]&0x80 != 0,
		Length: int64(b[1] & 0x7f),
	}
	rest := b[2:]
	switch h.Length {
	case 126:
		h.Length, rest = int64(binary.BigEndian.Uint16(rest)), rest[2:]
	case 127:
		h.Length, rest = int64(binary.BigEndian.Uint64(rest)), rest[8:]
	}
	if h.Masked {
		copy(h.Mask[:], rest)
	}
	return h, h.Length >= 0
}

// appendFrame appends an unmasked frame.
func appendFrame(b []byte, op ws.OpCode, fin, compressed bool, payload []byte) []byte {
	// RFC 6455 section 5.1: a server must not mask, and a client would break the connection off.
	first := byte(op)
	if fin {
		first |= 0x80
	}
	if compressed {
		first |= 0x40
	}
	switch n := len(payload); {
	case n < 126:
		b = append(b, first, byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, first, 126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, first, 127), uint64(n))
	}
	return append(b, payload...)
}

// appendMessage appends a message in as many frames of at most limit bytes as it
// needs; only the first bears the mark of compression (RFC 7692 section 6.1).
func appendMessage(b []byte, op ws.OpCode, compressed bool, payload []byte, limit int) []byte {
	for len(payload) > limit {
		b = appendFrame(b, op, false, compressed, payload[:limit])
		payload = payload[limit:]
		op, compressed = ws.OpContinuation, false
	}
	return appendFrame(b, op, true, compressed, payload)
}

// appendClose appends a close frame. 1005, 1006 and 1015 never travel (RFC 6455
// section 7.4.1), so for them the frame is empty.
func appendClose(b []byte, code int, reason string) []byte {
	if !Sendable(code) {
		return appendFrame(b, ws.OpClose, true, false, nil)
	}
	payload := binary.BigEndian.AppendUint16(make([]byte, 0, maxControl), uint16(code))
	return appendFrame(b, ws.OpClose, true, false, append(payload, clip(reason, maxControl-2)...))
}

// Sendable reports whether a close frame may bear this code: 1000 to 1003, 1007 to 1014, and
// 3000 to 4999 (RFC 6455 section 7.4); the others are reserved, or never in a frame.
//
// Assumed: AWS takes the codes 1012 to 1014. IANA has registered them since (RFC 6455
// section 11.7), so servers and proxies send them, and the library does not know them.
func Sendable(code int) bool {
	if 1012 <= code && code <= 1014 {
		return true
	}
	return 1000 <= code && code <= 4999 && ws.CheckCloseFrameData(ws.StatusCode(code), "") == nil
}

// clip shortens a reason to whole runes in n bytes.
func clip(s string, n int) string {
	// RFC 6455 section 5.5.1: a reason is UTF-8, and backends may give any bytes.
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
