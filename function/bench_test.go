package function

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/dragoman-gateway/dragoman/awsconfig"
	"github.com/dragoman-gateway/dragoman/integration/http/upstream"
)

// BenchmarkInvoke is one signed invocation of a function on loopback, server
// included.
func BenchmarkInvoke(b *testing.B) {
	b.Setenv("AWS_ACCESS_KEY_ID", "AKIDOWN")
	b.Setenv("AWS_SECRET_ACCESS_KEY", "own-secret")
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, `{"statusCode":200,"body":"hello"}`)
	}))
	b.Cleanup(s.Close)
	web := upstream.New(upstream.Options{})
	b.Cleanup(web.Close)
	aws := awsconfig.New(awsconfig.Options{Region: "us-east-1", Plain: web})
	b.Cleanup(aws.Close)
	c, err := New(aws, map[string]string{"hello": s.URL})
	if err != nil {
		b.Fatal(err)
	}
	call := &Call{Function: arn, Payload: []byte(`{"requestContext":{"routeKey":"$default"},"body":"hello"}`)}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if r, err := c.Invoke(context.Background(), call); err != nil || r.Status != 200 {
				b.Error(r, err)
				return
			}
		}
	})
}
