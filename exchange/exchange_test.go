package exchange

import (
	"strings"
	"testing"
	"time"
)

func message() *Exchange {
	x := Begin(Message)
	x.ApiID, x.Stage, x.RouteKey = "a1b2c3d4e5", "prod", "send"
	x.ConnectionID = "SOqGjdZioAMCEeg="
	x.MessageID = NewMessageID(x.ConnectionID)
	x.DomainName = "a1b2c3d4e5.execute-api.localhost:8080"
	x.RequestTime = time.Date(2022, 5, 16, 17, 30, 27, 357e6, time.UTC)
	x.Identity.SourceIP = "192.0.2.1"
	x.Authorizer = Values{{"principalId", "me"}, {"tenant.id", "t1"}}
	x.Error = Failure{Message: `no "such" thing`}
	return x
}

func TestLookup(t *testing.T) {
	x := message()
	for _, row := range []struct{ path, want string }{
		{"connectionId", "SOqGjdZioAMCEeg="},
		{"requestTime", "16/May/2022:17:30:27 +0000"},
		{"requestTimeEpoch", "1652722227357"},
		{"identity.sourceIp", "192.0.2.1"},
		{"identity.userAgent", ""},
		{"authorizer.principalId", "me"},
		{"authorizer.tenant.id", "t1"},
		{"error.messageString", `"no \"such\" thing"`},
		{"domainPrefix", "a1b2c3d4e5"},
		{"identity", ""},
		{"identity.sourceIp.more", ""},
		{"nothing", ""},
		{"httpMethod", ""},
	} {
		if got, ok := x.Lookup(row.path); got != row.want || ok != (row.want != "") {
			t.Errorf("Lookup(%q): got %q %v, want %q", row.path, got, ok, row.want)
		}
	}
}

func TestIdsLookLikeAWS(t *testing.T) {
	x := message()
	for _, id := range []string{x.RequestID, x.MessageID} {
		if len(id) != 16 || !strings.HasSuffix(id, "=") || strings.ContainsAny(id, "+/") {
			t.Errorf("id: got %q, want 16 characters of base64url ending in =", id)
		}
	}
	if x.MessageID[11:] != x.ConnectionID[11:] {
		t.Errorf("message id %q does not end like the connection id %q", x.MessageID, x.ConnectionID)
	}
}

func TestNamesHaveValues(t *testing.T) {
	x := message()
	names := x.Names()
	for _, name := range names {
		if _, ok := x.Get(name); !ok {
			t.Errorf("Names lists %q, which has no value", name)
		}
	}
	if len(names) < 12 {
		t.Errorf("names: got %v, want the members of a message", names)
	}
}
