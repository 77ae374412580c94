package domain

import (
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"strconv"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/exchange"
)

// moment is how OpenSSL prints the ends of a certificate's life.
// Documented: API Gateway Developer Guide, Create AWS Lambda proxy integrations
// for HTTP APIs, in the event of format 2.0.
const moment = "Jan _2 15:04:05 2006 GMT"

// clientCert is a client's certificate as $context shows it.
func clientCert(c *x509.Certificate) *exchange.ClientCert {
	return &exchange.ClientCert{
		PEM:          string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})),
		SubjectDN:    distinguished(c.RawSubject),
		IssuerDN:     distinguished(c.RawIssuer),
		SerialNumber: serial(c.SerialNumber.Bytes()),
		NotBefore:    c.NotBefore.In(time.UTC).Format(moment),
		NotAfter:     c.NotAfter.In(time.UTC).Format(moment),
	}
}

// serial is a serial number as pairs of hexadecimal digits with colons.
// Observed: a single digit is not made a pair.
func serial(number []byte) string {
	if len(number) == 1 {
		return strconv.FormatUint(uint64(number[0]), 16)
	}
	pairs := make([]string, len(number))
	for i, b := range number {
		pairs[i] = hex.EncodeToString([]byte{b})
	}
	return strings.Join(pairs, ":")
}
