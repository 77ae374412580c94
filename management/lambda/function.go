package lambda

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/management/own/ask"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/wire"
)

// Where Lambda's API has its functions, and where those whose answers are streamed.
const (
	FunctionsPath = "/2015-03-31/functions"
	StreamsPath   = "/2021-11-15/functions"
)

// Function is one that is run here, as GetFunctionConfiguration shows it.
type Function struct {
	FunctionName     string
	FunctionArn      string
	Runtime          string `json:",omitempty"`
	Handler          string `json:",omitempty"`
	Timeout          int    // seconds
	MemorySize       int    // MB
	Version          string
	PackageType      string
	State            string
	LastUpdateStatus string

	LogicalID string            `json:"-"` // by which it is found too
	Versions  []string          `json:"-"`
	Aliases   map[string]string `json:"-"` // to versions
}

// maxRequest is how many bytes an event may have, and maxInvocation a byte more, so that it
// can be said here what is too much. tooLarge is its exception.
// Documented: AWS Lambda Developer Guide, Lambda quotas: 6 MB. Observed: these bytes, without
// the hundred that answers have beyond them.
const (
	maxRequest    = 6 << 20
	maxInvocation = maxRequest + 1
	tooLarge      = "RequestTooLargeException"
)

// Functions are the operations of Lambda's API that this server has: Invoke, and what
// waiters and tools ask for. list tells which functions run here. Whoever calls is
// answered in Lambda's own form.
// Documented: AWS Lambda API Reference, Invoke, GetFunction, ListFunctions.
//
// The functions of a gateway belong to its own account, home: to all others there are none.
func Functions(invoker function.Invoker, home string, list func(region, account string) []Function) []wire.Row {
	f := &functions{invoker, home, func(region, account string) []Function {
		if account != home {
			return []Function{}
		}
		return list(region, account)
	}}
	name := wire.Member{Name: "FunctionName", Wire: "FunctionName", In: wire.InPath, Shape: ask.Text, Required: true}
	qualifier := wire.Member{Name: "Qualifier", Wire: "Qualifier", In: wire.InQuery, Shape: ask.Text}
	return []wire.Row{
		{Handle: f.invoke, Operation: &wire.Operation{
			Name: "Invoke", Method: "POST", Path: FunctionsPath + "/{FunctionName}/invocations", Status: 200, MaxBody: maxInvocation, TooLarge: tooLarge,
			Input: []wire.Member{name, qualifier, {Name: "Payload", Wire: "Payload", In: wire.InBody, Shape: ask.Blob, Payload: true}},
		}},
		// Documented: AWS Lambda API Reference, InvokeWithResponseStream, whose path has the date of a
		// later version of the API than Invoke's.
		{Handle: f.stream, Operation: &wire.Operation{
			Name: "InvokeWithResponseStream", Method: "POST", Path: StreamsPath + "/{FunctionName}/response-streaming-invocations", Status: 200, MaxBody: maxInvocation, TooLarge: tooLarge,
			Input: []wire.Member{name, qualifier, {Name: "Payload", Wire: "Payload", In: wire.InBody, Shape: ask.Blob, Payload: true}},
		}},
		{Handle: f.get, Operation: &wire.Operation{Name: "GetFunction", Method: "GET", Path: FunctionsPath + "/{FunctionName}", Status: 200, Input: []wire.Member{name, qualifier}}},
		{Handle: f.configuration, Operation: &wire.Operation{
			Name: "GetFunctionConfiguration", Method: "GET", Path: FunctionsPath + "/{FunctionName}/configuration", Status: 200, Input: []wire.Member{name, qualifier},
		}},
		{Handle: f.all, Operation: &wire.Operation{Name: "ListFunctions", Method: "GET", Path: FunctionsPath, Status: 200, Input: []wire.Member{
			{Name: "Marker", Wire: "Marker", In: wire.InQuery, Shape: ask.Text}, {Name: "MaxItems", Wire: "MaxItems", In: wire.InQuery, Shape: ask.Text},
		}}},
	}
}

// functions speaks Lambda's API: its refusals are Lambda's too, and not those of API Gateway,
// since SDKs look for their names.
type functions struct {
	invoker function.Invoker
	home    string
	list    func(region, account string) []Function
}

// passed are the headers of a call that reach the function's side.
// Documented: AWS Lambda API Reference, Invoke, URI Request Parameters; the trace
// header is of the AWS X-Ray Developer Guide.
var passed = []string{"X-Amz-Invocation-Type", "X-Amz-Log-Type", "X-Amz-Client-Context", "X-Amzn-Trace-Id"}

// maxPassed is how long such a header may be. Documented: AWS Lambda API Reference,
// Invoke: up to 3,583 bytes of a client context. Runtimes end at heads that are much
// longer: 16 KiB for Node.
const maxPassed = 3583

// invoke makes one call. An error of the function's is an answer.
func (f *functions) invoke(ctx context.Context, r *wire.Request) (any, error) {
	// A refusal is an answer and no error here: errors would be written in API Gateway's form.
	call, refused := f.call(r)
	if call == nil {
		return refused, nil
	}
	result, err := f.invoker.Invoke(ctx, call)
	if err != nil {
		return refusal(wordsOf(err, r, call)), nil
	}
	return answer(result), nil
}

// call is what a request asks for; nil for what is refused.
func (f *functions) call(r *wire.Request) (*function.Call, wire.Reply) {
	call := &function.Call{Function: r.Path["FunctionName"], Payload: r.Payload, Region: r.Region}
	if r.Account != f.home {
		return nil, refusal(notFound(r, call.Function))
	}
	// Documented: AWS Lambda API Reference, Invoke: a version or alias stands in the
	// query or behind the name.
	if qualifier := r.Query.Get("Qualifier"); qualifier != "" {
		name, err := function.ParseName(call.Function)
		if err == nil && name.Qualifier != "" && name.Qualifier != qualifier {
			// Observed: the words. To take one of the two would run what was not meant.
			return nil, refusal(&function.Refusal{Status: 400, Type: "InvalidParameterValueException", Message: "The derived qualifier from the function name does not match the specified qualifier."})
		}
		if name.Qualifier == "" {
			call.Function += ":" + qualifier
		}
	}
	if len(call.Payload) > maxRequest {
		return nil, refusal(&function.Refusal{Status: 413, Type: tooLarge, Message: fmt.Sprintf("%d byte payload is too large for the RequestResponse invocation type (limit %d bytes)", len(call.Payload), maxRequest)})
	}
	// Functions parse their event as JSON, and nothing is no JSON (RFC 8259 section
	// 2).
	if len(call.Payload) == 0 {
		call.Payload = []byte("{}")
	}
	// Before a process is started: Lambda refuses it without running the function.
	if !json.Valid(call.Payload) {
		return nil, refusal(&function.Refusal{Status: 400, Type: "InvalidRequestContentException", Message: "Could not parse request body into json: it is not well formed"})
	}
	for _, name := range passed {
		// They become headers of the runtime's own API, where a head that is too long ends the runtime.
		if value := r.Header.Get(name); len(value) > maxPassed {
			return nil, refusal(&function.Refusal{Status: 400, Type: "InvalidRequestContentException", Message: fmt.Sprintf("%s is longer than %d bytes", name, maxPassed)})
		} else if value != "" {
			call.Header = append(call.Header, message.Field{Name: name, Value: value})
		}
	}
	// Observed: the words. Runtimes parse it, and fail of what is no object.
	if told := r.Header.Get("X-Amz-Client-Context"); told != "" && !isContext(told) {
		return nil, refusal(&function.Refusal{Status: 400, Type: "InvalidRequestContentException", Message: "Client context must be a valid Base64-encoded JSON object."})
	}
	switch kind := r.Header.Get("X-Amz-Invocation-Type"); kind {
	// Documented: AWS Lambda API Reference, Invoke, InvocationType; RequestResponse unless it is said.
	case "", "RequestResponse", "Event", "DryRun":
		return call, wire.Reply{}
	default:
		return nil, refusal(&function.Refusal{Status: 400, Type: "InvalidParameterValueException", Message: fmt.Sprintf("%q is no invocation type: RequestResponse, Event or DryRun", kind)})
	}
}

// isContext says whether a text is a client context: an object of JSON in base64.
func isContext(text string) bool {
	decoded, err := base64.StdEncoding.DecodeString(text)
	var object map[string]json.RawMessage
	return err == nil && json.Unmarshal(decoded, &object) == nil && object != nil
}

// answer is a result on the wire.
// Documented: AWS Lambda API Reference, Invoke, Response Elements: an error of the
// function has status 200 and is told by its header.
func answer(result *function.Result) wire.Reply {
	reply := wire.Reply{Status: result.Status, Header: http.Header{}, ContentType: "application/json", Body: result.Payload}
	set := func(name, value string) {
		if value != "" {
			reply.Header.Set(name, value)
		}
	}
	set("X-Amzn-Requestid", result.RequestID)
	set("X-Amz-Function-Error", result.Error)
	set("X-Amz-Executed-Version", result.Version)
	// Documented: the same: the last 4 KB of the log in base64, of calls with X-Amz-Log-Type: Tail.
	set("X-Amz-Log-Result", result.LogResult)
	return reply
}

// wordsOf is an error in Lambda's words.
// Documented: AWS Lambda API Reference, Invoke, Errors.
func wordsOf(err error, r *wire.Request, call *function.Call) *function.Refusal {
	// Those who run functions know best: their words come first.
	if told, ok := errors.AsType[*function.Refusal](err); ok {
		return told
	}
	switch {
	case errors.Is(err, message.ErrTooLarge):
		return &function.Refusal{Status: 413, Type: tooLarge, Message: fmt.Sprintf("%d byte payload is too large (limit %d bytes)", len(call.Payload), function.MaxPayload)}
	case errors.Is(err, message.ErrThrottled), errors.Is(err, message.ErrBusy):
		return &function.Refusal{Status: 429, Type: "TooManyRequestsException", Message: "Rate Exceeded."}
	case errors.Is(err, message.ErrConfiguration), errors.Is(err, message.ErrDenied):
		return notFound(r, call.Function)
	}
	// The cause may name folders and hosts, which are for the log and not for whoever calls.
	return &function.Refusal{Status: 500, Type: "ServiceException", Message: "The function could not be reached"}
}

// notFound says that a function is not there. Observed: by its ARN, whatever it was called by.
func notFound(r *wire.Request, asked string) *function.Refusal {
	if name, err := function.ParseName(asked); err == nil {
		if asked = name.Arn; asked == "" {
			asked = "arn:aws:lambda:" + r.Region + ":" + cmp.Or(name.Account, r.Account) + ":function:" + name.Name
		}
		if qualifier := cmp.Or(name.Qualifier, r.Query.Get("Qualifier")); qualifier != "" {
			asked += ":" + qualifier
		}
	}
	return &function.Refusal{Status: 404, Type: "ResourceNotFoundException", Message: "Function not found: " + asked}
}

// refusal is an exception as Lambda writes it.
func refusal(r *function.Refusal) wire.Reply {
	body, _ := json.Marshal(struct { // texts are always encodable
		Reason        string `json:",omitempty"`
		Type, Message string
	}{r.Reason, "User", r.Message})
	return wire.Reply{Status: r.Status, Header: http.Header{"X-Amzn-Errortype": {r.Type}}, ContentType: "application/json", Body: body}
}

// find finds the function that a request names, as the version that it names.
func (f *functions) find(r *wire.Request) (*Function, wire.Reply) {
	asked := r.Path["FunctionName"]
	name, err := function.ParseName(asked)
	if err != nil {
		return nil, refusal(notFound(r, asked))
	}
	all := f.list(r.Region, r.Account)
	// By its name before a logical id: names are unique, logical ids belong to templates.
	i := slices.IndexFunc(all, func(one Function) bool { return one.FunctionName == name.Name })
	if i < 0 {
		i = slices.IndexFunc(all, func(one Function) bool { return one.LogicalID == name.Name })
	}
	if i < 0 {
		return nil, refusal(notFound(r, asked))
	}
	// A copy: what the qualifier makes of it must not stay in the list.
	found := all[i]
	if qualifier := cmp.Or(r.Query.Get("Qualifier"), name.Qualifier); qualifier != "" {
		if found.Version, err = found.version(qualifier); err != nil {
			return nil, refusal(notFound(r, asked))
		}
		found.FunctionArn += ":" + qualifier
	}
	return &found, wire.Reply{}
}

// version is the one that a qualifier leads to. A function without versions and aliases
// has one for each qualifier.
func (f *Function) version(qualifier string) (string, error) {
	// Aliases before versions: a name may not be a number, so that none can hide one.
	if to, ok := f.Aliases[qualifier]; ok {
		return to, nil
	}
	if qualifier == f.Version || len(f.Versions)+len(f.Aliases) == 0 {
		return f.Version, nil
	}
	if slices.Contains(f.Versions, qualifier) {
		return qualifier, nil
	}
	return "", errors.New("there is no such version")
}

func (f *functions) get(_ context.Context, r *wire.Request) (any, error) {
	found, missing := f.find(r)
	if found == nil {
		return missing, nil
	}
	// Code is empty: there is no archive to be fetched, and waiters look at Configuration alone.
	return map[string]any{"Configuration": found, "Code": map[string]string{}, "Tags": map[string]string{}}, nil
}

func (f *functions) configuration(_ context.Context, r *wire.Request) (any, error) {
	found, missing := f.find(r)
	if found == nil {
		return missing, nil
	}
	return found, nil
}

// Documented: AWS Lambda API Reference, ListFunctions: 50 on a page, and at most so
// many as are asked for.
const functionsOnPage = 50

// all are the functions, page by page; a marker is the name of the last one told.
func (f *functions) all(_ context.Context, r *wire.Request) (any, error) {
	most := functionsOnPage
	if asked := r.Query.Get("MaxItems"); asked != "" {
		n, err := strconv.Atoi(asked)
		if err != nil || n < 1 || n > 10000 {
			return refusal(&function.Refusal{Status: 400, Type: "InvalidParameterValueException", Message: "MaxItems: want 1 to 10000"}), nil
		}
		most = min(n, most)
	}
	all := f.list(r.Region, r.Account)
	if marker := r.Query.Get("Marker"); marker != "" {
		// By its place in the order and not by its presence: the function may be gone by now.
		from, _ := slices.BinarySearchFunc(all, marker, func(one Function, name string) int { return cmp.Compare(one.FunctionName, name) })
		if from < len(all) && all[from].FunctionName == marker {
			from++
		}
		all = all[from:]
	}
	if len(all) <= most {
		return map[string]any{"Functions": all}, nil
	}
	return map[string]any{"Functions": all[:most], "NextMarker": all[most-1].FunctionName}, nil
}
