package services

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

func client(t *testing.T, url string) *Client {
	t.Helper()
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	c, err := New(t.Context(), url, "us-east-1")
	if err != nil {
		t.Fatal(err)
	}
	c.pause = time.Millisecond
	return c
}

const table = `{"Resources": {"Table": {"Type": "AWS::DynamoDB::Table", "Properties": {
  "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}], "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
  "BillingMode": "PAY_PER_REQUEST"}}}, "Outputs": {"V1": {"Value": {"Ref": "Table"}}, "V2": {"Value": {"Fn::GetAtt": ["Table", "Arn"]}}}}`

// A stack is made, is there, grows and keeps its values.
func TestPut(t *testing.T) {
	c := client(t, needs.Moto(t))
	made, err := c.Put(t.Context(), "chat-dragoman", []byte(table))
	if err != nil || made["V1"] == "" || !strings.HasPrefix(made["V2"], "arn:aws:dynamodb:us-east-1:") {
		t.Fatalf("got %v, %v", made, err)
	}
	if again, err := c.Put(t.Context(), "chat-dragoman", []byte(table)); err != nil || again["V1"] != made["V1"] {
		t.Errorf("again: got %v, %v, want %v", again, err, made)
	}
	queue := strings.Replace(table, `"Outputs": {`, `"Outputs": {"V3": {"Value": {"Ref": "Queue"}}, `, 1)
	queue = strings.Replace(queue, `"Resources": {`, `"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}, `, 1)
	if grown, err := c.Put(t.Context(), "chat-dragoman", []byte(queue)); err != nil || grown["V1"] != made["V1"] || !strings.HasPrefix(grown["V3"], "http") {
		t.Errorf("with a queue: got %v, %v", grown, err)
	}
}

// server answers actions, each with what comes next of its list.
func server(t *testing.T, answers map[string][]string) (url string, calls *[]string) {
	calls = new([]string)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		action := r.PostFormValue("Action")
		*calls = append(*calls, action)
		text := "<x/>"
		if all := answers[action]; len(all) > 0 {
			if text = all[0]; len(all) > 1 {
				answers[action] = all[1:]
			}
		}
		if strings.Contains(text, "<Error>") {
			w.WriteHeader(http.StatusBadRequest)
		}
		if !strings.Contains(r.Header.Get("Authorization"), "/us-east-1/cloudformation/aws4_request") {
			t.Error("a call is not signed")
		}
		_, _ = w.Write([]byte(text))
	}))
	t.Cleanup(s.Close)
	return s.URL, calls
}

func described(status string) string {
	return "<R><DescribeStacksResult><Stacks><member><StackStatus>" + status + "</StackStatus><Outputs><member><OutputKey>K</OutputKey><OutputValue>v</OutputValue></member></Outputs></member></Stacks></DescribeStacksResult></R>"
}

const (
	missing   = "<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack with id s does not exist</Message></Error></ErrorResponse>"
	unchanged = "<ErrorResponse><Error><Code>ValidationError</Code><Message>No updates are to be performed.</Message></Error></ErrorResponse>"
	denied    = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"
)

func TestStates(t *testing.T) {
	for _, row := range []struct {
		name             string
		describes        []string
		update, events   string
		calls, says, got string
	}{
		{"new", []string{missing, described("CREATE_IN_PROGRESS"), described("CREATE_COMPLETE")}, "", "", "DescribeStacks CreateStack DescribeStacks DescribeStacks", "", "v"},
		{"the same", []string{described("UPDATE_COMPLETE")}, unchanged, "", "DescribeStacks UpdateStack DescribeStacks", "", "v"},
		{"under way", []string{described("UPDATE_IN_PROGRESS"), described("UPDATE_COMPLETE")}, "", "", "DescribeStacks DescribeStacks UpdateStack DescribeStacks", "", "v"},
		{"could not be made before", []string{described("ROLLBACK_COMPLETE"), missing, described("CREATE_COMPLETE")}, "", "", "DescribeStacks DeleteStack DescribeStacks CreateStack DescribeStacks", "", "v"},
		{"fails", []string{described("CREATE_COMPLETE"), described("UPDATE_ROLLBACK_COMPLETE")}, "",
			"<R><DescribeStackEventsResult><StackEvents><member><LogicalResourceId>T</LogicalResourceId><ResourceStatus>CREATE_FAILED</ResourceStatus><ResourceStatusReason>no room</ResourceStatusReason></member></StackEvents></DescribeStackEventsResult></R>",
			"DescribeStacks UpdateStack DescribeStacks DescribeStackEvents", "T: no room", ""},
		{"denied", []string{described("CREATE_COMPLETE")}, denied, "", "DescribeStacks UpdateStack", "AccessDenied: no", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			url, calls := server(t, map[string][]string{"DescribeStacks": row.describes, "UpdateStack": {row.update + " "}, "DescribeStackEvents": {row.events}})
			values, err := client(t, url).Put(t.Context(), "s", []byte("{}"))
			if got := strings.Join(*calls, " "); got != row.calls || values["K"] != row.got {
				t.Errorf("got %s and %v, want %s and %s", got, values, row.calls, row.got)
			}
			if (err == nil) != (row.says == "") || err != nil && !strings.Contains(err.Error(), row.says) {
				t.Errorf("got %v, want %q", err, row.says)
			}
		})
	}
}

func TestPublic(t *testing.T) {
	for url, want := range map[string]bool{
		"https://cloudformation.us-east-1.amazonaws.com": true, "https://X.AMAZONAWS.COM.:443/": true, "https://cloudformation.cn-north-1.amazonaws.com.cn": true,
		"https://cloudformation.us-east-1.api.aws": true, "http://127.0.0.1:5000": false, "http://amazonaws.com.evil.example": false, "http://myamazonaws.com": false,
	} {
		if got := Public(url); got != want {
			t.Errorf("%s: got %v", url, got)
		}
	}
}

func TestName(t *testing.T) {
	for of, want := range map[string]string{"chat": "chat-dragoman", "my_app v2": "my-app-v2-dragoman", "1st": "s-1st-dragoman", "": "s--dragoman"} {
		if got := Name(of); got != want {
			t.Errorf("%q: got %s, want %s", of, got, want)
		}
	}
	if n := len(Name(strings.Repeat("x", 200))); n != 128 {
		t.Errorf("a long name has %d characters", n)
	}
}

// What a server does not know is left out, then and the next time, and all else is told.
func TestPutKnown(t *testing.T) {
	c := client(t, needs.Moto(t))
	template := strings.Replace(table, `"Outputs": {`, `"Outputs": {"V3": {"Value": {"Fn::GetAtt": ["Page", "DomainName"]}}, "V4": {"Value": {"Ref": "Page"}}, `, 1)
	template = strings.Replace(template, `"Resources": {`, `"Resources": {"Page": {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": {"Enabled": true}}}, `, 1)
	first := ""
	for i := range 3 {
		if i == 2 {
			template = strings.Replace(template, `"Outputs": {`, `"Outputs": {"V5": {"Value": {"Ref": "Queue"}}, `, 1)
			template = strings.Replace(template, `"Resources": {`, `"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}, `, 1)
		}
		values, untold, err := c.PutKnown(t.Context(), "page-dragoman", []byte(template))
		if first == "" {
			first = values["V1"]
		}
		if err != nil || values["V1"] == "" || values["V1"] != first || !strings.HasPrefix(values["V2"], "arn:aws:dynamodb:") || strings.Join(untold, " ") != "V3 V4" {
			t.Fatalf("%d: got %v, without %v, %v", i, values, untold, err)
		}
		if i == 2 && !strings.HasPrefix(values["V5"], "http") {
			t.Errorf("a queue that came later: got %v", values)
		}
	}
	if values, untold, err := c.PutKnown(t.Context(), "table-dragoman", []byte(table)); err != nil || len(values) != 2 || untold != nil {
		t.Errorf("nothing unknown: got %v, %v, %v", values, untold, err)
	}
	if _, _, err := c.PutKnown(t.Context(), "no-dragoman", []byte(`{"Resources": {"A": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "a b"}}}, "Outputs": {"V1": {"Value": {"Ref": "A"}}}}`)); err == nil {
		t.Error("what cannot be made is no error")
	}
}
