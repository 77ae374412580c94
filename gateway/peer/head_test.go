package peer

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"testing"
)

// binaryHead is a head of version 2.
func binaryHead(command, over byte, rest ...[]byte) string {
	all := bytes.Join(rest, nil)
	b := append(bytes.Clone(signature), 0x20|command, over)
	return string(append(binary.BigEndian.AppendUint16(b, uint16(len(all))), all...))
}

func tlv(kind byte, value ...byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{kind}, uint16(len(value))), value...)
}

var (
	tcp4 = []byte{203, 0, 113, 9, 192, 0, 2, 1, 0x15, 0xb3, 0x01, 0xbb} // ports 5555 and 443
	tcp6 = append(append(append(bytes.Repeat([]byte{0x20}, 16), bytes.Repeat([]byte{0x30}, 16)...), 0x15, 0xb3), 0x1f, 0x90)
)

// summed is a head of version 2 with its checksum, which flip spoils.
func summed(flip byte) string {
	head := []byte(binaryHead(commandProxy, overTCP4, tcp4, tlv(typeCRC32C, 0, 0, 0, 0), tlv(typeSSL, 1, 0, 0, 0, 0)))
	at := len(signature) + 4 + len(tcp4) + 3
	binary.BigEndian.PutUint32(head[at:], crc32.Checksum(head, crc32.MakeTable(crc32.Castagnoli)))
	head[at] ^= flip
	return string(head)
}

func TestReadHead(t *testing.T) {
	for _, row := range []struct{ name, head, want string }{
		{"TCP4", "PROXY TCP4 203.0.113.9 192.0.2.1 5555 443\r\n", "203.0.113.9:5555 192.0.2.1:443 false false"},
		{"TCP6", "PROXY TCP6 2001:db8::9 2001:DB8:0:0::1 5555 8080\r\n", "[2001:db8::9]:5555 [2001:db8::1]:8080 false false"},
		{"the longest line", "PROXY UNKNOWN " + strings.Repeat("f", 107-16) + "\r\n", "invalid AddrPort invalid AddrPort false false"},
		{"UNKNOWN", "PROXY UNKNOWN\r\n", "invalid AddrPort invalid AddrPort false false"},
		{"ports at the ends", "PROXY TCP4 203.0.113.9 192.0.2.1 0 65535\r\n", "203.0.113.9:0 192.0.2.1:65535 false false"},
		{"TCP4, version 2", binaryHead(commandProxy, overTCP4, tcp4), "203.0.113.9:5555 192.0.2.1:443 false false"},
		{"TCP6, version 2", binaryHead(commandProxy, overTCP6, tcp6), "[2020:2020:2020:2020:2020:2020:2020:2020]:5555 [3030:3030:3030:3030:3030:3030:3030:3030]:8080 false false"},
		{"LOCAL", binaryHead(commandLocal, 0), "invalid AddrPort invalid AddrPort false false"},
		{"LOCAL that says more", binaryHead(commandLocal, overTCP4, tcp4, tlv(typeSSL, 1, 0, 0, 0, 0)), "invalid AddrPort invalid AddrPort false false"},
		{"LOCAL with garbage", binaryHead(commandLocal, 0xff, []byte("garbage")), "invalid AddrPort invalid AddrPort false false"},
		{"nothing known", binaryHead(commandProxy, overUnspecified, []byte("garbage")), "invalid AddrPort invalid AddrPort false false"},
		{"a socket of Unix", binaryHead(commandProxy, overUnixStream, make([]byte, 216)), "invalid AddrPort invalid AddrPort false false"},
		{"over TLS", binaryHead(commandProxy, overTCP4, tcp4, tlv(typeSSL, 1, 0, 0, 0, 0, 0x21, 0, 3, 'T', 'L', 'S')), "203.0.113.9:5555 192.0.2.1:443 true true"},
		{"not over TLS", binaryHead(commandProxy, overTCP4, tcp4, tlv(0x04, 0, 0), tlv(typeSSL, 0, 0, 0, 0, 1)), "203.0.113.9:5555 192.0.2.1:443 true false"},
		{"other words", binaryHead(commandProxy, overTCP4, tcp4, tlv(0x01, 'h', '2'), tlv(0x02), tlv(0xea, make([]byte, 2000)...)), "203.0.113.9:5555 192.0.2.1:443 false false"},
		{"a checksum", summed(0), "203.0.113.9:5555 192.0.2.1:443 true true"},
	} {
		rest := strings.NewReader(row.head + "GET / HTTP/1.1")
		h, err := readHead(rest)
		if err != nil {
			t.Errorf("%s: got %v", row.name, err)
			continue
		}
		if got := fmt.Sprint(h.source, " ", h.destination, " ", h.told, " ", h.tls); got != row.want {
			t.Errorf("%s: got %s, want %s", row.name, got, row.want)
		}
		if left, _ := io.ReadAll(rest); string(left) != "GET / HTTP/1.1" {
			t.Errorf("%s: the client is left with %q", row.name, left)
		}
	}
}

func TestBadHeads(t *testing.T) {
	line := func(s string) string { return "PROXY " + s + "\r\n" }
	for name, head := range map[string]string{
		"nothing": "", "a request": "GET / HTTP/1.1\r\nHost: h\r\n\r\n", "in small letters": "proxy TCP4 203.0.113.9 192.0.2.1 5555 443\r\n",
		"TLS": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03aaaaaaaa", "cut": "PROXY TCP4 203.0.113.9", "HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"no CR":           "PROXY TCP4 203.0.113.9 192.0.2.1 5555 443\n" + strings.Repeat("x", 200),
		"endless":         "PROXY TCP4 " + strings.Repeat("1", 500),
		"one byte over":   "PROXY UNKNOWN " + strings.Repeat("f", 107-15) + "\r\n",
		"UDP4":            line("UDP4 203.0.113.9 192.0.2.1 5555 443"),
		"UNKNOWNX":        line("UNKNOWNX"),
		"IPv6 as TCP4":    line("TCP4 2001:db8::1 2001:db8::2 5555 443"),
		"IPv4 as TCP6":    line("TCP6 203.0.113.9 192.0.2.1 5555 443"),
		"mixed":           line("TCP4 203.0.113.9 2001:db8::2 5555 443"),
		"two spaces":      line("TCP4  203.0.113.9 192.0.2.1 5555 443"),
		"one more":        line("TCP4 203.0.113.9 192.0.2.1 5555 443 x"),
		"one less":        line("TCP4 203.0.113.9 192.0.2.1 5555"),
		"a port too many": line("TCP4 203.0.113.9 192.0.2.1 5555 65536"),
		"a port below":    line("TCP4 203.0.113.9 192.0.2.1 -1 443"),
		"a port with 0":   line("TCP4 203.0.113.9 192.0.2.1 05555 443"),
		"a port in +":     line("TCP4 203.0.113.9 192.0.2.1 +5555 443"),
		"octal":           line("TCP4 0313.0.113.9 192.0.2.1 5555 443"),
		"a zone":          line("TCP6 fe80::1%lo fe80::2 5555 443"),
		"a name":          line("TCP4 localhost 192.0.2.1 5555 443"),

		"version 1 in binary":  strings.Replace(binaryHead(commandProxy, overTCP4, tcp4), "\x21\x11", "\x11\x11", 1),
		"another command":      binaryHead(2, overTCP4, tcp4),
		"UDP":                  binaryHead(commandProxy, 0x12, tcp4),
		"another family":       binaryHead(commandProxy, 0x41, tcp4),
		"short addresses":      binaryHead(commandProxy, overTCP4, tcp4[:11]),
		"IPv4 as IPv6":         binaryHead(commandProxy, overTCP6, tcp4),
		"short Unix":           binaryHead(commandProxy, overUnixStream, make([]byte, 215)),
		"a cut word":           binaryHead(commandProxy, overTCP4, tcp4, []byte{0x20, 0}),
		"a word too long":      binaryHead(commandProxy, overTCP4, tcp4, []byte{0x20, 0, 6, 1, 0, 0, 0, 0}),
		"TLS in short":         binaryHead(commandProxy, overTCP4, tcp4, tlv(typeSSL, 1, 0, 0, 0)),
		"a checksum in short":  binaryHead(commandProxy, overTCP4, tcp4, tlv(typeCRC32C, 1, 2, 3)),
		"a wrong checksum":     summed(1),
		"too long":             binaryHead(commandProxy, overTCP4, tcp4, make([]byte, maxRest)),
		"cut after signature":  string(signature),
		"cut in the addresses": binaryHead(commandProxy, overTCP4, tcp4)[:20],
	} {
		if h, err := readHead(strings.NewReader(head)); err == nil || !errors.Is(err, errNoHead) && !errors.Is(err, errBadHead) {
			t.Errorf("%s: got %+v, %v, want an error of ours", name, h, err)
		}
	}
}

func TestHeadsTellOfClients(t *testing.T) {
	for _, row := range []struct {
		name, head string
		secure     bool // of the connection
		want       string
	}{
		{"a line", "PROXY TCP4 203.0.113.9 192.0.2.1 5555 8080\r\n", false, "203.0.113.9 203.0.113.9 http 8080 false"},
		{"port 443 says little", "PROXY TCP4 203.0.113.9 192.0.2.1 5555 443\r\n", false, "203.0.113.9 203.0.113.9 https 443 false"},
		{"TLS to us", "PROXY TCP4 203.0.113.9 192.0.2.1 5555 8443\r\n", true, "203.0.113.9 203.0.113.9 https 8443 true"},
		{"TLS to the proxy", binaryHead(commandProxy, overTCP6, tcp6, tlv(typeSSL, 1, 0, 0, 0, 0)), false, "2020:2020:2020:2020:2020:2020:2020:2020 2020:2020:2020:2020:2020:2020:2020:2020 https 8080 true"},
		{"no TLS on 443", binaryHead(commandProxy, overTCP4, tcp4, tlv(typeSSL, 0, 0, 0, 0, 0)), false, "203.0.113.9 203.0.113.9 http 443 false"},
		{"TLS to us alone", binaryHead(commandProxy, overTCP4, tcp4, tlv(typeSSL, 0, 0, 0, 0, 0)), true, "203.0.113.9 203.0.113.9 https 443 true"},
	} {
		h, err := readHead(strings.NewReader(row.head))
		if err != nil {
			t.Fatal(row.name, err)
		}
		c := Client{Address: "10.0.0.1", Peer: "10.0.0.1", Scheme: "http"}
		if row.secure {
			c.Scheme, c.Secure = "https", true
		}
		h.tell(&c)
		if got := fmt.Sprint(c.Address, " ", c.Peer, " ", c.Scheme, " ", c.Port(), " ", c.Secure); got != row.want {
			t.Errorf("%s: got %s, want %s", row.name, got, row.want)
		}
	}
}

func FuzzReadHead(f *testing.F) {
	for _, seed := range []string{"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n", "PROXY UNKNOWN\r\n", summed(0), binaryHead(commandProxy, overTCP6, tcp6), binaryHead(commandLocal, 0)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		h, err := readHead(strings.NewReader(text))
		if (h == nil) == (err == nil) {
			t.Errorf("got %v, %v", h, err)
		}
		if err == nil && h.source.IsValid() != h.destination.IsValid() {
			t.Errorf("got half of the addresses: %v %v", h.source, h.destination)
		}
	})
}
