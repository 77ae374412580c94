package console

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/chromedp/chromedp/kb"

	"github.com/dragoman-gateway/dragoman/internal/needs"
	"github.com/dragoman-gateway/dragoman/server"
)

// evil is markup that would run where somebody took text for it.
const evil = `<img src=x onerror="document.documentElement.dataset.ran=1">`

// Markup that stands in names, descriptions, templates and frames is shown as text on every
// page, and never runs.
func TestStoredMarkupNeverRuns(t *testing.T) {
	g := start(t)
	o := g.shop()
	ctx := t.Context()
	_, err := g.sdk.UpdateApi(ctx, &apigatewayv2.UpdateApiInput{ApiId: &o.api, Name: aws.String(evil), Description: aws.String(evil)})
	must(t, err)
	o.template(`/2\d\d/`, evil+`#if(`)
	o.template(`/4\d\d/`, evil)
	_, err = g.sdk.CreateRoute(ctx, &apigatewayv2.CreateRouteInput{ApiId: &o.api, RouteKey: aws.String(evil), Target: aws.String("integrations/" + o.integration)})
	must(t, err)
	_, err = g.sdk.CreateAuthorizer(ctx, &apigatewayv2.CreateAuthorizerInput{ApiId: &o.api, Name: aws.String("judge"), AuthorizerType: types.AuthorizerTypeRequest,
		AuthorizerUri: aws.String("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations"), IdentitySource: []string{"route.request.header.x"}})
	must(t, err)
	_, err = g.sdk.CreateDeployment(ctx, &apigatewayv2.CreateDeploymentInput{ApiId: &o.api, StageName: aws.String("prod"), Description: aws.String(evil)})
	must(t, err)
	b := open(t, g)
	if got := g.frame(o.api, "prod", `{"action":"order","status":404,"x":"`+strings.ReplaceAll(evil, `"`, `'`)+`"}`); got != evil {
		t.Errorf("the frame is %s", got)
	}
	paths := []string{"/console/apis/" + o.api, "/console/apis/" + o.api + "/routes/" + o.route, "/console/apis/" + o.api + "/integrations/" + o.integration,
		"/console/apis/" + o.api + "/integrations/" + o.integration + "/responses/" + o.responses[`/4\d\d/`]}
	for _, page := range pages {
		paths = append(paths, addressOf(page))
	}
	for _, path := range paths {
		b.visit(path)
		b.until("the heading of "+path, func() bool { return len(b.all("heading", "")) > 0 })
		b.until(path+" stands still", func() bool { return eval[bool](b, `!document.querySelector('main').hasAttribute('aria-busy')`) })
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

// Under --config the page says so, and nothing that would change something can be asked for.
func TestReadOnly(t *testing.T) {
	path := file(t, "gateway.yaml", "dragoman: 1\nregions: {us-east-1: {apis: {}}}\n")
	g := start(t, func(c *server.Config) { c.File = path })
	b := open(t, g)
	b.find("status", "Read-only: served from "+path)
	demo := b.find("button", "Load the demo")
	if demo.eval(`function() { return this.disabled; }`) != true || !strings.Contains(demo.attribute("title"), "Read-only") {
		t.Error("the demo can be loaded into a file")
	}
	b.pictures("read-only")
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

// The judge of accessibility finds nothing serious on any page, in either theme.
func TestAxeFindsNothingSerious(t *testing.T) {
	judge, err := os.ReadFile(filepath.Join(os.Getenv("DRAGOMAN_NODE_MODULES"), "axe-core", "axe.min.js"))
	if err != nil {
		needs.Missing(t, "npm packages", err.Error())
	}
	g := start(t)
	o := g.shop()
	o.template(`/4\d\d/`, `#if(`)
	b := open(t, g)
	paths := []string{"/console/apis/" + o.api, "/console/apis/" + o.api + "/integrations/" + o.integration, "/console/apis/" + o.api + "/integrations/" + o.integration + "/responses/" + o.responses[`/4\d\d/`]}
	for _, page := range pages {
		paths = append(paths, addressOf(page))
	}
	for _, path := range paths {
		b.visit(path)
		b.still(path)
		b.judge(string(judge), path)
	}
	closed := start(t, signed(t))
	b = open(t, closed)
	b.find("heading", "Sign in")
	b.judge(string(judge), "sign in")
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
