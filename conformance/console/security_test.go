package console

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/server"
)

// evil is markup that would run where somebody took text for it.
const evil = `<img src=x onerror="document.documentElement.dataset.ran=1">`

// Markup that stands in names, descriptions, templates, frames, headers, records and what
// functions print is shown as text on every page, and never runs.
func TestStoredMarkupNeverRuns(t *testing.T) {
	w := newTown(t)
	o := w.shop
	ctx := t.Context()
	_, err := w.sdk.UpdateApi(ctx, &apigatewayv2.UpdateApiInput{ApiId: &o.api, Name: aws.String(evil), Description: aws.String(evil)})
	must(t, err)
	o.template(`/2\d\d/`, evil+`#if(`)
	o.template(`/4\d\d/`, evil)
	_, err = w.sdk.CreateRoute(ctx, &apigatewayv2.CreateRouteInput{ApiId: &o.api, RouteKey: aws.String(evil), Target: aws.String("integrations/" + o.integration)})
	must(t, err)
	_, err = w.sdk.CreateAuthorizer(ctx, &apigatewayv2.CreateAuthorizerInput{ApiId: &o.api, Name: aws.String("judge"), AuthorizerType: types.AuthorizerTypeRequest,
		AuthorizerUri: aws.String("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations"), IdentitySource: []string{"route.request.header.x"}})
	must(t, err)
	_, err = w.sdk.UpdateStage(ctx, &apigatewayv2.UpdateStageInput{ApiId: &o.api, StageName: aws.String("prod"), Description: aws.String(evil), StageVariables: map[string]string{"v": "x"}})
	must(t, err)
	_, err = w.sdk.CreateDeployment(ctx, &apigatewayv2.CreateDeploymentInput{ApiId: &o.api, StageName: aws.String("prod"), Description: aws.String(evil)})
	must(t, err)
	b := open(t, w.gateway)
	client, _, err := websocket.Dial(ctx, "ws://"+w.DataAddr()+"/_aws/execute-api/"+o.api+"/prod", &websocket.DialOptions{HTTPHeader: http.Header{"User-Agent": {evil}, "X-Odd": {evil}}})
	must(t, err)
	defer client.CloseNow()
	if got := ask(t, client, `{"action":"order","status":404,"x":"`+strings.ReplaceAll(evil, `"`, `'`)+`"}`); got != evil {
		t.Errorf("the frame is %s", got)
	}
	must(t, client.Write(ctx, websocket.MessageText, []byte(`{"action":"`+strings.ReplaceAll(evil, `"`, `\"`)+`","status":404}`))) // a route that answers nobody
	r, err := http.NewRequestWithContext(ctx, "GET", "http://"+w.DataAddr()+"/_aws/execute-api/"+w.pets+"/pets/"+url.PathEscape(evil)+"?q="+url.QueryEscape(evil), nil)
	must(t, err)
	r.Header.Set("X-Odd", evil)
	answer, err := http.DefaultClient.Do(r)
	must(t, err)
	answer.Body.Close()
	paths := []string{"/console/apis/" + o.api, "/console/apis/" + o.api + "/routes/" + o.route, "/console/apis/" + o.api + "/stages/prod", "/console/apis/" + o.api + "/integrations/" + o.integration,
		"/console/apis/" + o.api + "/integrations/" + o.integration + "/responses/" + o.responses[`/4\d\d/`], "/console/functions?function=talk"}
	for _, trace := range w.traces("?text=onerror") {
		paths = append(paths, "/console/live/"+trace.ID)
	}
	if len(paths) < 10 {
		t.Errorf("there are no more than %d paths to look at", len(paths))
	}
	for _, page := range pages {
		paths = append(paths, addressOf(page))
	}
	for _, path := range paths {
		b.visit(path)
		b.until("the heading of "+path, func() bool { return len(b.all("heading", "")) > 0 })
		b.still(path)
		if strings.HasPrefix(path, "/console/live/") {
			b.until("the markup is shown on "+path, func() bool { return strings.Contains(b.find("region", "Trace").text(), "onerror") })
		}
		if strings.HasSuffix(path, "?function=talk") {
			b.until("the markup is shown in the log", func() bool { return strings.Contains(b.find("log", "Logs").text(), "onerror") })
		}
		if eval[string](b, `document.documentElement.dataset.ran ?? ''`) != "" || eval[int](b, `document.querySelectorAll('img[src=x]').length`) != 0 {
			t.Errorf("%s: the markup is markup", path)
		}
	}
	b.visit("/console/apis")
	b.find("link", evil)
}

// The page's own policy would stop markup even if somebody made it.
func TestPolicyHolds(t *testing.T) {
	g := start(t)
	b := open(t, g)
	b.find("heading", "Home")
	for _, try := range []string{
		`(() => { try { document.body.innerHTML = '<b>x</b>'; return 'done'; } catch (e) { return 'refused'; } })()`,
		`(() => { const s = document.createElement('script'); try { s.text = 'document.title = "ran"'; document.body.append(s); } catch (e) {} return document.title === 'ran' ? 'done' : 'refused'; })()`,
		`(() => { document.body.setAttribute('style', 'outline: 9px solid'); return getComputedStyle(document.body).outlineWidth === '9px' ? 'done' : 'refused'; })()`,
	} {
		if got := eval[string](b, try); got != "refused" {
			t.Errorf("%s: %s", try, got)
		}
	}
	b.forgive("Content Security Policy", "TrustedHTML", "TrustedScript")
}

// Under --config the page says so, and nothing that would change the configuration can be
// asked for, each with the reason.
func TestReadOnly(t *testing.T) {
	first := start(t)
	o := first.shop()
	response, err := http.Get(first.url + "/_dragoman/configuration")
	must(t, err)
	defer response.Body.Close()
	document, err := io.ReadAll(response.Body)
	must(t, err)
	path := file(t, "gateway.yaml", string(document))
	g := start(t, func(c *server.Config) { c.File = path })
	empty := start(t, func(c *server.Config) {
		c.File = file(t, "empty.yaml", "dragoman: 1\nregions: {us-east-1: {apis: {}}}\n")
	})
	greyed := func(b *browser, role, name string) {
		t.Helper()
		n := b.find(role, name)
		if n.eval(`function() { return this.disabled; }`) != true || !strings.Contains(n.attribute("title"), "Read-only") {
			t.Errorf("%s %s is not greyed with the reason: %q", role, name, n.attribute("title"))
		}
	}
	greyed(open(t, empty), "button", "Load the demo")
	b := open(t, g)
	b.find("status", "Read-only: served from "+path)
	b.pictures("read-only")
	at := "/console/apis/" + o.api + "/integrations/" + o.integration
	b.visit(at)
	b.still(at)
	greyed(b, "button", "Save")
	greyed(b, "button", "Deploy")
	b.visit(at + "/responses/" + o.responses[`/4\d\d/`])
	b.still(at)
	b.paste("Template application/json", "another") // which is rehearsed all the same
	shows(b, "Frame", "another")
	greyed(b, "button", "Save")
	greyed(b, "button", "Deploy")
	b.visit("/console/deployments?api=" + o.api)
	b.containing("button", "Roll back to ")
	for _, n := range b.all("button", "") {
		if strings.HasPrefix(n.name, "Roll back to ") {
			greyed(b, "button", n.name)
		}
	}
	b.visit("/console/settings")
	greyed(b, "button", "Apply import")
	if b.node(`document.querySelector('input[type=file]')`).eval(`function() { return this.disabled; }`) != true {
		t.Error("a file can be imported")
	}
	b.find("button", "Export")
}

// Without a mouse every page is reached, and what is on it.
func TestKeyboardAlone(t *testing.T) {
	g := start(t)
	o := g.shop()
	b := open(t, g)
	b.find("link", "orders")
	b.tab("link", "Skip to content")
	b.tab("link", "APIs")
	b.press(kb.Enter)
	b.find("heading", "APIs")
	b.tab("link", "orders")
	b.press(kb.Enter)
	b.find("figure", "Picture")
	b.tab("link", `response /4\d\d/`)
	if outline := eval[string](b, `getComputedStyle(document.activeElement.querySelector('rect')).strokeWidth`); outline != "2.5px" {
		t.Errorf("the focus is not to be seen: %s", outline)
	}
	b.press(kb.Enter)
	b.until("the response's page", func() bool {
		return b.address() == "/console/apis/"+o.api+"/integrations/"+o.integration+"/responses/"+o.responses[`/4\d\d/`]
	})
	// Editing, saving and deploying too; a dialog keeps the focus, and gives it back.
	shows(b, "Frame", `{"ok":false}`)
	b.tab("textbox", "Template application/json")
	b.press("a", chromedp.KeyModifiers(kb.ModifierCtrl))
	b.press("by keys")
	shows(b, "Frame", "by keys")
	b.press(kb.Tab) // a text field is left by Tab, and holds nobody
	b.tab("button", "Save")
	b.press(kb.Enter)
	b.until("it is stored", func() bool {
		r, err := g.sdk.GetIntegrationResponse(t.Context(), &apigatewayv2.GetIntegrationResponseInput{ApiId: &o.api, IntegrationId: &o.integration, IntegrationResponseId: aws.String(o.responses[`/4\d\d/`])})
		return err == nil && r.ResponseTemplates["application/json"] == "by keys"
	})
	b.tab("button", "Deploy")
	b.press(kb.Enter)
	b.find("dialog", "Deploy")
	b.press(kb.Escape)
	b.gone("dialog", "Deploy")
	if role, name := b.focused(); role != "button" || name != "Deploy" {
		t.Errorf("behind the dialog %s %q has the focus", role, name)
	}
	b.press(kb.Enter)
	dialog := b.find("dialog", "Deploy")
	b.until("what changes is shown", func() bool { return strings.Contains(dialog.text(), "by keys") })
	for range 10 {
		role, name := b.focused()
		if role == "button" && name == "Deploy" {
			break
		}
		b.press(kb.Tab)
	}
	b.press(kb.Enter)
	b.gone("dialog", "Deploy")
	if got := g.frame(o.api, "prod", `{"action":"order","status":404}`); got != "by keys" {
		t.Errorf("the client gets %s", got)
	}
}

// On a telephone nothing is wider than the page, and every link is there.
func TestNarrow(t *testing.T) {
	g := start(t)
	o := g.shop()
	b := open(t, g)
	b.size(360, 740)
	paths := []string{"/console/apis/" + o.api}
	for _, page := range pages {
		paths = append(paths, addressOf(page))
	}
	for _, path := range paths {
		b.visit(path)
		b.still(path)
		if wide := eval[int](b, `document.documentElement.scrollWidth`); wide > 360 {
			t.Errorf("%s is %d pixels wide", path, wide)
		}
		b.pictures("narrow-" + strings.Trim(strings.ReplaceAll(strings.ReplaceAll(path, o.api, "picture"), "/", "-"), "-"))
	}
	if got := len(b.all("link", "", b.find("navigation", ""))); got != len(pages) {
		t.Errorf("%d links of %d", got, len(pages))
	}
}

// The judge of accessibility finds nothing serious on any page, in either theme, nor in
// dialogs and where something has gone wrong.
func TestAxeFindsNothingSerious(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(os.Getenv("DRAGOMAN_NODE_MODULES"), "axe-core", "axe.min.js"))
	if err != nil {
		needs.Missing(t, "npm packages", err.Error())
	}
	judge := string(text)
	w := newTown(t)
	o := w.shop
	o.template(`/4\d\d/`, `#if(`)
	c := w.dialAt(o.api, "prod")
	defer c.CloseNow()
	b := open(t, w.gateway)
	at := "/console/apis/" + o.api
	paths := []string{at, "/console/apis/" + w.pets, at + "/routes/" + o.route, at + "/integrations/" + o.integration, at + "/integrations/" + o.integration + "/responses/" + o.responses[`/4\d\d/`],
		"/console/live/" + w.trace, "/console/live/" + w.failure, "/console/deployments?api=" + o.api, "/console/apis/x/y"}
	for _, page := range pages {
		paths = append(paths, addressOf(page))
	}
	for _, path := range paths {
		b.visit(path)
		b.still(path)
		b.judge(judge, path)
	}
	b.visit(at + "/integrations/" + o.integration + "/responses/" + o.responses[`/2\d\d/`])
	b.click("button", "Deploy")
	b.find("dialog", "Deploy")
	b.judge(judge, "the dialog Deploy")
	b.visit("/console/connections")
	b.click("button", "Send")
	b.find("dialog", "Send")
	b.judge(judge, "the dialog Send")
	b.press(kb.Escape)
	b.gone("dialog", "Send")
	client := b.find("region", "WebSocket client")
	b.failing("/_dragoman/client")
	b.fill("Address", "nobody/dev", client)
	b.click("button", "Connect", client)
	b.until("what is wrong is told", func() bool { return strings.Contains(client.text(), "There is no API") })
	b.judge(judge, "a client that has nowhere to go")
	b.fill("Address", "orders/prod", client)
	b.click("button", "Connect", client)
	conversation := b.find("log", "Conversation")
	b.until("it is connected", func() bool { return strings.Contains(conversation.text(), "connected as") })
	b.judge(judge, "a conversation")
	b.visit("/console/playground#language=template&template=%23if(&payload=x")
	b.until("the fault is told", func() bool { return strings.Contains(b.find("region", "Output").text(), "unexpected end") })
	b.judge(judge, "a template with a fault")
	b.visit("/console/live?status=nonsense")
	b.still("Live")
	b.judge(judge, "a filter that is none")
	b.failing("/_dragoman/traces/")
	b.visit("/console/live/nothing")
	b.still("Live")
	b.judge(judge, "a trace that is gone")
	b.visit("/console/access")
	b.fill("Token", "nonsense")
	b.click("button", "Test")
	b.until("the decision is told", func() bool { return strings.Contains(b.find("region", "Decision").text(), "Deny") })
	b.judge(judge, "a decision")
	closed := start(t, signed(t))
	b = open(t, closed)
	b.find("heading", "Sign in")
	b.click("button", "Sign in")
	b.judge(judge, "sign in")
}

// judge judges the page in both themes.
func (b *browser) judge(axe, path string) {
	b.t.Helper()
	eval[any](b, axe+";null")
	for _, dark := range []bool{false, true} {
		b.dark(dark)
		found := eval[[]struct {
			ID, Impact, Help string
			Nodes            []struct{ HTML string }
		}](b, `axe.run(document, {resultTypes: ['violations']}).then((r) => r.violations.map((v) => ({ID: v.id, Impact: v.impact, Help: v.help, Nodes: v.nodes.map((n) => ({HTML: n.html}))})))`)
		for _, v := range found {
			if v.Impact == "serious" || v.Impact == "critical" {
				where, _ := json.Marshal(v.Nodes)
				b.t.Errorf("%s, dark %v: %s, %s: %s: %.600s", path, dark, v.Impact, v.ID, v.Help, where)
			}
		}
	}
	b.dark(false)
}

// forgive takes back faults that a journey has provoked, each by a part of its text.
func (b *browser) forgive(parts ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var kept []string
	for _, text := range b.faults {
		meant := false
		for _, part := range parts {
			meant = meant || strings.Contains(text, part)
		}
		if !meant {
			kept = append(kept, text)
		}
	}
	b.faults = kept
}
