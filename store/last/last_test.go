package last

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/store"
)

// What is written is read, by its owner alone; a file with one bit changed, or cut, is refused.
func TestFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	if _, err := Read(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without a file: got %v", err)
	}
	want := &Configuration{
		Whose: Whose{Store: "h:5432/d", Fleet: "f", Secret: []byte("s")}, Revision: 7, Made: time.Unix(1e9, 0).UTC(),
		Documents: []store.Document{{Key: "apis/r/a", Created: 1, Revision: 7, Body: []byte("{}")}},
	}
	for range 2 { // the second takes the place of the first
		if err := Write(dir, want); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := Read(dir); err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("got %+v %v, want %+v", got, err, want)
	}
	path := filepath.Join(dir, Name)
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("got %v %v, want mode 0600", info.Mode(), err)
	}
	if all, err := os.ReadDir(dir); err != nil || len(all) != 1 {
		t.Errorf("beside the file there is %v", all)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range whole {
		broken := append([]byte(nil), whole...)
		broken[i] ^= 1
		for _, text := range [][]byte{broken, whole[:i]} {
			if err := os.WriteFile(path, text, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Read(dir); err == nil {
				t.Fatalf("byte %d: a file that is not whole was read", i)
			}
		}
	}
}
