package sqlite_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
)

// childDir says to a process started by TestKilledInTheMiddle where to write.
const childDir = "STORE_SQLITE_CRASH_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		fmt.Fprintln(os.Stderr, crashChild(dir))
		os.Exit(2) // it was to be killed before it was done
	}
	os.Exit(m.Run())
}

const (
	crashWrites  = 1000 // Updates of two documents each that a child begins
	crashWriters = 8
)

// crashChild writes until it is killed, and tells on standard output which writes
// were acknowledged, one number on a line.
func crashChild(dir string) error {
	db, err := sqlite.Open(dir, sqlite.Options{})
	if err != nil {
		return err
	}
	next, err := resumeAt(db)
	if err != nil {
		return err
	}
	numbers := make(chan int)
	go func() {
		defer close(numbers)
		for n := range crashWrites {
			numbers <- next + n
		}
	}()
	var wg sync.WaitGroup
	for range crashWriters {
		wg.Go(func() {
			for n := range numbers {
				if err := writePair(db, n); err != nil {
					fmt.Fprintln(os.Stderr, err)
					return
				}
				fmt.Println(n) // unbuffered: the kernel has it, come what may
			}
		})
	}
	wg.Wait()
	return errors.New("done before it was killed")
}

// resumeAt is the first number that no earlier child has begun.
func resumeAt(db *sqlite.DB) (next int, err error) {
	err = db.View(context.Background(), func(r store.Reader) error {
		pairs, err := r.Children(context.Background(), "small", 0, 0)
		for _, d := range pairs {
			n, _ := strconv.Atoi(d.Key.Name())
			next = max(next, n+1)
		}
		return err
	})
	return next, err
}

// writePair writes a small document and a large one that belong together, and
// replaces one that all pairs share.
func writePair(db *sqlite.DB, n int) error {
	ctx, name := context.Background(), strconv.Itoa(n)
	_, err := db.Update(ctx, func(tx store.Tx) error {
		return errors.Join(
			tx.Put(ctx, store.Join("small", name), []byte(name)),
			tx.Put(ctx, store.Join("large", name), crashBody(n)),
			tx.Put(ctx, "latest", []byte(name)))
	})
	return err
}

func crashBody(n int) []byte { return []byte(strings.Repeat(strconv.Itoa(n)+" ", 2000)) }

func TestKilledInTheMiddle(t *testing.T) {
	dir := t.TempDir()
	var acknowledged []int
	for round := range 3 { // what one crash left, the next child builds on
		acknowledged = append(acknowledged, killInTheMiddle(t, dir, 150+round*200)...)
		db, err := sqlite.Open(dir, options)
		if err != nil {
			t.Fatalf("opening after kill -9: %v", err)
		}
		wholePairs(t, db, acknowledged)
		if err := db.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
}

// killInTheMiddle starts a child, kills it when it has acknowledged some writes, and
// answers all that it has acknowledged by then.
func killInTheMiddle(t *testing.T, dir string, after int) (acknowledged []int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		n, err := strconv.Atoi(lines.Text())
		if err != nil {
			t.Errorf("the child said %q", lines.Text())
		}
		acknowledged = append(acknowledged, n)
		if len(acknowledged) == after {
			if _, err := sqlite.Open(dir, options); err == nil {
				t.Error("the directory could be opened while the child had it")
			}
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() >= 0 {
		t.Fatalf("the child was not killed: %v", err)
	}
	if n := len(acknowledged); n < after || n >= crashWrites {
		t.Fatalf("the child acknowledged %d writes, want it killed in the middle of %d", n, crashWrites)
	}
	return acknowledged
}

// wholePairs checks that all acknowledged writes are there, and whatever else is
// there is whole.
func wholePairs(t *testing.T, db *sqlite.DB, acknowledged []int) {
	t.Helper()
	err := db.View(t.Context(), func(r store.Reader) error {
		small, serr := r.Children(t.Context(), "small", 0, 0)
		large, lerr := r.Children(t.Context(), "large", 0, 0)
		latest, err := r.Get(t.Context(), "latest")
		if err := errors.Join(serr, lerr, err); err != nil {
			return err
		}
		if len(small) != len(large) {
			t.Errorf("%d small documents but %d large ones", len(small), len(large))
		}
		there := map[int]bool{}
		for i := range min(len(small), len(large)) {
			n, _ := strconv.Atoi(string(small[i].Body))
			there[n] = true
			if large[i].Key.Name() != small[i].Key.Name() || string(large[i].Body) != string(crashBody(n)) {
				t.Errorf("pair %d is not whole", n)
			}
		}
		for _, n := range acknowledged {
			if !there[n] {
				t.Errorf("write %d was acknowledged and is gone", n)
			}
		}
		if last := small[len(small)-1]; string(latest.Body) != string(last.Body) || latest.Revision < last.Revision {
			t.Errorf("the shared document is of write %s, want %s", latest.Body, last.Body)
		}
		t.Logf("%d writes acknowledged, %d there", len(acknowledged), len(small))
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
