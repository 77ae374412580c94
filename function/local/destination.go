package local

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/message"
)

// What a record says of how its event has ended.
const (
	succeeded = "Success"
	exhausted = "RetriesExhausted"
	tooOld    = "EventAgeExceeded"
)

// record is what a destination is told. Documented: AWS Lambda Developer Guide, Capturing
// records of Lambda asynchronous invocations.
type record struct {
	Version   string `json:"version"`
	Timestamp string `json:"timestamp"`
	Request   struct {
		ID        string `json:"requestId"`
		Function  string `json:"functionArn"`
		Condition string `json:"condition"`
		Count     int    `json:"approximateInvokeCount"`
	} `json:"requestContext"`
	Asked    json.RawMessage `json:"requestPayload"`
	Response *outcome        `json:"responseContext,omitempty"` // nil: no try came to an end
	Answered json.RawMessage `json:"responsePayload,omitempty"`
}

type outcome struct {
	Status  int    `json:"statusCode"`
	Version string `json:"executedVersion"`
	Failure string `json:"functionError,omitempty"`
}

// tell gives the record of an event that has ended to the function that is its destination.
// Other destinations belong to services that are not here: the log says what is not told them.
func (r *Runner) tell(p *pool, in *invocation, about Events, condition string, tries int, last *answer) {
	to := about.OnFailure
	if condition == succeeded {
		to = about.OnSuccess
	}
	if to == "" {
		return
	}
	var made record
	made.Version, made.Timestamp = "1.0", time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	made.Request.ID, made.Request.Condition, made.Request.Count = in.id, condition, tries
	made.Request.Function = p.arn + ":" + cmp.Or(about.Qualifier, version)
	made.Asked = asJSON(in.payload)
	if last != nil {
		executed, _ := p.function.qualified(about.Qualifier)
		made.Response, made.Answered = &outcome{200, executed, last.failure}, asJSON(last.payload)
	}
	text, err := json.Marshal(made)
	if err == nil {
		_, err = r.Invoke(context.WithoutCancel(r.ctx), &function.Call{Function: to, Payload: text, Header: message.Header{{Name: "X-Amz-Invocation-Type", Value: "Event"}}})
	}
	if err != nil {
		p.log(nil, "RequestId: "+in.id+" the record of the event ("+condition+") does not reach its destination "+to+" here: "+err.Error())
	}
}

// asJSON is a payload as a member of a record: what is no JSON is text.
func asJSON(payload []byte) json.RawMessage {
	if len(payload) == 0 {
		return json.RawMessage("null")
	}
	if json.Valid(payload) {
		return payload
	}
	text, _ := json.Marshal(string(payload))
	return text
}
