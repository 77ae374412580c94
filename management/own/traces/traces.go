package traces

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/own/ask"
	"github.com/dragoman-gateway/dragoman/record"
	"github.com/dragoman-gateway/dragoman/wire"
)

// Where records of exchanges are, and which of them are made.
const (
	TapPath = "/_dragoman/tap"
	Path    = "/_dragoman/traces"
)

// Tap has exchanges recorded, and keeps what they leave.
type Tap interface {
	// Ring is where the records are.
	Ring() *record.Ring
	// Taps says of which APIs exchanges are recorded, by ids or names, or of all, and
	// which share of them.
	Taps() (all bool, apis []string, sample float64)
	// SetTaps changes that; an error says what is wrong with it.
	SetTaps(all bool, apis []string, sample float64) error
}

// Elsewhere is a Tap that knows the records of other nodes too. silent are the nodes that
// gave no answer in time.
type Elsewhere interface {
	// Elsewhere answers those that a filter takes, newest first.
	Elsewhere(ctx context.Context, f *record.Filter) (found []record.Told, silent []string, err error)
	// Since is Elsewhere for what nodes have made since, by each one's clock, that moment included.
	Since(ctx context.Context, f *record.Filter, after map[string]time.Time) (found []record.Told, silent []string, err error)
	// TraceElsewhere answers the one of an id, nil for none.
	TraceElsewhere(ctx context.Context, id string) (found *record.Told, silent []string, err error)
	// ReplayElsewhere has the node that told of a record replay it; with dry it is only asked what
	// might not be done twice. Errors are in words for whoever asks.
	ReplayElsewhere(ctx context.Context, found *record.Told, dry bool) (twice string, again record.Again, err error)
	// TapElsewhere chooses at the other nodes what SetTaps has chosen here. Those that are silent
	// go on as they did.
	TapElsewhere(ctx context.Context, all bool, apis []string, sample float64) (silent []string, err error)
}

// Table is the operations on records of exchanges; none without a Tap.
//
// home is the account of the gateway, which alone may have all exchanges recorded.
func Table(tap Tap, home string) []wire.Row {
	if tap == nil {
		return nil
	}
	t := newTraces(tap)
	t.home = home
	filters, id := ask.Query("api", "stage", "route", "status", "connection", "text", "limit"), ask.Path("id")
	return []wire.Row{
		{Handle: t.choice, Operation: &wire.Operation{Name: "GetTap", Method: "GET", Path: TapPath, Status: 200, Shared: true}},
		{Handle: t.choose, Operation: &wire.Operation{
			Name: "PutTap", Method: "PUT", Path: TapPath, Status: 200,
			Input: []wire.Member{{Name: "Tap", Wire: "tap", In: wire.InBody, Shape: ask.Blob, Payload: true}},
		}},
		{Handle: t.list, Operation: &wire.Operation{Name: "GetTraces", Method: "GET", Path: Path, Status: 200, Shared: true, Input: filters}},
		{Handle: t.follow, Operation: &wire.Operation{Name: "FollowTraces", Method: "GET", Path: Path + "/stream", Status: 200, Shared: true, Input: filters}},
		{Handle: t.get, Operation: &wire.Operation{Name: "GetTrace", Method: "GET", Path: Path + "/{id}", Status: 200, Shared: true, Input: []wire.Member{id}}},
	}
}

// traces asks whoever keeps records: nothing of them is in the store, so that none outlives the
// process, nor is in a backup.
type traces struct {
	tap       Tap
	home      string
	elsewhere Elsewhere // nil: there are no other nodes
}

func newTraces(tap Tap) *traces {
	t := &traces{tap: tap}
	t.elsewhere, _ = tap.(Elsewhere)
	return t
}

// chosen is which exchanges are recorded, on the wire.
type chosen struct {
	Apis   any     `json:"apis"` // "all", or a list
	Sample float64 `json:"sample"`
	// Silent are the nodes that did not say that they have chosen so too.
	Silent []string `json:"silent,omitempty"`
}

// choice answers what holds now, of what a key reaches.
func (t *traces) choice(_ context.Context, r *wire.Request) (any, error) { return t.chosen(r), nil }

func (t *traces) chosen(r *wire.Request) chosen {
	all, apis, sample := t.tap.Taps()
	if all {
		return chosen{Apis: "all", Sample: sample}
	}
	shown := []string{}
	// What others have recorded is none of this key's: not even that it is.
	for _, api := range apis {
		if r.Reaches(api) {
			shown = append(shown, api)
		}
	}
	return chosen{Apis: shown, Sample: sample}
}

// choose changes it, at all nodes: whoever looks for an exchange does not know which of them
// takes it. A sample that is not said is all.
func (t *traces) choose(ctx context.Context, r *wire.Request) (any, error) {
	var asked struct {
		Apis   json.RawMessage `json:"apis"`
		Sample *float64        `json:"sample"`
	}
	bad := func(what string) error { return fault.New(fault.BadRequest, "%s", what) }
	decoder := json.NewDecoder(bytes.NewReader(r.Payload))
	decoder.DisallowUnknownFields() // a misspelled sample would mean all
	if err := decoder.Decode(&asked); err != nil || decoder.More() {
		return nil, bad(`the body must be {"apis": a list of ids or names, or "all", "sample": a number from 0 to 1}`)
	}
	sample := 1.0
	if asked.Sample != nil {
		sample = *asked.Sample
	}
	var apis []string
	all := string(asked.Apis) == `"all"`
	if !all && (len(asked.Apis) == 0 || asked.Apis[0] != '[' || json.Unmarshal(asked.Apis, &apis) != nil) {
		return nil, bad(`apis must be a list of ids or names, or "all"`)
	}
	all, apis, sample, err := t.beside(r, all, apis, sample)
	if err != nil {
		return nil, err
	}
	if err := t.tap.SetTaps(all, apis, sample); err != nil {
		return nil, bad(err.Error())
	}
	answer := t.chosen(r)
	if t.elsewhere != nil {
		var err error
		if answer.Silent, err = t.elsewhere.TapElsewhere(ctx, all, apis, sample); err != nil {
			return nil, fault.E("own.PutTap", err) // this node has chosen: the same call once more is no harm
		}
	}
	return answer, nil
}

// beside is a choice beside those of other accounts, which stay: each chooses of its own APIs.
func (t *traces) beside(r *wire.Request, all bool, apis []string, sample float64) (bool, []string, float64, error) {
	if r.Account != t.home {
		if all {
			return false, nil, 0, fault.New(fault.AccessDenied, "The account %s may have its own APIs recorded, each by its id", r.Account)
		}
		// By ids: a name may be another account's too.
		for _, api := range apis {
			if !r.Reaches(api) {
				return false, nil, 0, fault.New(fault.NotFound, "Invalid API identifier specified %s:%s", r.Account, api)
			}
		}
	}
	before, others, rate := t.tap.Taps()
	if before && r.Account != t.home {
		return true, nil, rate, nil // theirs are recorded already
	}
	others = slices.DeleteFunc(slices.Clone(others), r.Reaches)
	// There is one share for all: whoever comes second cannot change what the first has asked for.
	if len(others) > 0 && r.Account != t.home {
		sample = rate
	}
	if all {
		return true, nil, sample, nil
	}
	return false, append(apis, others...), sample, nil
}

// filter reads what records are asked for.
func filter(r *wire.Request) (*record.Filter, error) {
	f := &record.Filter{
		Api: r.String("api"), Stage: r.String("stage"), Route: r.String("route"), Connection: r.String("connection"), Text: r.String("text"),
		Sees: r.Reaches,
	}
	// What cannot be meant is refused: a filter that is passed over would answer other records
	// than were asked for.
	var err error
	if f.Status, err = record.ParseStatus(r.String("status")); err != nil {
		return nil, fault.New(fault.BadRequest, "status: %s", err)
	}
	if r.Has("limit") {
		if f.Limit, err = strconv.Atoi(r.String("limit")); err != nil || f.Limit < 1 || f.Limit > record.MaxLimit {
			return nil, fault.New(fault.BadRequest, "limit: want a number from 1 to %d", record.MaxLimit)
		}
	}
	return f, nil
}

// list answers records of all nodes, newest first. They are written as they stand, without
// being made values of Go first: a thousand may be asked for.
func (t *traces) list(ctx context.Context, r *wire.Request) (any, error) {
	f, err := filter(r)
	if err != nil {
		return nil, err
	}
	var there []record.Told
	var silent []string
	if t.elsewhere != nil {
		if there, silent, err = t.elsewhere.Elsewhere(ctx, f); err != nil {
			return nil, fault.E("own.GetTraces", err)
		}
	}
	b := []byte(`{"traces":[`)
	for i, one := range merged(t.tap.Ring().Find(f), there, cmp.Or(f.Limit, record.DefaultLimit)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, one.Text...)
	}
	b = append(b, ']')
	if len(silent) > 0 {
		// The member is there only where somebody was silent, so that a process alone answers as ever.
		names, _ := json.Marshal(silent) // texts can be written
		b = append(append(b, `,"silent":`...), names...)
	}
	return wire.Document{ContentType: "application/json", Body: append(b, '}')}, nil
}

// merged are records of this node and of others, newest first, at most so many.
func merged(here []*record.Record, all []record.Told, limit int) []record.Told {
	for _, one := range here {
		all = append(all, one.Tell())
	}
	slices.SortStableFunc(all, func(a, b record.Told) int { return b.Time.Compare(a.Time) })
	return all[:min(len(all), limit)]
}

// get answers one record, of any node. One that a key may not see is not there.
func (t *traces) get(ctx context.Context, r *wire.Request) (any, error) {
	here, there, err := t.find(ctx, r)
	switch {
	case err != nil:
		return nil, fault.E("own.GetTrace", err)
	case here != nil:
		return wire.Document{ContentType: "application/json", Body: here.Append(nil)}, nil
	}
	return wire.Document{ContentType: "application/json", Body: there.Text}, nil
}

// find finds the record that a path names: one that is kept here, else what another node tells of
// it. Without an error there is one of them.
func (t *traces) find(ctx context.Context, r *wire.Request) (here *record.Record, there *record.Told, err error) {
	id := r.Path["id"]
	if here = t.tap.Ring().Get(id); here != nil && r.Reaches(here.Api) {
		return here, nil, nil
	}
	missing := fault.New(fault.NotFound, "there is no such trace: it was never made, or newer ones have taken its place")
	if t.elsewhere == nil {
		return nil, nil, missing
	}
	there, silent, err := t.elsewhere.TraceElsewhere(ctx, id)
	switch {
	case err != nil:
		return nil, nil, err
	case there != nil && r.Reaches(there.Api):
		return nil, there, nil
	// Whoever is silent may have it: that it was never made is more than is known.
	case len(silent) > 0:
		missing = fault.New(fault.NotFound, "there is no such trace at the nodes that answered; silent: %s", strings.Join(silent, ", "))
	}
	return nil, nil, missing
}
