package sigv4

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"
)

const goodHeader = "AWS4-HMAC-SHA256 Credential=AKID/20260314/eu-west-1/apigateway/aws4_request, SignedHeaders=host;X-Amz-Date, Signature=ab12"

func TestParseReadsHeaders(t *testing.T) {
	want := &Authorization{
		AccessKeyID: "AKID", Date: "20260314", Region: "eu-west-1", Service: "apigateway",
		SignedHeaders: []string{"host", "x-amz-date"}, Signature: "ab12", SignedAt: moment,
	}
	for name, change := range map[string]func(h http.Header){
		"as the SDKs write it": func(http.Header) {},
		"without spaces": func(h http.Header) {
			h.Set("Authorization", strings.ReplaceAll(goodHeader, ", ", ","))
		},
		"dated by Date": func(h http.Header) {
			h.Del("X-Amz-Date")
			h.Set("Date", moment.Format(http.TimeFormat))
		},
		"dated by Date in the short form": func(h http.Header) {
			h.Del("X-Amz-Date")
			h.Set("Date", "20260314T150926Z")
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("Authorization", goodHeader)
			r.Header.Set("X-Amz-Date", "20260314T150926Z")
			change(r.Header)
			got, err := Parse(r)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v\nwant %+v", got, want)
			}
		})
	}
}

func TestParseReadsQueries(t *testing.T) {
	good := url.Values{
		"X-Amz-Algorithm": {"AWS4-HMAC-SHA256"}, "X-Amz-Credential": {"AKID/20260314/eu-west-1/execute-api/aws4_request"},
		"X-Amz-Date": {"20260314T150926Z"}, "X-Amz-Expires": {"300"}, "X-Amz-SignedHeaders": {"host"},
		"X-Amz-Signature": {"ab12"}, "X-Amz-Security-Token": {"t+/="},
	}
	tests := []struct {
		name, member, value string
		want                string // code of the refusal
	}{
		{"whole", "room", "1", ""},
		{"no life", "X-Amz-Expires", "", IncompleteSignature},
		{"life that is no number", "X-Amz-Expires", "5m", IncompleteSignature},
		{"negative life", "X-Amz-Expires", "-1", IncompleteSignature},
		{"eight days", "X-Amz-Expires", "691200", IncompleteSignature},
		{"no date", "X-Amz-Date", "", IncompleteSignature},
		{"odd date", "X-Amz-Date", "yesterday", IncompleteSignature},
		{"no signature", "X-Amz-Signature", "", IncompleteSignature},
		{"another algorithm", "X-Amz-Algorithm", "AWS4-ECDSA-P256-SHA256", IncompleteSignature},
		{"scope", "X-Amz-Credential", "AKID/20260314", IncompleteSignature},
		{"host not signed", "X-Amz-SignedHeaders", "x-amz-date", InvalidSignature},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := url.Values{}
			for k, v := range good {
				q[k] = v
			}
			q.Set(tt.member, tt.value)
			a, err := Parse(httptest.NewRequest("GET", "/?"+q.Encode(), nil))
			if tt.want != "" {
				var e *Error
				if !errors.As(err, &e) || e.Code != tt.want || a != nil {
					t.Errorf("got %v and error %v, want %s", a, err, tt.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !a.Presigned || a.Expires != 5*time.Minute || a.Region != "eu-west-1" || a.SessionToken != "t+/=" {
				t.Errorf("got %+v", a)
			}
		})
	}
}

// FuzzParse: whatever stands in the header or the query, the answer is an
// Authorization that is whole or a signature error, and verifying it refuses.
func FuzzParse(f *testing.F) {
	f.Add(goodHeader, "20260314T150926Z", "")
	f.Add("Bearer x", "", "X-Amz-Signature=1&X-Amz-Algorithm=AWS4-HMAC-SHA256")
	f.Add("", "", "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A/20260314/r/s/aws4_request&X-Amz-Date=20260314T000000Z&X-Amz-SignedHeaders=host&X-Amz-Signature=0")
	f.Add("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260314/us-east-1/execute-api/aws4_request,SignedHeaders=host;;a\nb,Signature=", "20260314T150926Z", "a=%zz&+=;")
	v := testVerifier()
	f.Fuzz(func(t *testing.T, header, date, query string) {
		r := &http.Request{Method: "GET", URL: &url.URL{Path: "/" + query, RawQuery: query}, Host: "h", Header: http.Header{}}
		r.Header.Set("Authorization", header)
		r.Header.Set("X-Amz-Date", date)
		a, err := Parse(r)
		var e *Error
		if (err == nil) != (a != nil) || err != nil && !errors.As(err, &e) {
			t.Fatalf("got %v and error %v", a, err)
		}
		if a != nil && (a.AccessKeyID == "" || a.Region == "" || a.Service == "" || len(a.SignedHeaders) == 0) {
			t.Errorf("not whole: %+v", a)
		}
		if id, err := v.Verify(r, "execute-api", nil); err == nil {
			t.Errorf("a guess was taken as %+v", id)
		}
	})
}
