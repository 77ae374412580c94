package recorder

import (
	"errors"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/record"
)

// All stands for all APIs, and None for none, among those that are chosen.
const (
	All  = "all"
	None = "none"
)

// Choice says which exchanges leave a record.
type Choice struct {
	All    bool     // of all APIs, and exchanges that found none
	Apis   []string // ids or names of APIs, where it is not all
	Sample float64  // which share of them, 0 to 1
}

// Off says that no exchange leaves a record.
func (c *Choice) Off() bool { return !c.All && len(c.Apis) == 0 || c.Sample == 0 }

var (
	errSample = errors.New("sample must be a number from 0 to 1")
	errApis   = errors.New("apis must be a list of at most 1000 ids or names, or \"all\"")
)

// mostApis bounds the list of chosen APIs.
const mostApis = 1000

// check says what is wrong with a choice.
func (c *Choice) check() error {
	if !(c.Sample >= 0 && c.Sample <= 1) {
		return errSample
	}
	if len(c.Apis) > mostApis || slices.Contains(c.Apis, "") {
		return errApis
	}
	return nil
}

// takes says whether exchanges with an API are chosen, before the sample.
func (c *Choice) takes(api, name string) bool {
	if c.All || api == "" {
		return c.All
	}
	for _, chosen := range c.Apis {
		if chosen == api || chosen == name && name != "" {
			return true
		}
	}
	return false
}

// Chosen reads the values of --tap: ids and names, "all" or "none".
func Chosen(values []string, sample float64) (Choice, error) {
	c := Choice{Sample: sample}
	for _, value := range values {
		switch value {
		case All:
			c.All = true
		case None:
			if len(values) > 1 {
				return c, errors.New("none stands alone")
			}
		default:
			c.Apis = append(c.Apis, value)
		}
	}
	if c.All {
		c.Apis = nil
	}
	return c, c.check()
}

// Options are what a Recorder is made of.
type Options struct {
	Choice   Choice
	Failures bool // exchanges that fail leave a record, chosen or not
	Announce bool // answers name their records
	// Because words for its client why an exchange has failed; nil: clients are not told.
	Because func(*record.Draft) string
	Ring    *record.Ring
	// Conceal takes out of a draft whatever is secret, before anybody sees it; nil takes
	// nothing out. It is asked whenever somebody looks at a record that is not settled, from many
	// goroutines.
	Conceal func(*record.Draft)
	Reports *tasks.Reporter // is told of panics of Conceal
}

// Recorder begins records, and keeps them. It is safe for concurrent use.
type Recorder struct {
	options Options
	keeps   func(*record.Draft) // Recorder.keep, made once
	fails   func(*record.Draft) // Recorder.keepFailure
	choice  atomic.Pointer[Choice]
	on      atomic.Pointer[Choice] // the choice, nil where no exchange is even looked at
}

var _ tap.Recorder = (*Recorder)(nil)

// New makes a Recorder.
func New(o Options) *Recorder {
	r := &Recorder{options: o}
	r.keeps, r.fails = r.keep, r.keepFailure
	o.Ring.Fit(r.fit, r.settleLater)
	r.set(o.Choice)
	return r
}

// Ring is where records are kept.
func (r *Recorder) Ring() *record.Ring { return r.options.Ring }

// Choice is what holds now.
func (r *Recorder) Choice() Choice { return *r.choice.Load() }

// Choose says which exchanges leave a record from now on.
func (r *Recorder) Choose(c Choice) error {
	if err := c.check(); err != nil {
		return err
	}
	r.set(c)
	return nil
}

func (r *Recorder) set(c Choice) {
	c.Apis = slices.Clone(c.Apis)
	r.choice.Store(&c)
	if c.Off() && !r.options.Failures {
		r.on.Store(nil)
		return
	}
	r.on.Store(&c)
}

// Begin implements tap.Recorder.
func (r *Recorder) Begin(api, name string, at time.Time) *record.Draft {
	c := r.on.Load()
	if c == nil {
		return nil
	}
	if at.IsZero() {
		at = time.Now()
	}
	chosen := c.takes(api, name) && (c.Sample == 1 || rand.Float64() < c.Sample) //nolint:gosec // a sample
	var d *record.Draft
	switch {
	case chosen:
		d = r.begin(api, name, at, r.keeps)
	case r.options.Failures:
		d = r.begin(api, name, at, r.fails)
	default:
		return nil
	}
	if r.options.Announce {
		d.Kept = func(status int) bool { return chosen || failed(d, status) }
	}
	d.Because = r.options.Because
	return d
}

// Again begins a record whatever is chosen, such as that of a replay.
func (r *Recorder) Again(api, name string, at time.Time) *record.Draft {
	return r.begin(api, name, at, r.keeps)
}

func (r *Recorder) begin(api, name string, at time.Time, end func(*record.Draft)) *record.Draft {
	d := record.Begin(at, end)
	d.ID, d.Api, d.ApiName = newID(), api, name
	return d
}

// newID is an id that no other record has, and of which a few characters name it among
// those that are kept.
func newID() string {
	const digits = "0123456789abcdef"
	var id [16]byte
	n := rand.Uint64() //nolint:gosec // it is no secret
	for i := range id {
		id[i], n = digits[n>>60], n<<4
	}
	return string(id[:])
}

// keep keeps what a draft was told, as it was told it: an exchange waits for no more.
func (r *Recorder) keep(d *record.Draft) { r.options.Ring.Keep(d) }

// fit takes out of a draft what is secret. What cannot be concealed is not shown.
func (r *Recorder) fit(d *record.Draft) bool {
	if d.Veil(); r.options.Conceal == nil {
		return true
	}
	var before []string
	if d.Origin != nil {
		before = d.Received()
	}
	if err := r.options.Reports.Do("concealing secrets of a record", func() { r.options.Conceal(d) }); err != nil {
		return false
	}
	d.Concealed(before)
	return true
}

// rest is how long what is secret in a record remains in memory at least: looking for it costs more than
// the exchange that is recorded, and where there are many the oldest leave before. It remains
// for twice as long at most.
const rest = time.Second

func (r *Recorder) settleLater() {
	time.AfterFunc(rest, r.options.Reports.Guard("settling records", func() {
		if r.options.Ring.Settle(time.Now().Add(-rest)) {
			r.settleLater()
		}
	}))
}

// leastFailure is the lowest status that says of an exchange that it failed.
const leastFailure = 400

func (r *Recorder) keepFailure(d *record.Draft) {
	if failed(d, d.Status) {
		r.keep(d)
		return
	}
	d.Drop()
}

// failed says whether an exchange that ends with a status has failed. The end of a
// connection has a close code.
func failed(d *record.Draft, status int) bool {
	return d.Kind != record.Disconnect && status >= leastFailure || d.Failure() != nil
}

// Taps is Choice in plain values, for whoever manages gateways.
func (r *Recorder) Taps() (all bool, apis []string, sample float64) {
	c := r.Choice()
	return c.All, c.Apis, c.Sample
}

// SetTaps is Choose in plain values.
func (r *Recorder) SetTaps(all bool, apis []string, sample float64) error {
	if all {
		apis = nil
	}
	return r.Choose(Choice{All: all, Apis: apis, Sample: sample})
}
