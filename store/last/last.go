package last

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/archive"
)

// Name is that of the file in the data directory.
const Name = "last-configuration"

// Whose says which store a configuration is of.
type Whose struct {
	Store  string  `json:"store"`            // where it is, for people: host, port and name
	Schema *string `json:"schema,omitempty"` // where in it, "" for where the server says; nil in files of versions that did not tell
	Fleet  string  `json:"fleet"`            // its random id
	Secret []byte  `json:"secret"`           // its key; for nobody to see
}

// Configuration is what a store held.
type Configuration struct {
	Whose
	Revision  int64
	Made      time.Time
	Documents []store.Document // with their bodies, in the order of creation
}

// head is the key under which the file tells whose it is: no document of a store has it, for
// their keys have a kind and what follows.
const head store.Key = "last"

// Write puts a configuration into the file, in the place of the one before. The directory is
// made when it is missing.
func Write(dir string, c *Configuration) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "."+Name+".*.new") // for the owner alone
	if err != nil {
		return err
	}
	err = write(f, c)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, Name))
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	// A rename that a power cut takes back leaves the one before, which is whole too.
	return nil
}

// write writes the archive, whose checksum is over all of it.
func write(f *os.File, c *Configuration) error {
	whose, err := json.Marshal(c.Whose)
	if err != nil {
		return err
	}
	w := archive.NewWriter(f, archive.Head{Revision: c.Revision, Made: c.Made})
	err = w.Put(store.Document{Key: head, Body: whose})
	for _, d := range c.Documents {
		err = errors.Join(err, w.Put(d))
	}
	return errors.Join(err, w.Close())
}

// Read reads the file of a directory. The error wraps os.ErrNotExist when there is none.
func Read(dir string) (*Configuration, error) {
	path := filepath.Join(dir, Name)
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c, told := &Configuration{}, false
	at, _, err := archive.Read(f, func(d store.Document) error {
		// Whose it is comes first: an archive of anything else is no such file.
		if !told {
			if told = d.Key == head; !told {
				return archive.ErrForeign
			}
			return json.Unmarshal(d.Body, &c.Whose)
		}
		c.Documents = append(c.Documents, d)
		return nil
	})
	if err == nil && (!told || c.Fleet == "" || len(c.Secret) == 0) {
		err = archive.ErrDamaged
	}
	if err != nil {
		return nil, fmt.Errorf("%s %w", path, err)
	}
	c.Revision, c.Made = at.Revision, at.Made
	return c, nil
}
