package output

import (
	"bytes"
	"os"
	"sync"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// longestLine is where a line without an end is broken, in bytes. Documented: AWS
// Lambda Developer Guide, Sending Lambda function logs: entries are 256 KB at most.
const longestLine = 256 << 10

// Output reads what a process prints and gives it by lines.
type Output struct {
	file *os.File
	take func(text string)
	done tasks.Group

	mu   sync.Mutex // Protects fields below; held from when something is read until its lines are logged.
	rest []byte     // a line that has no end yet
	room [32 << 10]byte
}

// New makes an Output and the file that a process writes to, which is the caller's to
// close. take gets each line without its end, one at a time, and must return at once.
func New(take func(text string), reports *tasks.Reporter) (*Output, *os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	o := &Output{file: r, take: take}
	o.done.Reports = reports
	if !o.done.Go("reading what a function prints", o.read) {
		r.Close()
	}
	return o, w, nil
}

func (o *Output) read() {
	for {
		if err := o.more(); err != nil {
			o.flush()
			return
		}
	}
}

// add takes what was read; mu is held.
func (o *Output) add(text []byte) {
	o.rest = append(o.rest, text...)
	for {
		end := bytes.IndexByte(o.rest, '\n')
		if end < 0 && len(o.rest) < longestLine {
			return
		}
		next := end + 1
		// A line that never ends would grow in memory until its process does.
		if end < 0 || end > longestLine {
			end, next = longestLine, longestLine
		}
		o.take(string(bytes.TrimSuffix(o.rest[:end], []byte("\r"))))
		o.rest = append(o.rest[:0], o.rest[next:]...)
	}
}

// flush logs a line that nobody has ended.
func (o *Output) flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.rest) > 0 {
		o.take(string(o.rest))
		o.rest = nil
	}
}

// settled is how long Close waits for output of whoever has inherited it.
const settled = 20 * time.Millisecond

// Settle logs what the process has printed so far, so that it stands before the line that
// ends its invocation.
func (o *Output) Settle() {
	o.drain()
	o.flush()
}

// Close ends reading once the process is gone, whoever has inherited its output.
func (o *Output) Close() {
	o.Settle()
	_ = o.file.SetReadDeadline(time.Now().Add(settled))
	o.done.Wait()
	_ = o.file.Close()
}
