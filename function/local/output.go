package local

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

// output reads what a process prints and logs it by lines.
type output struct {
	file *os.File
	take func(text string)
	done tasks.Group

	mu   sync.Mutex // Protects field below; held while lines are logged.
	rest []byte     // a line that has no end yet
}

// newOutput makes an output and the file that a process writes to.
func newOutput(take func(text string), reports *tasks.Reporter) (*output, *os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	o := &output{file: r, take: take}
	o.done.Reports = reports
	if !o.done.Go("reading what a function prints", o.read) {
		r.Close()
	}
	return o, w, nil
}

func (o *output) read() {
	buffer := make([]byte, 32<<10)
	for {
		n, err := o.file.Read(buffer)
		o.add(buffer[:n])
		if err != nil {
			o.flush()
			return
		}
	}
}

func (o *output) add(text []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.rest = append(o.rest, text...)
	for {
		end := bytes.IndexByte(o.rest, '\n')
		if end < 0 && len(o.rest) < longestLine {
			return
		}
		next := end + 1
		if end < 0 || end > longestLine {
			end, next = longestLine, longestLine
		}
		o.take(string(bytes.TrimSuffix(o.rest[:end], []byte("\r"))))
		o.rest = append(o.rest[:0], o.rest[next:]...)
	}
}

// flush logs a line that nobody has ended.
func (o *output) flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.rest) > 0 {
		o.take(string(o.rest))
		o.rest = nil
	}
}

// settled is how long settle waits at most for output that is under way.
const settled = 20 * time.Millisecond

// settle waits, for a moment, until what the process has printed so far is logged, so
// that it stands before the line that ends its invocation.
func (o *output) settle() {
	for began := time.Now(); unread(o.file) > 0 && time.Since(began) < settled; {
		time.Sleep(100 * time.Microsecond)
	}
	o.flush()
}

// close ends reading once the process is gone, whoever has inherited its output.
func (o *output) close() {
	o.settle()
	_ = o.file.SetReadDeadline(time.Now().Add(settled))
	o.done.Wait()
	_ = o.file.Close()
}
