package awsservice

import (
	"errors"
	"testing"

	"github.com/dragoman-gateway/dragoman/message"
)

func TestParseURI(t *testing.T) {
	for _, row := range []struct {
		in   string
		want URI
	}{
		{"arn:aws:apigateway:us-east-1:dynamodb:action/PutItem", URI{"us-east-1", "dynamodb", "", "PutItem", "/", ""}},
		{"arn:aws:apigateway:us-east-1:sns:action/Publish&TopicArn=x?Message=y", URI{"us-east-1", "sns", "", "Publish", "/", "TopicArn=x&Message=y"}},
		{"arn:aws:apigateway:eu-west-1:sqs:path/123456789012/queue", URI{"eu-west-1", "sqs", "", "", "/123456789012/queue", ""}},
		{"arn:aws:apigateway:eu-west-1:events:path//", URI{"eu-west-1", "events", "", "", "/", ""}},
		{"arn:aws:apigateway:eu-west-1:events:path", URI{"eu-west-1", "events", "", "", "/", ""}},
		{"arn:aws:apigateway:us-east-1:s3:path/bucket/a%20b/c?versionId=1", URI{"us-east-1", "s3", "", "", "/bucket/a%20b/c", "versionId=1"}},
		{"arn:aws:apigateway:us-east-1:bucket.with.dots.s3:path/key", URI{"us-east-1", "s3", "bucket.with.dots", "", "/key", ""}},
		{"arn:aws:apigateway:us-east-1:a1b2-ats.iotdata:path/topics/x", URI{"us-east-1", "iotdata", "a1b2-ats", "", "/topics/x", ""}},
		{"arn:aws:apigateway:us-east-1:streams.dynamodb:action/ListStreams", URI{"us-east-1", "streams.dynamodb", "", "ListStreams", "/", ""}},
		{"arn:aws:apigateway:us-east-1:abc.execute-api:path/prod/@connections/x", URI{"us-east-1", "execute-api", "abc", "", "/prod/@connections/x", ""}},
		{"arn:aws:apigateway:us-east-1:sub.newservice:path/x", URI{"us-east-1", "newservice", "sub", "", "/x", ""}},
		{"arn:aws-cn:apigateway:cn-north-1:sqs:path/a:b", URI{"cn-north-1", "sqs", "", "", "/a:b", ""}},
	} {
		if got, err := ParseURI(row.in); err != nil || got != row.want {
			t.Errorf("%s: got %+v, %v; want %+v", row.in, got, err, row.want)
		}
	}
	for _, in := range []string{"", "https://example.com", "arn:aws:lambda:us-east-1:123456789012:function:f",
		"arn:aws:apigateway:us-east-1:dynamodb", "arn:aws:apigateway:us-east-1:dynamodb:table/x", "arn:aws:apigateway::dynamodb:action/X",
		"arn:aws:apigateway:us-east-1::action/X", "arn:aws:apigateway:us-east-1:dynamodb:action/", "arn:aws:apigateway:us-east-1:dynamodb:action/a b",
		"arn:aws:apigateway:us-east-1:evil.example/x:path/", "arn:aws:apigateway:evil.example/:sqs:path/x", "arn:aws:apigateway:us-east-1:.sqs:path/x",
		"arn:aws:apigateway:us-east-1:sqs.:path/x", "arn:aws:apigateway:us-east-1:a..sqs:path/x", "arn:aws:apigateway:us.:sqs:path/x"} {
		if got, err := ParseURI(in); !errors.Is(err, message.ErrConfiguration) {
			t.Errorf("%q: got %+v, %v; want ErrConfiguration", in, got, err)
		}
	}
}

func FuzzParseURI(f *testing.F) {
	f.Add("arn:aws:apigateway:us-east-1:sns:action/Publish&TopicArn=x?Message=y")
	f.Add("arn:aws:apigateway:us-east-1:a.b.s3:path/x")
	f.Fuzz(func(t *testing.T, s string) {
		u, err := ParseURI(s)
		if err != nil {
			return
		}
		if u.Path == "" || u.Path[0] != '/' || len(u.Path) > 1 && u.Path[1] == '/' {
			t.Errorf("%q: path %q could be taken for a host", s, u.Path)
		}
		if !hostLike(u.Service) || u.Subdomain != "" && !hostLike(u.Subdomain) {
			t.Errorf("%q: host %q %q", s, u.Subdomain, u.Service)
		}
	})
}
