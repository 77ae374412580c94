package wsapi

import (
	"regexp"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/resource"
)

// Every variable of $context in a message's templates, in the form that AWS gives it.
func TestContextOfAMessage(t *testing.T) {
	const id = `[A-Za-z0-9_-]{15}=`
	for _, row := range []struct{ template, want string }{
		{"$context.connectionId", id},
		{"$context.requestId", id},
		{"$context.messageId", id},
		{"$context.connectedAt", `\d{13}`},
		{"$context.requestTimeEpoch", `\d{13}`},
		{"#set($later = $context.requestTimeEpoch + 86400)$later", `\d{13}`},
		{"$context.requestTime", `\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000`},
		{"$context.eventType", "MESSAGE"},
		{"$context.messageDirection", "IN"},
		{"$context.routeKey", "ask"},
		{"$context.stage", "prod"},
		{"$context.apiId", "a1"},
		{"$context.domainName", `127\.0\.0\.1:\d+`},
		{"$context.identity.sourceIp", `127\.0\.0\.1`},
		{"$context.identity.userAgent", `Go-http-client/1\.1`},
		{"[$context.authorizer.principalId]", `\[\]`},
		{"[$context.error.messageString]", `\[\]`},
		{"[$context.nothing][$context.nothing.more]", `\[\]\[\]`},
		{"$stageVariables.colour ${stageVariables.colour} $stageVariables['colour'] ${stageVariables['colour']}", "green green green green"},
		{"[$input.params('q')][$input.params().get('header')]", `\[\]\[.*\]`},
	} {
		r := newRig(t, socketApi(kinds["MOCK"], always(row.template)))
		got := r.ask(r.dial(), `{"action":"ask"}`)
		if ok, err := regexp.MatchString("^"+row.want+"$", got); err != nil || !ok {
			t.Errorf("%s: got %s, want %s", row.template, got, row.want)
		}
	}
}

// requestId and extendedRequestId are one; each message has its own.
func TestIdsOfMessages(t *testing.T) {
	r := newRig(t, socketApi(kinds["MOCK"], always("$context.requestId $context.extendedRequestId $context.messageId $context.connectionId")))
	conn := r.dial()
	one, two := strings.Fields(r.ask(conn, `{"action":"ask"}`)), strings.Fields(r.ask(conn, `{"action":"ask"}`))
	if len(one) != 4 || one[0] != one[1] || one[0] == one[2] || one[2][11:] != one[3][11:] {
		t.Errorf("got %v, want two equal ids, and a message id that ends like the connection's", one)
	}
	if one[0] == two[0] || one[2] == two[2] || one[3] != two[3] {
		t.Errorf("got %v and %v, want new ids for a new message of the same connection", one, two)
	}
}

// What only one event has.
func TestContextOfConnectAndDisconnect(t *testing.T) {
	i := kinds["HTTP"]
	i.RequestTemplates = map[string]string{"$default": "$context.eventType $context.routeKey [$context.messageId] [$context.disconnectStatusCode] [$context.disconnectReason] [$context.status]"}
	r := newRig(t, socketApi(i, []resource.IntegrationResponse{{IntegrationResponseKey: "$default"}}, "$connect", "$disconnect"))
	conn := r.dial()
	wants(t, "$connect", string(r.call().Body), "CONNECT $connect [] [] [] []")
	_ = conn.Close(4001, "enough")
	wants(t, "$disconnect", string(r.call().Body), "DISCONNECT $disconnect [] [4001] [enough] []")
}
