package function

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/message"
)

func TestParseName(t *testing.T) {
	arn := "arn:aws:lambda:eu-west-1:123456789012:function:hello"
	for _, row := range []struct {
		in   string
		want Name
	}{
		{"hello", Name{Name: "hello"}},
		{"hello:prod", Name{Name: "hello", Qualifier: "prod"}},
		{"hello:$LATEST", Name{Name: "hello", Qualifier: "$LATEST"}},
		{"function:hello", Name{Name: "hello"}},
		{"123456789012:function:hello:7", Name{Account: "123456789012", Name: "hello", Qualifier: "7"}},
		{arn, Name{arn, "eu-west-1", "123456789012", "hello", ""}},
		{arn + ":prod", Name{arn, "eu-west-1", "123456789012", "hello", "prod"}},
		{"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" + arn + ":prod/invocations", Name{arn, "eu-west-1", "123456789012", "hello", "prod"}},
		{"arn:aws:apigateway:us-east-1:lambda:path//2015-03-31/functions/" + arn + "/invocations", Name{arn, "eu-west-1", "123456789012", "hello", ""}},
		{"arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:f", Name{"arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:f", "us-gov-west-1", "123456789012", "f", ""}},
	} {
		got, err := ParseName(row.in)
		if err != nil || got != row.want {
			t.Errorf("%s: got %+v, %v; want %+v", row.in, got, err, row.want)
		}
	}
	for _, in := range []string{"", "a b", "arn:aws:sqs:us-east-1:123456789012:q", "arn:aws:lambda:us-east-1:12:function:x",
		"https://example.com", "arn:aws:apigateway:us-east-1:sqs:path/x", "a/../b", "x:y:z:w", strings.Repeat("n", longestName+1), "f:" + strings.Repeat("q", longestQualifier+1)} {
		if got, err := ParseName(in); !errors.Is(err, message.ErrConfiguration) {
			t.Errorf("%q: got %+v, %v; want ErrConfiguration", in, got, err)
		}
	}
}

func TestKeysOfAMapClosestFirst(t *testing.T) {
	n, err := ParseName("arn:aws:lambda:eu-west-1:123456789012:function:f:q")
	if err != nil {
		t.Fatal(err)
	}
	a := "arn:aws:lambda:eu-west-1:123456789012:function:f"
	if got, want := n.keys(), []string{a + ":q", a, "f:q", "f"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzParseName(f *testing.F) {
	f.Add("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn%3Aaws/invocations")
	f.Add("123456789012:function:x:y")
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ParseName(s)
		if err == nil && n.Name == "" {
			t.Errorf("%q was taken without a name", s)
		}
		if err == nil && n.Arn != "" {
			again := n.Arn
			if n.Qualifier != "" {
				again += ":" + n.Qualifier
			}
			if m, err := ParseName(again); err != nil || m != n {
				t.Errorf("%q: %+v came back as %+v, %v", s, n, m, err)
			}
		}
	})
}
