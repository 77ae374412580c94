package authority

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
)

// bundles are the variables by which programs are told whom to believe.
var bundles = []struct {
	name string
	adds bool // the file is believed beside the program's own roots; others replace those
}{
	{"NODE_EXTRA_CA_CERTS", true}, // Documented: Node.js, Command-line API
	{"AWS_CA_BUNDLE", false},      // Documented: AWS SDKs and Tools Reference Guide
	{"REQUESTS_CA_BUNDLE", false}, // Documented: Requests, SSL Cert Verification
	{"SSL_CERT_FILE", false},      // OpenSSL, Python's ssl, Go, Rust
	{"CURL_CA_BUNDLE", false},     // curl, which does not look at SSL_CERT_FILE where SSL_CERT_DIR is set
}

// roots are the files in which systems keep whom they believe, in PEM: Debian and
// Alpine, Fedora, openSUSE, OpenELEC, and macOS with the BSDs.
var roots = []string{
	"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
	"/etc/ssl/ca-bundle.pem", "/etc/pki/tls/cacert.pem", "/etc/ssl/cert.pem",
}

// Trust changes the variables of a process so that it believes the authority beside
// whom it believes already: what a variable names is added to and not replaced. The
// files are made in folder; dir is where the process runs. A variable stays as it is
// where nothing is known that the authority could be added to.
func (a *Authority) Trust(values map[string]string, folder, dir string) error {
	own := a.PEM()
	if a.beside != nil {
		own = append(bytes.Clone(own), a.beside.PEM()...)
	}
	for _, b := range bundles {
		var before []byte
		switch path := values[b.name]; {
		case path != "":
			if !filepath.IsAbs(path) {
				path = filepath.Join(dir, path)
			}
			var err error
			if before, err = os.ReadFile(path); err != nil {
				continue // the process fails by it, or not, as it would elsewhere
			}
		case b.adds:
		default:
			if before = systemRoots(); before == nil {
				continue
			}
		}
		path, err := bundle(folder, before, own)
		if err != nil {
			return err
		}
		values[b.name] = path
	}
	return nil
}

// File is a file of the authority's certificate: its own, or one that is made in a folder.
func (a *Authority) File(folder string) (string, error) {
	if path := a.Path(); path != "" {
		return path, nil
	}
	return bundle(folder, nil, a.PEM())
}

func systemRoots() []byte {
	for _, path := range roots {
		if text, err := os.ReadFile(path); err == nil {
			return text
		}
	}
	return nil
}

// bundle is a file of certificates, called by what is in it, so that it is written
// once and never changes.
func bundle(folder string, before, own []byte) (string, error) {
	text := bytes.Clone(before)
	if len(text) > 0 && !bytes.HasSuffix(text, []byte("\n")) {
		text = append(text, '\n')
	}
	text = append(text, own...)
	sum := sha256.Sum256(text)
	path := filepath.Join(folder, "trusted-"+hex.EncodeToString(sum[:8])+".pem")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	made, err := os.CreateTemp(folder, ".trusted-")
	if err != nil {
		return "", err
	}
	defer os.Remove(made.Name())
	if _, err = made.Write(text); err != nil {
		made.Close()
		return "", err
	}
	if err := made.Close(); err != nil {
		return "", err
	}
	return path, os.Rename(made.Name(), path)
}
