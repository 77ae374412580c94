package domain

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"testing"
	"time"
)

func attribute(value any, oid ...int) pkix.AttributeTypeAndValue {
	return pkix.AttributeTypeAndValue{Type: oid, Value: value}
}

func one(value any, oid ...int) pkix.RelativeDistinguishedNameSET {
	return pkix.RelativeDistinguishedNameSET{attribute(value, oid...)}
}

func TestDistinguished(t *testing.T) {
	ia5 := func(s string) asn1.RawValue { return asn1.RawValue{Tag: asn1.TagIA5String, Bytes: []byte(s)} }
	for _, row := range []struct {
		name string
		rdns pkix.RDNSequence
		want string
	}{
		{"AWS's own", pkix.RDNSequence{
			one("US", 2, 5, 4, 6), one("Washington", 2, 5, 4, 8), one("Seattle", 2, 5, 4, 7), one("Amazon Web Services", 2, 5, 4, 10),
			one("Security", 2, 5, 4, 11), one("My Private CA", 2, 5, 4, 3),
		}, "C=US,ST=Washington,L=Seattle,O=Amazon Web Services,OU=Security,CN=My Private CA"},
		{"another order", pkix.RDNSequence{one("me", 2, 5, 4, 3), one("Test", 2, 5, 4, 10), one("US", 2, 5, 4, 6)}, "CN=me,O=Test,C=US"},
		{"a repeated one", pkix.RDNSequence{one("a", 2, 5, 4, 11), one("b", 2, 5, 4, 11)}, "OU=a,OU=b"},
		{"an e-mail address", pkix.RDNSequence{one("me", 2, 5, 4, 3), one(ia5("me@example.com"), 1, 2, 840, 113549, 1, 9, 1)}, "CN=me,emailAddress=me@example.com"},
		{"components of a domain", pkix.RDNSequence{one(ia5("com"), 0, 9, 2342, 19200300, 100, 1, 25), one("u1", 0, 9, 2342, 19200300, 100, 1, 1)}, "DC=com,UID=u1"},
		{"one set of two, in the order of DER", pkix.RDNSequence{{attribute("me", 2, 5, 4, 3), attribute("7", 2, 5, 4, 5)}, one("Test", 2, 5, 4, 10)}, "serialNumber=7+CN=me,O=Test"},
		{"special characters", pkix.RDNSequence{one(`A, "B" + C\D <E>; F=G#`, 2, 5, 4, 10), one(" #x ", 2, 5, 4, 3), one("#y", 2, 5, 4, 11)},
			`O=A\, \"B\" \+ C\\D \<E\>\; F=G#,CN=\ #x\ ,OU=\#y`},
		{"a line feed", pkix.RDNSequence{one("a\nb", 2, 5, 4, 3)}, `CN=a\0Ab`},
		{"letters beyond ASCII", pkix.RDNSequence{one("Zürich", 2, 5, 4, 7)}, "L=Zürich"},
		{"an unknown attribute", pkix.RDNSequence{one("me", 2, 5, 4, 3), one("x", 1, 2, 3, 4)}, "CN=me,1.2.3.4=#130178"},
		{"nothing", pkix.RDNSequence{}, ""},
	} {
		raw, err := asn1.Marshal(row.rdns)
		if err != nil {
			t.Fatal(err)
		}
		if got := distinguished(raw); got != row.want {
			t.Errorf("%s: got %s, want %s", row.name, got, row.want)
		}
	}
	if got := distinguished([]byte("no name")); got != "" {
		t.Errorf("got %q of what is no name", got)
	}
}

func TestClientCert(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for number, want := range map[int64]string{1: "1", 0x7f: "7f", 0xa1: "a1", 0x0a1b2c: "0a:1b:2c"} {
		template := &x509.Certificate{
			SerialNumber: big.NewInt(number), Subject: pkix.Name{CommonName: "me"},
			NotBefore: time.Date(2019, 5, 28, 12, 30, 2, 0, time.UTC), NotAfter: time.Date(2021, 8, 5, 9, 36, 4, 0, time.UTC),
		}
		der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
		if err != nil {
			t.Fatal(err)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		got := clientCert(cert)
		if got.SerialNumber != want || got.NotBefore != "May 28 12:30:02 2019 GMT" || got.NotAfter != "Aug  5 09:36:04 2021 GMT" {
			t.Errorf("%x: got %+v", number, got)
		}
	}
}
