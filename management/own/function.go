package own

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/message"
	"github.com/dragoman-gateway/dragoman/wire"
)

// FunctionsPath is where Lambda's API has its functions.
const FunctionsPath = "/2015-03-31/functions"

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
}

// maxInvocation is how many bytes an event may have: what the service takes and a
// byte, so that it can say itself what is too much.
const maxInvocation = function.MaxPayload + 1

// Functions are the operations of Lambda's API that this server has: Invoke, and what
// waiters and tools ask for. list tells which functions run here. Whoever calls is
// answered in Lambda's own form.
// Documented: AWS Lambda API Reference, Invoke, GetFunction, ListFunctions.
func Functions(invoker function.Invoker, list func(region, account string) []Function) []wire.Row {
	f := &functions{invoker, list}
	name := wire.Member{Name: "FunctionName", Wire: "FunctionName", In: wire.InPath, Shape: text, Required: true}
	qualifier := wire.Member{Name: "Qualifier", Wire: "Qualifier", In: wire.InQuery, Shape: text}
	return []wire.Row{
		{Handle: f.invoke, Operation: &wire.Operation{
			Name: "Invoke", Method: "POST", Path: FunctionsPath + "/{FunctionName}/invocations", Status: 200, MaxBody: maxInvocation,
			Input: []wire.Member{name, qualifier, {Name: "Payload", Wire: "Payload", In: wire.InBody, Shape: blob, Payload: true}},
		}},
		{Handle: f.get, Operation: &wire.Operation{Name: "GetFunction", Method: "GET", Path: FunctionsPath + "/{FunctionName}", Status: 200, Input: []wire.Member{name, qualifier}}},
		{Handle: f.configuration, Operation: &wire.Operation{
			Name: "GetFunctionConfiguration", Method: "GET", Path: FunctionsPath + "/{FunctionName}/configuration", Status: 200, Input: []wire.Member{name, qualifier},
		}},
		{Handle: f.all, Operation: &wire.Operation{Name: "ListFunctions", Method: "GET", Path: FunctionsPath, Status: 200}},
	}
}

type functions struct {
	invoker function.Invoker
	list    func(region, account string) []Function
}

// passed are the headers of a call that reach the function's side.
// Documented: AWS Lambda API Reference, Invoke, URI Request Parameters; the trace
// header is of the AWS X-Ray Developer Guide.
var passed = []string{"X-Amz-Invocation-Type", "X-Amz-Log-Type", "X-Amz-Client-Context", "X-Amzn-Trace-Id"}

// invoke makes one call. An error of the function's is an answer.
func (f *functions) invoke(ctx context.Context, r *wire.Request) (any, error) {
	call := &function.Call{Function: r.Path["FunctionName"], Payload: r.Payload, Region: r.Region}
	// Documented: AWS Lambda API Reference, Invoke: a version or alias stands in the
	// query or behind the name.
	if qualifier := r.Query.Get("Qualifier"); qualifier != "" && !strings.HasSuffix(call.Function, ":"+qualifier) {
		call.Function += ":" + qualifier
	}
	// Functions parse their event as JSON, and nothing is no JSON (RFC 8259 section
	// 2).
	if len(call.Payload) == 0 {
		call.Payload = []byte("{}")
	}
	if !json.Valid(call.Payload) {
		return refusal(&function.Refusal{Status: 400, Type: "InvalidRequestContentException", Message: "Could not parse request body into json: it is not well formed"}), nil
	}
	for _, name := range passed {
		if value := r.Header.Get(name); value != "" {
			call.Header = append(call.Header, message.Field{Name: name, Value: value})
		}
	}
	result, err := f.invoker.Invoke(ctx, call)
	if err != nil {
		return refusal(refused(err, call.Function)), nil
	}
	return answer(result), nil
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
	set("X-Amz-Log-Result", result.LogResult)
	return reply
}

// refused is an error in Lambda's words.
// Documented: AWS Lambda API Reference, Invoke, Errors.
func refused(err error, name string) *function.Refusal {
	if r, ok := errors.AsType[*function.Refusal](err); ok {
		return r
	}
	switch {
	case errors.Is(err, message.ErrTooLarge):
		return &function.Refusal{Status: 413, Type: "RequestTooLargeException", Message: fmt.Sprintf("%d byte payload is too large for the RequestResponse invocation type (limit %d bytes)", maxInvocation, function.MaxPayload)}
	case errors.Is(err, message.ErrThrottled), errors.Is(err, message.ErrBusy):
		return &function.Refusal{Status: 429, Type: "TooManyRequestsException", Message: "Rate Exceeded."}
	case errors.Is(err, message.ErrConfiguration), errors.Is(err, message.ErrDenied):
		return notFound(name)
	}
	return &function.Refusal{Status: 500, Type: "ServiceException", Message: "The function could not be reached"}
}

func notFound(name string) *function.Refusal {
	return &function.Refusal{Status: 404, Type: "ResourceNotFoundException", Message: "Function not found: " + name}
}

// refusal is an exception as Lambda writes it.
func refusal(r *function.Refusal) wire.Reply {
	body, _ := json.Marshal(struct{ Type, Message string }{"User", r.Message}) // two texts are always encodable
	return wire.Reply{Status: r.Status, Header: http.Header{"X-Amzn-Errortype": {r.Type}}, ContentType: "application/json", Body: body}
}

func (f *functions) find(r *wire.Request) (*Function, wire.Reply) {
	asked := r.Path["FunctionName"]
	name, err := function.ParseName(asked)
	if err != nil {
		return nil, refusal(notFound(asked))
	}
	all := f.list(r.Region, r.Account)
	i := slices.IndexFunc(all, func(one Function) bool { return one.FunctionName == name.Name })
	if i < 0 {
		return nil, refusal(notFound(asked))
	}
	return &all[i], wire.Reply{}
}

func (f *functions) get(_ context.Context, r *wire.Request) (any, error) {
	found, missing := f.find(r)
	if found == nil {
		return missing, nil
	}
	return map[string]any{"Configuration": found, "Code": map[string]string{}, "Tags": map[string]string{}}, nil
}

func (f *functions) configuration(_ context.Context, r *wire.Request) (any, error) {
	found, missing := f.find(r)
	if found == nil {
		return missing, nil
	}
	return found, nil
}

func (f *functions) all(_ context.Context, r *wire.Request) (any, error) {
	return map[string]any{"Functions": f.list(r.Region, r.Account)}, nil
}
