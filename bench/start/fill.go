package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/tasks"
)

// fill makes a store with APIs through the management API, many at a time.
func fill(program, dir string) error {
	g, err := open(program, dir)
	if err != nil {
		return err
	}
	defer g.stop()
	began := time.Now()
	var next atomic.Int64
	var mu sync.Mutex
	var failed error
	var group tasks.Group
	for range 32 {
		group.Go("filling the store", func() {
			for n := next.Add(1); n <= int64(*apis); n = next.Add(1) {
				f := filler{base: g.management}
				f.api(int(n))
				mu.Lock()
				if f.err != nil && failed == nil {
					failed = f.err
				}
				stop := failed != nil
				mu.Unlock()
				if stop {
					return
				}
			}
		})
	}
	group.Wait()
	fmt.Printf("filled in %v\n", time.Since(began).Round(time.Second))
	return failed
}

// filler makes one API; after an error it makes nothing more.
type filler struct {
	base string
	err  error
}

var client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Timeout: time.Minute}

// call answers the member of the answer that is an id.
func (f *filler) call(path, id, body string, args ...any) string {
	if f.err != nil {
		return ""
	}
	response, err := client.Post(f.base+path, "application/json", bytes.NewReader(fmt.Appendf(nil, body, args...)))
	if err != nil {
		f.err = err
		return ""
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusCreated {
		f.err = fmt.Errorf("POST %s: %d %s %v", path, response.StatusCode, text, err)
		return ""
	}
	answer := map[string]any{}
	f.err = json.Unmarshal(text, &answer)
	found, _ := answer[id].(string)
	return found
}

// api makes the nth API: HTTP APIs with a proxy and a mapping, WebSocket APIs with a
// template for the request and one for the reply.
func (f *filler) api(n int) {
	if n%2 == 0 {
		at := "/v2/apis/" + f.call("/v2/apis", "apiId", `{"name":"orders %d","protocolType":"HTTP"}`, n)
		for i := range *routes {
			integration := f.call(at+"/integrations", "integrationId", `{"integrationType":"HTTP_PROXY","integrationMethod":"ANY","payloadFormatVersion":"1.0",
				"integrationUri":"http://backend-%d.internal:8080/items/%d/{id}","requestParameters":{"append:header.x-request":"$context.requestId"}}`, n, i)
			f.call(at+"/routes", "routeId", `{"routeKey":"GET /items/%d/{id}","target":"integrations/%s"}`, i, integration)
		}
		f.deploy(at)
		return
	}
	at := "/v2/apis/" + f.call("/v2/apis", "apiId", `{"name":"chat %d","protocolType":"WEBSOCKET","routeSelectionExpression":"$request.body.action"}`, n)
	for i := range *routes {
		integration := f.call(at+"/integrations", "integrationId", `{"integrationType":"HTTP","integrationMethod":"POST","integrationUri":"http://backend-%d.internal:8080/%d",
			"templateSelectionExpression":"default","requestTemplates":{"default":"{\"from\": \"$context.connectionId\", \"text\": \"$util.escapeJavaScript($input.path('$.text'))\", \"route\": %d}"}}`, n, i, i)
		f.call(at+"/integrations/"+integration+"/integrationresponses", "integrationResponseId",
			`{"integrationResponseKey":"$default","responseTemplates":{"$default":"{\"route\": %d, \"said\": $input.json('$')}"}}`, i)
		route := f.call(at+"/routes", "routeId", `{"routeKey":"action%d","target":"integrations/%s"}`, i, integration)
		f.call(at+"/routes/"+route+"/routeresponses", "routeResponseId", `{"routeResponseKey":"$default"}`)
	}
	f.deploy(at)
}

func (f *filler) deploy(at string) {
	deployment := f.call(at+"/deployments", "deploymentId", `{}`)
	f.call(at+"/stages", "stageName", `{"stageName":"prod","deploymentId":"%s"}`, deployment)
}
