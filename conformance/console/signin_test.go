package console

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dragoman-gateway/dragoman/sigv4"
)

// signIn fills the page that asks for a key.
func (b *browser) signIn(id, secret string, remember bool) {
	b.t.Helper()
	b.find("heading", "Sign in")
	b.fill("Access key", id)
	b.fill("Secret key", secret)
	if remember {
		b.click("checkbox", "Remember for this tab")
	}
	b.click("button", "Sign in")
}

// Without a key there is nothing to see; a wrong one is refused in AWS's words; the right
// one signs in the browser, and is forgotten with the page, or with the tab.
func TestSignIn(t *testing.T) {
	g := start(t, signed(t))
	owner := sdkOf(g.url, "AKIDALL", "secret-of-all")
	_, err := owner.CreateApi(t.Context(), &apigatewayv2.CreateApiInput{Name: aws.String("orders"), ProtocolType: types.ProtocolTypeHttp})
	must(t, err)
	b := open(t, g, "/console/apis")
	b.find("heading", "Sign in")
	for _, label := range []string{"Access key", "Secret key", "Session token"} {
		b.find("textbox", label)
	}
	b.pictures("signin")
	if b.has("link", "orders") || b.has("navigation", "") {
		t.Error("something is shown to whoever has no key")
	}
	b.failing("/_dragoman/settings")
	b.signIn("AKIDALL", "wrong", false)
	b.until("the refusal", func() bool {
		return strings.Contains(b.find("alert", "").text(), "The request signature we calculated does not match")
	})
	b.signIn("AKIDNOBODY", "secret-of-all", false)
	b.until("the refusal", func() bool {
		return strings.Contains(b.find("alert", "").text(), "The security token included in the request is invalid")
	})
	b.signIn("AKIDALL", "secret-of-all", false)
	b.find("link", "orders")
	if at := b.address(); at != "/console/apis" {
		t.Errorf("the address is %s after signing in", at)
	}
	b.reload()
	b.signIn("AKIDALL", "secret-of-all", true)
	b.find("link", "orders")
	b.reload()
	b.find("link", "orders")
	if kept := eval[string](b, "JSON.stringify(localStorage) + document.cookie"); strings.Contains(kept, "AKIDALL") || strings.Contains(kept, "secret") {
		t.Errorf("the browser keeps %s", kept)
	}
	// A WebSocket carries no headers: what streams is signed in its address.
	b.click("link", "Live")
	b.click("button", "Turn on")
	b.gone("button", "Turn on")
	answer, err := http.Get("http://" + g.DataAddr() + "/_aws/execute-api/nobody/")
	must(t, err)
	answer.Body.Close()
	b.containing("link", "no API", "403")
	b.mu.Lock()
	if b.carried == 0 {
		t.Error("no WebSocket carries the stream of a page that signs")
	}
	b.mu.Unlock()
	b.click("button", "Sign out")
	b.find("heading", "Sign in")
	b.reload()
	b.find("heading", "Sign in")
	if kept := eval[string](b, "JSON.stringify(sessionStorage)"); strings.Contains(kept, "AKIDALL") {
		t.Errorf("the tab remembers %s", kept)
	}
}

// codeOf asks for a one-time code with a key of the caller's own.
func (g *gateway) codeOf(id, secret string) string {
	g.t.Helper()
	r, err := http.NewRequestWithContext(g.t.Context(), "POST", g.url+"/_dragoman/console/code", strings.NewReader("{}"))
	must(g.t, err)
	must(g.t, signerOf(id, secret).Sign(r, sigv4.HashBytes([]byte("{}")), time.Now()))
	answer, err := http.DefaultClient.Do(r)
	must(g.t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	must(g.t, err)
	var code struct{ Code string }
	must(g.t, json.Unmarshal(text, &code))
	if answer.StatusCode != 201 || code.Code == "" {
		g.t.Fatalf("got %d %s", answer.StatusCode, text)
	}
	return code.Code
}

// A one-time code signs a page in, with the rights of the key that asked for it; it is in
// no history and no log, and good once.
func TestOneTimeCode(t *testing.T) {
	var log spoken
	g := start(t, signed(t), log.into)
	owner := sdkOf(g.url, "AKIDALL", "secret-of-all")
	_, err := owner.CreateApi(t.Context(), &apigatewayv2.CreateApiInput{Name: aws.String("orders"), ProtocolType: types.ProtocolTypeHttp})
	must(t, err)
	code := g.codeOf("AKIDREADER", "secret-of-reader")
	b := open(t, g, "/console/apis#code="+code)
	b.find("link", "orders")
	if at := b.address(); at != "/console/apis" {
		t.Errorf("the address is %s, with the code in it", at)
	}
	if kept := eval[string](b, "JSON.stringify(sessionStorage) + JSON.stringify(localStorage) + document.cookie"); strings.Contains(kept, "DRAGOMAN") {
		t.Errorf("the browser keeps %s", kept)
	}
	// It reads, as its owner does, and writes as little.
	b.failing("/v2/apis")
	status := eval[string](b, `import('/console/js/api.js').then((api) => api.post('/v2/apis', {name: 'x', protocolType: 'HTTP'})).then(() => 'made', (e) => e.status + ' ' + e.exception)`)
	if status != "403 AccessDeniedException" {
		t.Errorf("a session of a key that only reads: got %s", status)
	}
	b.failing("/_dragoman/console/session")
	b.visit("about:blank")
	b.visit("/console/apis#code=" + code)
	b.find("heading", "Sign in")
	b.until("the refusal", func() bool { return b.find("alert", "").text() != "" })
	if strings.Contains(log.String(), code) || strings.Contains(log.String(), code[strings.Index(code, ".")+1:]) {
		t.Errorf("the code is in the log: %s", log.String())
	}
}
