package program

import (
	"bytes"
	"crypto/sha1" // what Java's format has, which guards nothing here
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/binary"
	"encoding/hex"
	"encoding/pem"
	"os"
	"path/filepath"
	"unicode/utf16"
)

// javaTrust is a file with whom java believes and, besides, the certificates of a file in
// PEM; "" leaves java with its own. Java goes by no variable as other programs do.
func (m *Maker) javaTrust(java, more string) string {
	home, err := filepath.EvalSymlinks(java)
	if more == "" || err != nil {
		return ""
	}
	home = filepath.Dir(filepath.Dir(home))
	certificates := [][]byte(nil)
	// Documented: JSSE Reference Guide, Customizing the Default Keystores and Truststores:
	// lib/security/jssecacerts, else cacerts; Java 8 has them below jre.
	for _, name := range []string{"lib/security/jssecacerts", "lib/security/cacerts", "jre/lib/security/jssecacerts", "jre/lib/security/cacerts"} {
		if text, err := os.ReadFile(filepath.Join(home, name)); err == nil {
			certificates = believed(text)
			break
		}
	}
	// Without its own it would believe nobody else: then it stays as it is.
	text, err := os.ReadFile(more)
	if len(certificates) == 0 || err != nil {
		return ""
	}
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		// One that Java does not read would make it believe nobody at all. Observed: it
		// refuses those that do not say who has signed them.
		if c, err := x509.ParseCertificate(block.Bytes); block.Type == "CERTIFICATE" && err == nil && len(c.Issuer.Names) > 0 {
			certificates = append(certificates, block.Bytes)
		}
	}
	store := keyStore(certificates)
	sum := sha256.Sum256(store)
	path := filepath.Join(m.Folder, "trusted-"+hex.EncodeToString(sum[:8])+".jks")
	if !isThere(path) && writeWhole(path, bytes.NewReader(store)) != nil {
		return ""
	}
	return path
}

// believed are the certificates of a file of java's; none of a form that is not known.
func believed(text []byte) [][]byte {
	if bytes.HasPrefix(text, keyStoreMagic) {
		return ofKeyStore(text[len(keyStoreMagic):])
	}
	return ofArchive(text)
}

// Observed: the form of OpenJDK's JavaKeyStore: numbers are big-endian, and a text or
// certificate has its length in front. Only the second version is in use.
var keyStoreMagic = []byte{0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2}

// trustedEntry begins an entry that is somebody to believe.
const trustedEntry = 2

func ofKeyStore(text []byte) (certificates [][]byte) {
	r := reader{text: text}
	for range r.number(4) {
		if r.number(4) != trustedEntry {
			return nil
		}
		r.take(r.number(2)) // alias
		r.take(8)           // when it was added
		r.take(r.number(2)) // X.509
		certificates = append(certificates, r.take(r.number(4)))
		if r.short {
			return nil
		}
	}
	return certificates
}

// reader takes pieces off a text.
type reader struct {
	text  []byte
	short bool // it had less than was to be taken
}

func (r *reader) take(n int) []byte {
	if r.short = r.short || n < 0 || n > len(r.text); r.short {
		return nil
	}
	piece := r.text[:n]
	r.text = r.text[n:]
	return piece
}

func (r *reader) number(size int) (n int) {
	for _, b := range r.take(size) {
		n = n<<8 | int(b)
	}
	return n
}

// keyStore is a file of certificates in the form that every version of Java reads.
func keyStore(certificates [][]byte) []byte {
	b := bytes.Clone(keyStoreMagic)
	text := func(s string) { b = append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...) }
	b = binary.BigEndian.AppendUint32(b, uint32(len(certificates)))
	for i, certificate := range certificates {
		b = binary.BigEndian.AppendUint32(b, trustedEntry)
		text("c" + hex.EncodeToString(binary.BigEndian.AppendUint32(nil, uint32(i))))
		b = append(b, make([]byte, 8)...)
		text("X.509")
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(certificate))), certificate...)
	}
	// The sum is checked by who gives a password, which is this one everywhere.
	var guard []byte
	for _, unit := range utf16.Encode([]rune("changeit")) {
		guard = binary.BigEndian.AppendUint16(guard, unit)
	}
	sum := sha1.Sum(append(append(guard, "Mighty Aphrodite"...), b...))
	return append(b, sum[:]...)
}

// Documented: RFC 7292, sections 4 and 5: an archive holds contents, and these hold bags.
type (
	archive struct {
		Version int
		Content content
		Mac     asn1.RawValue `asn1:"optional"`
	}
	content struct {
		Kind asn1.ObjectIdentifier
		Data asn1.RawValue `asn1:"explicit,tag:0,optional"`
	}
	bag struct {
		Kind       asn1.ObjectIdentifier
		Value      asn1.RawValue `asn1:"explicit,tag:0"`
		Attributes asn1.RawValue `asn1:"optional"`
	}
)

var (
	plainData       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	certificateBag  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 3}
	certificateX509 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 22, 1}
)

// ofArchive are the certificates of an archive without a password, as OpenJDK has them from
// version 18 on.
func ofArchive(text []byte) (certificates [][]byte) {
	var whole archive
	var parts []content
	if !parsed(text, &whole) || !whole.Content.open(&parts) {
		return nil
	}
	for _, part := range parts {
		var bags []bag
		if !part.open(&bags) {
			return nil
		}
		for _, b := range bags {
			var certificate content
			var der []byte
			if !b.Kind.Equal(certificateBag) || !parsed(b.Value.Bytes, &certificate) || !certificate.Kind.Equal(certificateX509) || !parsed(certificate.Data.Bytes, &der) {
				return nil
			}
			certificates = append(certificates, der)
		}
	}
	return certificates
}

// open reads what data holds.
func (c *content) open(into any) bool {
	var data []byte
	return c.Kind.Equal(plainData) && parsed(c.Data.Bytes, &data) && parsed(data, into)
}

func parsed(text []byte, into any) bool {
	_, err := asn1.Unmarshal(text, into)
	return err == nil
}
