package journal

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"
)

// The bounds of what is kept of one function. A single line of a log may be as long as
// Lambda lets it be and is cut here.
const (
	mostLines = 2000
	mostBytes = 512 << 10
	mostLine  = 16 << 10
)

// cutMark ends a line that was cut.
const cutMark = "… (cut)"

// Line is one line of a function's log.
type Line struct {
	ID       int64     `json:"id"` // rises by the order of all lines of the process
	Time     time.Time `json:"time"`
	Function string    `json:"function"`
	Request  string    `json:"request,omitempty"` // id of the invocation, "" for none
	Text     string    `json:"text"`
}

// Failure is an invocation that a function has failed.
type Failure struct {
	Time    time.Time `json:"time"`
	Request string    `json:"request"`
	Payload string    `json:"payload"` // what its caller was told, cut
}

// Counts tell what a function was asked for since the process began.
type Counts struct {
	Invocations int64
	Errors      int64
	Last        *Failure // nil for none
}

// Journal keeps the logs of all functions. It is safe for concurrent use.
type Journal struct {
	now func() time.Time

	mu        sync.Mutex // Protects fields below.
	last      int64
	logs      map[string]*log
	followers map[*Follower]struct{}
	closed    bool
}

// log is what is kept of one function.
type log struct {
	hide   func(string) string
	lines  []Line // oldest first
	bytes  int
	counts Counts
}

// New makes a Journal.
func New() *Journal {
	return &Journal{now: time.Now, logs: map[string]*log{}, followers: map[*Follower]struct{}{}}
}

// Keep says which functions there are, and what hides the secrets of each. What was
// kept of others goes; of those that were there before it stays.
func (j *Journal) Keep(functions map[string]func(string) string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for name := range j.logs {
		if functions[name] == nil {
			delete(j.logs, name)
		}
	}
	for name, hide := range functions {
		if j.logs[name] == nil {
			j.logs[name] = &log{}
		}
		j.logs[name].hide = hide
	}
}

// hider is what hides the secrets of a function, nil for one that is gone. It is worked
// with outside of the lock, since texts may be long.
func (j *Journal) hider(function string) func(string) string {
	j.mu.Lock()
	defer j.mu.Unlock()
	if l := j.logs[function]; l != nil {
		return l.hide
	}
	return nil
}

// Add keeps a line and shows it to those who follow. It answers the line without the secrets of the
// function's environment. That of a function which is gone is dropped, and answered by "", since nobody
// knows any more what its secrets are.
func (j *Journal) Add(function, request, text string) string {
	hide := j.hider(function)
	if hide == nil {
		return ""
	}
	text = hide(text)
	kept := cut(text, mostLine)
	j.mu.Lock()
	defer j.mu.Unlock()
	l := j.logs[function]
	if l == nil {
		return ""
	}
	j.last++
	line := Line{j.last, j.now().UTC(), function, request, kept}
	l.add(line)
	for f := range j.followers {
		f.offer(line)
	}
	return text
}

func (l *log) add(line Line) {
	l.lines, l.bytes = append(l.lines, line), l.bytes+weight(line)
	out := 0
	for len(l.lines)-out > mostLines || l.bytes > mostBytes {
		l.bytes -= weight(l.lines[out])
		out++
	}
	clear(l.lines[:out]) // what is cut off below stays in memory until append moves the rest
	l.lines = l.lines[out:]
}

// weight is what a line costs, with what is around its texts.
func weight(line Line) int { return len(line.Text) + len(line.Request) + 96 }

// cut cuts a text at a bound, between characters.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + cutMark
}

// Invoked counts an invocation.
func (j *Journal) Invoked(function string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if l := j.logs[function]; l != nil {
		l.counts.Invocations++
	}
}

// mostPayload is how much is kept of what the caller of a failed invocation was told.
const mostPayload = 4 << 10

// Failed counts an invocation that has failed, and keeps what its caller was told.
func (j *Journal) Failed(function, request string, payload []byte) {
	hide := j.hider(function)
	if hide == nil {
		return
	}
	failure := &Failure{j.now().UTC(), request, cut(hide(string(payload[:min(len(payload), 16*mostPayload)])), mostPayload)}
	j.mu.Lock()
	defer j.mu.Unlock()
	if l := j.logs[function]; l != nil {
		l.counts.Errors++
		l.counts.Last = failure
	}
}

// Counts tell of one function.
func (j *Journal) Counts(function string) Counts {
	j.mu.Lock()
	defer j.mu.Unlock()
	if l := j.logs[function]; l != nil {
		return l.counts
	}
	return Counts{}
}

// Filter says which lines are asked for.
type Filter struct {
	Function string // "" for all
	Request  string // id of an invocation, "" for any
	Text     string // that is in the line, in any case; "" for any
	After    int64  // lines with a greater id alone
	Limit    int    // the newest so many
}

func (f *Filter) takes(line *Line) bool {
	return (f.Function == "" || f.Function == line.Function) && (f.Request == "" || f.Request == line.Request) && line.ID > f.After &&
		(f.Text == "" || strings.Contains(strings.ToLower(line.Text), strings.ToLower(f.Text)))
}

// Lines answers the newest lines that a filter takes, oldest first.
func (j *Journal) Lines(f Filter) []Line {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.find(&f)
}

func (j *Journal) find(f *Filter) []Line {
	found := []Line{}
	for name, l := range j.logs {
		if f.Function != "" && f.Function != name {
			continue
		}
		before := len(found)
		for i := len(l.lines) - 1; i >= 0 && len(found)-before < f.Limit; i-- {
			if f.takes(&l.lines[i]) {
				found = append(found, l.lines[i])
			}
		}
	}
	slices.SortFunc(found, func(a, b Line) int { return cmp.Compare(a.ID, b.ID) })
	return found[max(0, len(found)-f.Limit):]
}
