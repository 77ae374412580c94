package domain

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"strings"
)

// attributes are the names that OpenSSL has for the attributes of names, by their
// OIDs (X.520, RFC 4519 and PKCS 9, the last three of certificates with extended
// validation).
var attributes = map[string]string{
	"2.5.4.3": "CN", "2.5.4.4": "SN", "2.5.4.5": "serialNumber", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST",
	"2.5.4.9": "street", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.12": "title", "2.5.4.13": "description",
	"2.5.4.15": "businessCategory", "2.5.4.17": "postalCode", "2.5.4.20": "telephoneNumber", "2.5.4.41": "name", "2.5.4.42": "GN",
	"2.5.4.43": "initials", "2.5.4.44": "generationQualifier", "2.5.4.46": "dnQualifier", "2.5.4.65": "pseudonym",
	"2.5.4.97":             "organizationIdentifier",
	"1.2.840.113549.1.9.1": "emailAddress", "1.2.840.113549.1.9.2": "unstructuredName",
	"0.9.2342.19200300.100.1.1": "UID", "0.9.2342.19200300.100.1.25": "DC",
	"1.3.6.1.4.1.311.60.2.1.1": "jurisdictionL", "1.3.6.1.4.1.311.60.2.1.2": "jurisdictionST", "1.3.6.1.4.1.311.60.2.1.3": "jurisdictionC",
}

// distinguished writes a name as it stands in a certificate: its attributes in the
// certificate's order, those of one set joined by +, special characters escaped as
// RFC 2253 section 2.4 does.
//
// Observed: the order, which RFC 2253 would turn round. Assumed: the names of other
// attributes than C, ST, L, O, OU and CN are those of OpenSSL, and what it has no
// name for is an OID with the value in hexadecimal digits.
func distinguished(raw []byte) string {
	var sequence pkix.RDNSequence
	if rest, err := asn1.Unmarshal(raw, &sequence); err != nil || len(rest) > 0 {
		return "" // what was verified has a name that can be read
	}
	var b strings.Builder
	for i, set := range sequence {
		for j, attribute := range set {
			switch {
			case j > 0:
				b.WriteByte('+')
			case i > 0:
				b.WriteByte(',')
			}
			writeAttribute(&b, &attribute)
		}
	}
	return b.String()
}

// RFC 2253 section 2.4: what has no name is an OID with the DER encoding of the
// value.
func writeAttribute(b *strings.Builder, a *pkix.AttributeTypeAndValue) {
	oid := a.Type.String()
	value, isText := a.Value.(string)
	if name := attributes[oid]; name != "" && isText {
		b.WriteString(name)
		b.WriteByte('=')
		writeValue(b, value)
		return
	}
	der, err := asn1.Marshal(a.Value)
	if err != nil {
		der = fmt.Append(nil, a.Value)
	}
	b.WriteString(oid)
	b.WriteString("=#")
	b.WriteString(hex.EncodeToString(der))
}

func writeValue(b *strings.Builder, value string) {
	for i := range len(value) {
		switch c := value[i]; {
		case c < ' ' || c == 0x7f:
			fmt.Fprintf(b, "\\%02X", c)
			continue
		case strings.IndexByte(`,+"\<>;`, c) >= 0, c == '#' && i == 0, c == ' ' && (i == 0 || i == len(value)-1):
			b.WriteByte('\\')
		}
		b.WriteByte(value[i])
	}
}
