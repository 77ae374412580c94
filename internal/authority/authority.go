package authority

import (
	"crypto"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Authority is a certificate authority with its key. It is safe for concurrent use.
type Authority struct {
	folder string
	now    func() time.Time
	beside Beside // nil: nobody answers for other names

	mu     sync.Mutex // Protects fields below.
	held   *held
	leaf   crypto.Signer // the key of all leaves, of this process alone
	leaves map[string]*tls.Certificate
}

// held is a generation of the authority as it is kept.
type held struct {
	certificate *x509.Certificate
	key         crypto.Signer
	path        string // of the certificate, a file in PEM
	text        []byte // of that file
}

// ErrNoPlace is why an authority cannot be kept: its user has no folder that can be written
// to, as in a container whose user has no home.
var ErrNoPlace = errors.New("there is no folder for the local certificate authority")

// Folder is where the authority of this user is kept.
func Folder() (string, error) {
	config, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoPlace, err)
	}
	return filepath.Join(config, "dragoman"), nil
}

// Open opens the authority that is kept in a folder, and makes it first where there
// is none, or none that lasts. Processes that do so at once get the same one.
func Open(folder string) (*Authority, error) { return open(folder, time.Now) }

func open(folder string, now func() time.Time) (*Authority, error) {
	a := &Authority{folder: folder, now: now, leaves: map[string]*tls.Certificate{}}
	if err := private(folder); err != nil {
		return nil, fmt.Errorf("the local certificate authority: %w", err)
	}
	var err error
	if a.held, err = a.current(); err != nil {
		return nil, fmt.Errorf("the local certificate authority: %w", err)
	}
	if a.leaf, err = newKey(); err != nil {
		return nil, err
	}
	return a, nil
}

// Passing is an authority that is kept nowhere: its key is in this process alone, and ends
// with it. Who is to believe it has to be told anew at each start.
func Passing() (*Authority, error) {
	certificate, key, err := newAuthority(time.Now())
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(certificate)
	pair, err := tls.X509KeyPair(text, pem.EncodeToMemory(key))
	if err != nil {
		return nil, err
	}
	a := &Authority{now: time.Now, leaves: map[string]*tls.Certificate{}, held: &held{certificate: pair.Leaf, key: pair.PrivateKey.(crypto.Signer), text: text}}
	a.leaf, err = newKey()
	return a, err
}

// private makes a folder that its user alone can look into.
func private(folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("%w: %w", ErrNoPlace, err)
	}
	info, err := os.Stat(folder)
	if err != nil || runtime.GOOS == "windows" || info.Mode().Perm()&0o077 == 0 {
		return err
	}
	return os.Chmod(folder, 0o700)
}

// The files of a generation, in a folder of its own that is named by its number.
const (
	generation      = "authority-"
	certificateFile = "authority.pem"
	keyFile         = "authority.key"
)

// current is the newest generation, or the next one if that does not last. A
// generation is a folder that is renamed into its place, which fails where there is
// one already: whoever is second takes what the first has made.
func (a *Authority) current() (*held, error) {
	for {
		n, err := newest(a.folder)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			found, err := load(filepath.Join(a.folder, generation+strconv.Itoa(n)))
			if err != nil || a.now().Add(renewal).Before(found.certificate.NotAfter) {
				return found, err
			}
		}
		if err := a.make(filepath.Join(a.folder, generation+strconv.Itoa(n+1))); err != nil {
			return nil, err
		}
	}
}

// newest is the number of the newest generation, 0 for none.
func newest(folder string) (most int, err error) {
	entries, err := os.ReadDir(folder)
	for _, e := range entries {
		if number, ok := strings.CutPrefix(e.Name(), generation); ok && e.IsDir() {
			n, _ := strconv.Atoi(number) // what is no number is not ours
			most = max(most, n)
		}
	}
	return most, err
}

// make makes a generation, unless there is one by then.
func (a *Authority) make(final string) error {
	certificate, key, err := newAuthority(a.now())
	if err != nil {
		return err
	}
	making, err := os.MkdirTemp(a.folder, ".making-")
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoPlace, err)
	}
	defer os.RemoveAll(making)
	for name, block := range map[string]*pem.Block{certificateFile: certificate, keyFile: key} {
		if err := writeFile(filepath.Join(making, name), pem.EncodeToMemory(block)); err != nil {
			return err
		}
	}
	err = os.Rename(making, final)
	if _, there := os.Stat(final); there == nil {
		return nil
	}
	return err
}

// writeFile writes a file that its user alone can read, and waits for the disk.
func writeFile(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}

// load reads a generation. A key that others can read may be known to them, and is
// not used.
func load(folder string) (*held, error) {
	path := filepath.Join(folder, keyFile)
	info, err := os.Stat(path)
	if err != nil {
		return nil, broken(folder, err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, broken(folder, errors.New("others can read "+path))
	}
	h := &held{path: filepath.Join(folder, certificateFile)}
	if h.text, err = os.ReadFile(h.path); err != nil {
		return nil, broken(folder, err)
	}
	pair, err := tls.LoadX509KeyPair(h.path, path)
	if err != nil {
		return nil, broken(folder, err)
	}
	signer, ok := pair.PrivateKey.(crypto.Signer)
	if !ok || !pair.Leaf.IsCA {
		return nil, broken(folder, errors.New("it is no authority"))
	}
	h.certificate, h.key = pair.Leaf, signer
	return h, nil
}

// broken says what to do about a generation that cannot be used.
func broken(folder string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		err = errors.New("a file is missing")
	}
	return fmt.Errorf("%s: %w; remove that folder, and the next start makes a new authority, to be trusted anew", folder, err)
}

// Path is the file of the authority's certificate, in PEM; "" of a passing one.
func (a *Authority) Path() string { return a.present().path }

// PEM is the authority's certificate.
func (a *Authority) PEM() []byte { return a.present().text }

// Expires is when the certificate ends. It is renewed before, as another authority.
func (a *Authority) Expires() time.Time { return a.present().certificate.NotAfter }

// Name is what the authority is called in lists of certificates. Other users' are
// called otherwise.
func (a *Authority) Name() string { return a.present().certificate.Subject.CommonName }

// Fingerprint is the SHA-256 of the certificate, in hex.
func (a *Authority) Fingerprint() string {
	sum := sha256.Sum256(a.present().certificate.Raw)
	return hex.EncodeToString(sum[:])
}

// present is the generation in use. One that is about to end is replaced; should that
// fail, it serves until its end.
func (a *Authority) present() *held {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.now().Add(renewal).Before(a.held.certificate.NotAfter) {
		if next, err := a.current(); err == nil {
			a.held, a.leaves = next, map[string]*tls.Certificate{}
		}
	}
	return a.held
}
