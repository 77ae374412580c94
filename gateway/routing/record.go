package routing

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/gateway/authorize"
	"github.com/dragoman-gateway/dragoman/gateway/notice"
	"github.com/dragoman-gateway/dragoman/gateway/peer"
	"github.com/dragoman-gateway/dragoman/gateway/tap"
	"github.com/dragoman-gateway/dragoman/record"
)

// kindOf is what a request is a record of.
// It is a guess by the first line and headers: a request that is refused has no route yet, and
// its record is to be found among those of its kind.
func kindOf(r *http.Request, path string) record.Kind {
	switch {
	case strings.Contains(path, "@connections") || strings.Contains(path, "%40connections"):
		return record.Callback
	case strings.EqualFold(r.Header.Get("Upgrade"), "websocket"):
		return record.Connect
	}
	return record.HTTP
}

// noteReceived records the request as it came. Its body is told by whoever reads it.
func (h *Handler) noteReceived(d *record.Draft, r *http.Request, client *peer.Client) {
	path := r.URL.EscapedPath()
	d.Kind = kindOf(r, path)
	w := d.Step(record.Receive, d.Time)
	w.Why(r.Method, " ", notice.Short(path), " from ", client.Address)
	tap.Request(w, r, client.Header, client.Address)
	w.End(record.OK, 0)
}

// noteFound records how a request has found its API.
func (h *Handler) noteFound(r *http.Request, v *Match) {
	d := v.Draft
	// Values that name a caller are hidden before the stage is known: what is written once into a
	// record cannot be taken out of it.
	for _, stage := range v.Api.Stages { // whichever it is for, or none
		authorize.Private(stage.Plan(), r, nil, nil, d.Private)
	}
	h.noteReceived(d, r, &v.Client)
	w := d.Step(record.Host, time.Now())
	w.Text("host", r.Host)
	by := "host"
	switch {
	case v.ByPath:
		by = "path"
		w.Why("the path names the API ")
	case v.Mapped:
		by = "domain"
		w.Why("the custom domain ", hostname(r.Host), " has ", mapping(v), ", which leads to the API ")
		w.Text("domain", hostname(r.Host))
		w.Text("mapping", v.BasePath)
		w.Member(record.Some("rule", v.Rule))
	case !strings.Contains(strings.ToLower(r.Host), ".execute-api."):
		by = "default"
		w.Why("the bare address ", r.Host, " is that of the API ")
	default:
		w.Why("the host ", r.Host, " names the API ")
	}
	w.Why(v.Api.ID, named(v.Api.Name))
	w.Text("by", by)
	w.Text("path", v.Path)
	w.Text("api", v.Api.ID)
	w.End(record.OK, 0)
}

func named(name string) string {
	if name == "" {
		return ""
	}
	return " (" + name + ")"
}

// mapping is what of a custom domain has matched.
// A rule has no base path of its own that counted: what it matched by is among its conditions.
func mapping(v *Match) string {
	switch {
	case v.Rule != "":
		return "the routing rule " + v.Rule
	case v.BasePath == "":
		return "a mapping without a path"
	}
	return "a mapping for " + strconv.Quote(v.BasePath)
}

// noteNowhere records a request that is refused before it has found an API.
func (h *Handler) noteNowhere(w http.ResponseWriter, r *http.Request, status int, why string) {
	d := h.Taps.Draft("", "", time.Time{})
	if d == nil {
		return
	}
	// Peers that are believed name the client: the record has whom the API would have seen.
	client := h.Policy.Client(r)
	h.noteReceived(d, r, &client)
	d.Add(record.Step{Name: record.Host, At: time.Now(), Outcome: record.Failed, Why: why, Data: record.Data{record.Text("host", strings.Clone(r.Host))}})
	end(w, d, status)
}

// noteBroken records a request for an API that is there and cannot be served.
func (h *Handler) noteBroken(w http.ResponseWriter, r *http.Request, v *Match) {
	d := h.Taps.Draft(v.Api.ID, v.Api.Name, time.Time{})
	if d == nil {
		return
	}
	v.Draft, v.Client = d, h.Policy.Client(r)
	h.noteFound(r, v)
	why := "the API " + v.Api.ID + " or its stage cannot be served as it is stored; /readyz and the log say why"
	if v.Api.Broken != nil {
		why = "the API " + v.Api.ID + " cannot be served as it is stored: " + v.Api.Broken.Error()
	}
	d.Fail(record.Host, time.Now(), why)
	end(w, d, http.StatusInternalServerError)
}

// noteLost records a request that names no API.
func (h *Handler) noteLost(w http.ResponseWriter, r *http.Request, path string, domain bool) {
	status, why := http.StatusForbidden, "no API has the host "+notice.Short(r.Host)+": neither API nor custom domain is called so"
	switch {
	case domain && Callback(r.Method, path):
		status, why = http.StatusNotFound, "below the custom domain "+notice.Short(r.Host)+" @connections has no stage in its path"
	case domain:
		why = "the custom domain " + notice.Short(r.Host) + " maps nothing at " + notice.Short(path) + ", or asks for a client's certificate"
	// Here the host says nothing, and to blame it would send the reader to the wrong setting.
	case strings.HasPrefix(path, byPath):
		id, _, _ := strings.Cut(strings.TrimPrefix(path, byPath), "/")
		why = "there is no API " + strconv.Quote(notice.Short(id)) + ", which the path names"
	}
	h.noteNowhere(w, r, status, why)
}

// end ends the record of a request that was refused here, with the text of its status.
func end(w http.ResponseWriter, d *record.Draft, status int) {
	tap.Announce(w.Header(), d, status)
	d.Status = status
	d.Add(record.Step{Name: record.Frame, At: time.Now(), Why: "the answer " + strconv.Itoa(status) + " is the gateway's own", Data: record.Data{
		record.Number("status", int64(status)), record.Body([]byte(`{"message":"` + http.StatusText(status) + `"}`)),
	}})
	d.End(time.Now())
}
