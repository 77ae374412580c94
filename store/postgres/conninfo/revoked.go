package conninfo

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// revocations are the lists of certificates that their authorities have taken back: a file of them
// (libpq's sslcrl), the files of a folder (sslcrldir), or both. They are read for each connection
// anew, since a list is good for some days and a server lives longer.
// Documented: PostgreSQL, libpq, Parameter Key Words, sslcrl and sslcrldir.
type revocations struct{ file, folder string }

// Bounds of what is read for a connection.
const (
	maxLists   = 16 << 20 // bytes of all lists together
	maxListing = 1000     // files of a folder
)

// against holds the servers of a connection string against lists. What was asked for and would not
// be looked at is refused: a list that cannot be read, where libpq goes on without it, and lists
// beside an sslmode that verifies no certificate.
func (r revocations) against(c *pgconn.Config) error {
	asked := r != revocations{}
	if !asked {
		r.file = ownList()
	}
	all := tlsOf(c)
	if r.file == "" && r.folder == "" || len(all) == 0 { // without TLS there is no certificate
		return nil
	}
	if slices.ContainsFunc(all, func(t *tls.Config) bool { return t.InsecureSkipVerify && t.VerifyPeerCertificate == nil }) {
		if !asked {
			return nil
		}
		return errors.New("certificates' revocation lists want sslmode=verify-full or verify-ca, which verify certificates at all")
	}
	// What is wrong with them now is told at the start, and not as a database that is away.
	if _, err := r.read(); err != nil {
		return err
	}
	for _, t := range all {
		t.VerifyConnection = func(s tls.ConnectionState) error { return r.verify(t, s) }
	}
	return nil
}

// ownList is the list of revocations that libpq takes where none is named, or "" where the user has
// none.
// Documented: PostgreSQL, libpq, SSL Client File Usage, ~/.postgresql/root.crl.
func ownList() string {
	folder, name := os.Getenv("APPDATA"), "postgresql"
	if runtime.GOOS != "windows" {
		folder, _ = os.UserHomeDir()
		name = ".postgresql"
	}
	file := filepath.Join(folder, name, "root.crl")
	if _, err := os.Stat(file); folder == "" || err != nil {
		return ""
	}
	return file
}

// read reads all lists.
func (r revocations) read() ([]*x509.RevocationList, error) {
	files := []string{}
	if r.file != "" {
		files = append(files, r.file)
	}
	if r.folder != "" {
		entries, err := os.ReadDir(r.folder)
		if err != nil {
			return nil, fmt.Errorf("sslcrldir: %w", err)
		}
		if len(entries) > maxListing {
			return nil, fmt.Errorf("sslcrldir: %s holds more than %d files", r.folder, maxListing)
		}
		for _, entry := range entries {
			files = append(files, filepath.Join(r.folder, entry.Name()))
		}
	}
	// Folders hold what OpenSSL's rehash makes of lists, links by hash, and a README or two: each file is
	// looked into, whatever it is called.
	var lists []*x509.RevocationList
	left := int64(maxLists)
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			return nil, fmt.Errorf("revocation list: %w", err)
		}
		if file != r.file && info.IsDir() {
			continue
		}
		if !info.Mode().IsRegular() { // a pipe would be waited for
			return nil, fmt.Errorf("revocation list: %s is no file", file)
		}
		if left -= info.Size(); left < 0 {
			return nil, fmt.Errorf("revocation lists of more than %d MiB are not read", maxLists>>20)
		}
		found, err := listsOf(file, info.Size())
		if err != nil {
			return nil, fmt.Errorf("revocation list %s: %w", file, err)
		}
		if file == r.file && len(found) == 0 {
			return nil, fmt.Errorf("revocation list %s: want blocks of PEM, X509 CRL", file)
		}
		lists = append(lists, found...)
	}
	return lists, nil
}

// listsOf are the lists of a file, which may hold other things too.
func listsOf(file string, most int64) (lists []*x509.RevocationList, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rest, err := io.ReadAll(io.LimitReader(f, most))
	if err != nil {
		return nil, err
	}
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return lists, nil
		}
		if block.Type != "X509 CRL" {
			continue
		}
		list, err := x509.ParseRevocationList(block.Bytes)
		if err != nil {
			return nil, err
		}
		lists = append(lists, list)
	}
}

// verify says what is wrong with the certificates of a server: of the chains that lead to an
// authority, one must have no certificate that was taken back.
func (r revocations) verify(t *tls.Config, s tls.ConnectionState) error {
	lists, err := r.read()
	if err != nil {
		return err
	}
	// An authority that was certified twice, by an old root and a new one, gives two chains.
	chains := s.VerifiedChains
	if chains == nil { // sslmode=verify-ca: the driver has verified them, and kept no chain
		among := x509.NewCertPool()
		for _, c := range s.PeerCertificates[1:] {
			among.AddCert(c)
		}
		if chains, err = s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: t.RootCAs, Intermediates: among}); err != nil {
			return err
		}
	}
	for _, chain := range chains {
		bad := goodChain(chain, lists)
		if bad == nil {
			return nil
		}
		err = cmp.Or(err, bad)
	}
	return err
}

// goodChain says which certificate of a chain was taken back, or has no list that tells: a list that
// is missing or too old could be the one that names it. Of the authority itself a list is wanted too,
// as libpq wants it (X509_V_FLAG_CRL_CHECK_ALL of OpenSSL); where it has signed another of the chain
// that is the same list.
func goodChain(chain []*x509.Certificate, lists []*x509.RevocationList) error {
	for i, c := range chain {
		issuer := chain[min(i+1, len(chain)-1)]
		list := current(issuer, lists)
		if list == nil {
			return fmt.Errorf("the certificate %q: no revocation list of %q is valid now", c.Subject, issuer.Subject)
		}
		for _, revoked := range list.RevokedCertificateEntries {
			if revoked.SerialNumber.Cmp(c.SerialNumber) == 0 {
				return fmt.Errorf("the certificate %q was revoked on %s", c.Subject, revoked.RevocationTime.Format(time.DateOnly))
			}
		}
	}
	return nil
}

// current is the newest valid list that an authority has signed, or nil.
func current(issuer *x509.Certificate, lists []*x509.RevocationList) (newest *x509.RevocationList) {
	now := time.Now()
	for _, list := range lists {
		switch {
		case !bytes.Equal(list.RawIssuer, issuer.RawSubject), list.ThisUpdate.After(now), !list.NextUpdate.IsZero() && list.NextUpdate.Before(now):
		case slices.ContainsFunc(list.Extensions, func(e pkix.Extension) bool { return e.Critical }): // it tells of a part, or of changes alone
		case list.CheckSignatureFrom(issuer) != nil:
		case newest == nil || list.ThisUpdate.After(newest.ThisUpdate):
			newest = list
		}
	}
	return newest
}
