package wire

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"time"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/sigv4"
)

// answer writes what a handler gave, in the form of the operation. Names of
// members and statuses are those of the service model.
func (c *call) answer(answer any) {
	switch a := answer.(type) {
	case nil:
		c.empty()
	case Document:
		c.write(c.operation.Status, a.ContentType, a.Body)
	case Reply:
		maps.Copy(c.writer.Header(), a.Header)
		// It may have taken longer than the listener gives to an answer: a function has
		// 15 minutes. Writers without deadlines are a test's.
		_ = http.NewResponseController(c.writer).SetWriteDeadline(time.Now().Add(replyTime))
		c.write(a.Status, a.ContentType, a.Body)
	case Encoded:
		c.encoded = true
		c.write(c.operation.Status, contentType, a)
	case Stream:
		c.stream(a)
	case Page:
		c.json(c.operation.Status, c.page(a))
	default:
		c.json(c.operation.Status, a)
	}
}

// replyTime is how long a client may take to read a reply.
const replyTime = time.Minute

// empty answers without members: nothing where something was deleted, else {},
// for SDKs parse the body of an answer that may have one.
func (c *call) empty() {
	if c.operation.Status == http.StatusNoContent || c.operation.Method == http.MethodDelete {
		c.write(c.operation.Status, "", nil)
		return
	}
	c.write(c.operation.Status, contentType, []byte("{}"))
}

// The last page has no token; an empty one would make SDKs ask for ever. The
// older API has other names.
// Documented: API Gateway V2 API Reference, GetApis; API Gateway API Reference,
// GetApiKeys.
func (c *call) page(p Page) map[string]any {
	members := map[string]any{c.operation.Items: p.Items}
	if p.NextToken != "" {
		next := "nextToken"
		if c.operation.V1 {
			next = "position"
		}
		members[next] = p.NextToken
	}
	return members
}

// fail answers an error: a signature's, a fault's, or the one of all others. SDKs
// take the exception from the header, since the body names none.
// Documented: Smithy, AWS restJson1 protocol, Operation error serialization.
func (c *call) fail(err error) {
	kind, message := fault.KindOf(err), fault.Message(err)
	status, exception := kind.Status(), kind.Exception()
	if refused, ok := errors.AsType[*sigv4.Error](err); ok {
		status, exception, message = refused.Status(), refused.Code, refused.Message
	} else if kind == fault.Internal {
		c.log(err)
	}
	if kind == fault.PayloadTooLarge && c.operation != nil && c.operation.TooLarge != "" {
		exception = c.operation.TooLarge
	}
	c.exception = exception
	h := c.writer.Header()
	h.Set("X-Amzn-Errortype", exception)
	if kind == fault.Unavailable {
		// What is away is found again within a second or two of its return, and SDKs keep to it.
		h.Set("Retry-After", "1")
	}
	if c.whole {
		c.json(status, map[string]string{"message": message})
		return
	}
	closing(h, c.http)
	c.json(status, map[string]string{"message": message})
	letGo(c.writer, c.http)
}

func (c *call) log(err error) {
	name := ""
	if c.operation != nil {
		name = c.operation.Name
	}
	if errors.Is(err, context.Canceled) {
		return // the client went away, nobody reads the answer
	}
	if _, told := errors.AsType[*tasks.Panic](err); told {
		return // with its stack
	}
	c.server.config.Logger.Error("management request failed", "operation", name, "requestId", c.id, "error", err)
}

const contentType = "application/json"

// Encoded is an answer that was encoded before: what Encode makes of it. Who answers it has let go of
// the request and its context, but for texts: the next call may be made of them.
type Encoded []byte

// Encode is the JSON of an answer, as it is sent.
func Encode(v any) (Encoded, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	// RFC 8259 section 7 asks for no escape of <, > and &; policies and templates
	// are full of them.
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Answers are made whole before the first byte is sent, so that one that cannot
// be written becomes a 500 and not half a document.
func (c *call) json(status int, v any) {
	text, err := Encode(v)
	if err != nil {
		c.log(fmt.Errorf("encode the answer: %w", err))
		status = http.StatusInternalServerError
		text = []byte(`{"message":"Internal Server Error"}`)
	}
	if c.server.config.Audit != nil && c.operation != nil {
		c.made = madeBy(c.operation, status, v, text)
	}
	c.write(status, contentType, text)
}

// RFC 9110 section 15.3.5: 204 has no content.
// Observed: both ids are on every answer.
func (c *call) write(status int, kind string, body []byte) {
	if status == http.StatusNoContent {
		kind, body = "", nil // such an answer has none
	} else {
		c.line(0, "Content-Length", strconv.Itoa(len(body)))
	}
	c.head(status, kind)
	if len(body) > 0 {
		_, _ = c.writer.Write(body) // the client may have gone away
	}
}

// head sends what every answer begins with.
func (c *call) head(status int, kind string) {
	c.status = status
	h := c.writer.Header()
	if kind != "" {
		c.line(1, "Content-Type", kind)
	}
	if len(h["X-Amzn-Requestid"]) == 0 { // an invocation has its own
		c.line(2, "X-Amzn-Requestid", c.id)
	}
	c.line(3, "X-Amz-Apigw-Id", newGatewayID())
	c.writer.WriteHeader(status)
}

// line sets a line of the answer's header, whose list is a part of the call: every answer has
// these, and four small objects would be made for them. The name is in its canonical form.
func (c *call) line(n int, name, value string) {
	c.lines[n] = value
	c.writer.Header()[name] = c.lines[n : n+1 : n+1]
}

// newGatewayID has the form of AWS's second id: sixteen letters, the last of them =.
func newGatewayID() string {
	var b [11]byte
	_, _ = rand.Read(b[:])
	return base64.StdEncoding.EncodeToString(b[:])
}
