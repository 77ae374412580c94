package evaluation

import (
	"encoding/base64"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/dragoman-gateway/dragoman/mapping/vtl"
	"github.com/dragoman-gateway/dragoman/resource"
)

// Rehearsal asks what a client of a WebSocket API would be told of a backend's answer
// that is made up, by integration responses that need not be stored.
type Rehearsal struct {
	Integration    resource.Integration           `json:"integration"` // its responses are chosen by the text of an error when it calls a function
	Responses      []resource.IntegrationResponse `json:"responses"`   // in order of creation
	Edited         *int                           `json:"edited"`      // of which response an editor wants the tokens; nil: of none
	Answer         BackendAnswer                  `json:"answer"`
	Message        string                         `json:"message"` // of the client
	Context        Context                        `json:"context"`
	StageVariables map[string]string              `json:"stageVariables"`
	Keys           []string                       `json:"keys"` // statuses or error texts of which each is chosen by
}

// BackendAnswer is what a backend is made to say.
type BackendAnswer struct {
	Status int               `json:"status"` // 200 when zero
	Header map[string]string `json:"header"`
	Body   string            `json:"body"`
	Base64 bool              `json:"base64"` // Body is, for what is no text
	// Error is the text of a function's error. It stands for the answer of a function
	// that failed with it where no body is given.
	Error string `json:"error"`
}

// Context is what of $context may be made up, by its own names.
type Context struct {
	AccountID        string         `json:"accountId"`
	ApiID            string         `json:"apiId"`
	Stage            string         `json:"stage"`
	DomainName       string         `json:"domainName"`
	RouteKey         string         `json:"routeKey"`
	RequestID        string         `json:"requestId"`
	MessageID        string         `json:"messageId"`
	ConnectionID     string         `json:"connectionId"`
	ConnectedAt      int64          `json:"connectedAt"` // in milliseconds since 1970
	RequestTimeEpoch int64          `json:"requestTimeEpoch"`
	Authorizer       map[string]any `json:"authorizer"`
	Identity         struct {
		SourceIP  string `json:"sourceIp"`
		UserAgent string `json:"userAgent"`
	} `json:"identity"`
}

// Bounds of a rehearsal.
const (
	maxResponses = 300
	maxKeys      = 200
)

// ReadRehearsal reads what is asked for in JSON.
func ReadRehearsal(text []byte) (*Rehearsal, error) {
	var r Rehearsal
	if err := stdjson.Unmarshal(text, &r); err != nil {
		if mistyped, ok := errors.AsType[*stdjson.UnmarshalTypeError](err); ok {
			return nil, fmt.Errorf("%s: it must not be %s", mistyped.Field, mistyped.Value)
		}
		return nil, errors.New("the question is not valid JSON")
	}
	switch {
	case len(r.Responses) > maxResponses:
		return nil, fmt.Errorf("there are %d responses, more than %d", len(r.Responses), maxResponses)
	case len(r.Keys) > maxKeys:
		return nil, fmt.Errorf("there are %d keys, more than %d", len(r.Keys), maxKeys)
	case r.Answer.Base64 && !isBase64(r.Answer.Body):
		return nil, errors.New("answer.body: it is not base64")
	case r.Edited != nil && (*r.Edited < 0 || *r.Edited >= len(r.Responses)):
		return nil, errors.New("edited: there is no such response")
	}
	return &r, nil
}

func isBase64(text string) bool {
	_, err := base64.StdEncoding.DecodeString(text)
	return err == nil
}

// Rehearsed is what would become of it.
type Rehearsed struct {
	Selection  string      `json:"selection"`          // what responses are chosen by
	Keys       []Tried     `json:"keys"`               // in the order in which they were tried
	Key        *string     `json:"key,omitempty"`      // of the response that was chosen
	Template   *string     `json:"template,omitempty"` // the key of the one that was chosen
	Parameters []Parameter `json:"parameters,omitempty"`
	Frame      *Frame      `json:"frame,omitempty"`
	Because    string      `json:"because,omitempty"` // why the frame tells of an error
	Fault      *Fault      `json:"fault,omitempty"`   // of the template, where that is why
	References []Reference `json:"references"`
	More       int         `json:"more,omitempty"`
	Templates  []Edited    `json:"templates,omitempty"` // of the response that is edited
	Broken     []Broken    `json:"broken,omitempty"`    // all that cannot work
	Tests      []Test      `json:"tests,omitempty"`     // of the keys that were asked for
}

// What becomes of a key that is tried.
const (
	Matched    = "match"
	Unmatched  = "no match"
	Unreadable = "broken"
	GivenUp    = "too many steps"
)

// Tried is a key and what came of it.
type Tried struct {
	Key     string `json:"key"`
	Outcome string `json:"outcome"`
}

// Parameter is what a parameter of a response is set to, which a handshake alone has.
type Parameter struct {
	From       string `json:"from"`
	To         string `json:"to"`
	Value      string `json:"value,omitempty"`
	Unresolved bool   `json:"unresolved,omitempty"`
}

// Frame is what the client would get.
type Frame struct {
	Body   string `json:"body"`
	Bytes  int    `json:"bytes"`
	Base64 bool   `json:"base64,omitempty"` // Body is, of a binary frame
	Error  bool   `json:"error,omitempty"`  // it tells of an error
}

// Edited is a template as an editor shows it.
type Edited struct {
	Key    string  `json:"key"`
	Tokens []Token `json:"tokens"`
	Fault  *Fault  `json:"fault,omitempty"`
}

// Broken is a part that fails when a message reaches it.
type Broken struct {
	Key     string `json:"key"` // of the template, parameter or response
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Message string `json:"message"`
}

// Test is which response a status or an error text chooses.
type Test struct {
	Value string  `json:"value"`
	Keys  []Tried `json:"keys"`
	Key   *string `json:"key,omitempty"` // nil: none
}

// Encode writes it as JSON.
func (r *Rehearsed) Encode(w io.Writer) error {
	enc := stdjson.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(r)
}

// Add keeps what an explanation has.
func (r *Rehearsed) Add(e *Explanation) {
	x := e.explained()
	r.References, r.More = x.References, x.More
}

// Editing are the templates of the response that is edited, in the order of their keys.
func (r *Rehearsal) Editing(o Options) (edited []Edited) {
	if r.Edited == nil {
		return nil
	}
	texts := r.Responses[*r.Edited].ResponseTemplates
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		_, err := vtl.ParseWith(texts[key], vtl.Options{Limits: o.Limits})
		edited = append(edited, Edited{Key: key, Tokens: Tokens(texts[key]), Fault: FaultOf(err)})
	}
	return edited
}
