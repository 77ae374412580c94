package peer

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"net/netip"
	"strconv"
	"strings"
)

// head is what a proxy says of a connection by the PROXY protocol, versions 1 and
// 2 (haproxy.org, proxy-protocol.txt).
type head struct {
	source, destination netip.AddrPort // not valid: the proxy speaks for itself
	// told says that the proxy tells whether its client speaks TLS, and tls which.
	told, tls bool
}

// Bounds of a head, in bytes.
const (
	maxLine = 107     // of version 1, its own bound
	maxRest = 8 << 10 // of version 2 behind the fixed part; it could say 64 KiB
)

var (
	signature = []byte("\r\n\r\n\x00\r\nQUIT\n")

	errNoHead  = errors.New("the connection does not begin with a head of the PROXY protocol")
	errBadHead = errors.New("the head of the PROXY protocol cannot be read")
)

// readHead reads a head and not a byte more.
func readHead(r io.Reader) (*head, error) {
	var begin [12]byte // as long as the signature, and shorter than any line
	if _, err := io.ReadFull(r, begin[:]); err != nil {
		return nil, errors.Join(errNoHead, err)
	}
	if bytes.Equal(begin[:], signature) {
		return readBinary(r)
	}
	if !bytes.HasPrefix(begin[:], []byte("PROXY ")) {
		return nil, errNoHead
	}
	return readLine(r, begin[:])
}

// readLine reads the rest of a line of version 1, byte by byte: what follows is the
// client's.
func readLine(r io.Reader, begin []byte) (*head, error) {
	line := append(make([]byte, 0, maxLine), begin...)
	for !bytes.HasSuffix(line, []byte("\r\n")) {
		if len(line) == maxLine {
			return nil, errBadHead
		}
		next := line[len(line) : len(line)+1]
		if _, err := io.ReadFull(r, next); err != nil {
			return nil, errors.Join(errBadHead, err)
		}
		line = line[:len(line)+1]
	}
	text := string(line[len("PROXY ") : len(line)-2])
	if text == "UNKNOWN" || strings.HasPrefix(text, "UNKNOWN ") {
		return &head{}, nil
	}
	words := strings.Split(text, " ")
	if len(words) != 5 || words[0] != "TCP4" && words[0] != "TCP6" {
		return nil, errBadHead
	}
	six := words[0] == "TCP6"
	source, ok := endpoint(words[1], words[3], six)
	destination, also := endpoint(words[2], words[4], six)
	if !ok || !also {
		return nil, errBadHead
	}
	return &head{source: source, destination: destination}, nil
}

// endpoint is an address and a port as version 1 has them: in the family that the line has
// named, and in one spelling, or else it is no such head (The PROXY protocol, 2.1).
func endpoint(address, number string, six bool) (netip.AddrPort, bool) {
	addr, err := netip.ParseAddr(address)
	n, no := strconv.ParseUint(number, 10, 16)
	if err != nil || no != nil || addr.Is6() != six || addr.Zone() != "" || strconv.FormatUint(n, 10) != number {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(addr.Unmap(), uint16(n)), true
}

// Families and commands of version 2.
const (
	version2 = 2

	commandLocal = 0
	commandProxy = 1

	overUnspecified = 0x00
	overTCP4        = 0x11
	overTCP6        = 0x21
	overUnixStream  = 0x31
)

// readBinary reads what follows the signature of version 2.
func readBinary(r io.Reader) (*head, error) {
	var fixed [4]byte // version and command, family and transport, length
	if _, err := io.ReadFull(r, fixed[:]); err != nil {
		return nil, errors.Join(errBadHead, err)
	}
	length := int(binary.BigEndian.Uint16(fixed[2:]))
	command := fixed[0] & 0x0f
	if fixed[0]>>4 != version2 || command > commandProxy || length > maxRest {
		return nil, errBadHead
	}
	rest := make([]byte, length)
	if _, err := io.ReadFull(r, rest); err != nil {
		return nil, errors.Join(errBadHead, err)
	}
	if command == commandLocal { // what it says more is to be passed over
		return &head{}, nil
	}
	h, size := &head{}, 0
	switch fixed[1] {
	case overUnspecified:
		return h, nil // nothing is known of how long addresses are
	case overTCP4:
		size = 2*4 + 2*2
	case overTCP6:
		size = 2*16 + 2*2
	case overUnixStream:
		size = 2 * 108
	default:
		return nil, errBadHead
	}
	if len(rest) < size {
		return nil, errBadHead
	}
	if fixed[1] != overUnixStream {
		h.addresses(rest[:size])
	}
	sum := &checksum{bytes.Join([][]byte{signature, fixed[:], rest}, nil), len(signature) + len(fixed)}
	if !h.tlvs(rest[size:], size, sum) {
		return nil, errBadHead
	}
	return h, nil
}

// addresses reads two addresses and two ports.
func (h *head) addresses(b []byte) {
	n := (len(b) - 4) / 2
	source, _ := netip.AddrFromSlice(b[:n])
	destination, _ := netip.AddrFromSlice(b[n : 2*n])
	h.source = netip.AddrPortFrom(source.Unmap(), binary.BigEndian.Uint16(b[2*n:]))
	h.destination = netip.AddrPortFrom(destination.Unmap(), binary.BigEndian.Uint16(b[2*n+2:]))
}

// Types of what a head of version 2 says beside addresses.
const (
	typeCRC32C = 0x03
	typeSSL    = 0x20

	clientSSL = 0x01
)

// checksum is a whole head, over which its sum is made; at is where the part behind
// the fixed one begins.
type checksum struct {
	whole []byte
	at    int
}

// holds says whether the sum of the head, with zeros where the sum stands, is the
// one that stands there.
func (c *checksum) holds(offset int) bool {
	place := c.whole[c.at+offset : c.at+offset+4]
	said := binary.BigEndian.Uint32(place)
	clear(place)
	return crc32.Checksum(c.whole, crc32.MakeTable(crc32.Castagnoli)) == said
}

// tlvs reads what is said beside addresses. at is where it begins behind the fixed
// part.
func (h *head) tlvs(b []byte, at int, sum *checksum) bool {
	for len(b) > 0 {
		if len(b) < 3 {
			return false
		}
		kind, length := b[0], int(binary.BigEndian.Uint16(b[1:]))
		if b, at = b[3:], at+3; length > len(b) {
			return false
		}
		switch kind {
		case typeSSL:
			if length < 5 {
				return false
			}
			h.told, h.tls = true, b[0]&clientSSL != 0
		case typeCRC32C:
			if length != 4 || !sum.holds(at) {
				return false
			}
		}
		b, at = b[length:], at+length
	}
	return true
}

// tell takes what the proxy says over what the connection says.
//
// Assumed: where the proxy says nothing of TLS, a client that called port 443 spoke
// it to the proxy. That is told to backends, but is no proof that nobody listened.
func (h *head) tell(c *Client) {
	c.Address = h.source.Addr().String()
	c.Peer = c.Address
	c.port = strconv.Itoa(int(h.destination.Port()))
	switch {
	case h.told && h.tls:
		c.Scheme, c.Secure = "https", true
	case h.told && !c.Secure:
		c.Scheme = "http"
	case c.port == "443":
		c.Scheme = "https"
	}
}
