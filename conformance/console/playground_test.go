package console

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	browserdomain "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/dragoman-gateway/dragoman/cli"
)

// What is typed is rendered, with the faults and the references of the command line.
func TestPlaygroundWhileTyping(t *testing.T) {
	g := start(t)
	b := open(t, g)
	b.visit("/console/playground")
	b.find("tab", "Template")
	b.click("button", "Example")
	b.until("the example is rendered", func() bool {
		return strings.Contains(b.find("region", "Output").text(), `{"id": "7", "for": "c-1", "note": ""}`)
	})
	b.fill("Context", "")
	b.fill("Payload", `{"a":[1,2]}`)
	b.fill("Template", "#foreach($e in $input.path('$.a'))<$e>#end $nope.x  end ")
	shows(b, "Output", "<1><2>   end ")
	shows(b, "References", "1:16$input.path('$.a') = \"[1,2]\"1:36$e = \"1\"1:36$e = \"2\"1:44$nope.x UNRESOLVED")
	b.pictures("playground")
	b.fill("Template", "one\n#if(1 +)")
	shows(b, "Output", `2:8: unexpected ")"`)
	b.pictures("playground-fault")
	b.fill("Context", "{")
	b.fill("Context", `{"connectionId":"c"}`)
	b.fill("Template", "$context.connectionId")
	shows(b, "Output", "c")
	for _, row := range []struct {
		tab    string
		fields []string
		want   string
	}{
		{"JSONPath", []string{"JSONPath", "$.a[1]"}, "2"},
		{"Selection expression", []string{"Selection expression", "$request.body.a[0]"}, "1"},
		{"Parameter mapping", []string{"Parameter mapping", `{"integration.request.header.x":"'y'"}`}, "integration.request.header.x = y\n"},
		{"Pattern", []string{"Pattern", `/4\d\d/`, "Texts", "404\n200"}, "404: match\n200: no match\n"},
		{"JSON Schema", []string{"JSON Schema", `{"type":"object"}`}, "valid"},
	} {
		b.click("tab", row.tab)
		for i := 0; i < len(row.fields); i += 2 {
			b.fill(row.fields[i], row.fields[i+1])
		}
		shows(b, "Output", row.want)
		b.picture("playground-" + row.tab)
	}
	b.reload()
	b.find("tab", "JSON Schema")
	shows(b, "Output", "valid")
}

// shows waits until a region has a text, and nothing else.
func shows(b *browser, region, want string) {
	b.t.Helper()
	r, got := b.find("region", region), ""
	if !b.within(patience, func() bool { got = r.text(); return got == want }) {
		b.t.Fatalf("%s:\n got %q\nwant %q", region, got, want)
	}
}

// paste puts a text into a field, as from the clipboard.
func (b *browser) paste(label, text string) {
	b.t.Helper()
	field := b.find("textbox", label)
	field.click()
	b.press("a", chromedp.KeyModifiers(kb.ModifierCtrl))
	b.press(kb.Delete)
	if text != "" {
		must(b.t, call(b, input.InsertText, input.InsertTextParams{Text: text}))
	}
}

// rendering is what `dragoman render` prints for a case, or its fault without the file's name.
func rendering(t *testing.T, c *sample) string {
	t.Helper()
	folder := t.TempDir()
	args := []string{"render"}
	for flag, text := range map[string]string{"--template": c.template, "--body": c.payload, "--context": c.context} {
		if text == "" && flag != "--template" {
			continue
		}
		name := filepath.Join(folder, strings.TrimPrefix(flag, "--"))
		must(t, os.WriteFile(name, []byte(text), 0o600))
		args = append(args, flag, name)
	}
	if c.params != "" {
		args = append(args, "--params", c.params)
	}
	var variables map[string]string
	if c.stage != "" {
		must(t, json.Unmarshal([]byte(c.stage), &variables))
	}
	for name, value := range variables {
		args = append(args, "--stage-variable", name+"="+value)
	}
	var out, faults bytes.Buffer
	if cli.Main(args, nil, &out, &faults) == 0 {
		return out.String()
	}
	first, _, _ := strings.Cut(faults.String(), "\n")
	_, told, ok := strings.Cut(first, filepath.Join(folder, "template")+":")
	if !ok {
		t.Fatalf("render says %s", &faults)
	}
	return strings.TrimPrefix(told, " ")
}

// sample is what the fields of the tab Template hold.
type sample struct{ template, payload, context, params, stage string }

// The playground shows what the command prints, to the byte.
func TestPlaygroundIsRender(t *testing.T) {
	g := start(t)
	b := open(t, g, "/console/playground")
	for i, c := range []sample{
		{template: `plain`},
		{template: "  leading and trailing  "},
		{template: "\n\nlines\n\n"},
		{template: "tab\there"},
		{template: `$input.path('$.name')`, payload: `{"name":"ann"}`},
		{template: `$input.json('$')`, payload: `{ "b" : 1 , "a" : [ 1, 2 ] }`},
		{template: `$input.body`, payload: " {\"a\":1}\n"},
		{template: `$nope.name|$!nope|$input.path('$.x').y`, payload: `{}`},
		{template: "#set($a = 1 + 2)\n$a\n"},
		{template: "#foreach($e in $input.path('$'))\n<$e>\n#end\n", payload: `[1,"two",null,{"a":3}]`},
		{template: `#if($input.path('$.a') == 1)yes#{else}no#end`, payload: `{"a":1}`},
		{template: `$context.connectionId $context.authorizer.user $context.nope`, context: `{"connectionId":"c-1","authorizer":{"user":"ann"}}`},
		{template: `$context.requestTimeEpoch`, context: `{"requestTimeEpoch":1700000000000}`},
		{template: `$input.params('q') $input.params().header.get('X-A') $input.params('id')`, params: `{"path":{"id":"7"},"querystring":{"q":"1"},"header":{"X-A":"b"}}`},
		{template: `$stageVariables.table $stageVariables.nope`, stage: `{"table":"orders"}`},
		{template: `$util.escapeJavaScript($input.path('$.a'))`, payload: `{"a":"it's \"é\""}`},
		{template: `$util.base64Encode("ä") $util.urlEncode("a b&c")`},
		{template: `$util.parseJson($input.path('$.a')).b`, payload: `{"a":"{\"b\":[1]}"}`},
		{template: "é ü 😀 $input.path('$.e')", payload: `{"e":"😀"}`},
		{template: `<img src=x onerror="document.title='it ran'">$input.path('$')`, payload: `"</pre><b>bold</b>"`},
		{template: "#* a comment *#a## to the end\nb"},
		{template: `#[[ $not.read ]]# \$x`},
		{template: `#set($s = "in $input.path('$.n')")$s.length() $s.toUpperCase()`, payload: `{"n":"it"}`},
		{template: `#set($l = [1..3])$l.size() $l[1] $l.get(0)`},
		{template: `#foreach($i in [1..1500])#end$foreach.count`},
		{template: "one\n#if(1 +)"},
		{template: "#if(true)"},
		{template: "#set($s = 'abc')\n\t$s.substring(9)"},
		{template: `$input.path('$.a')`, payload: `{"a":`},
		{template: `#set($l = [])$l.get(3)`},
		{template: `$input.path('$[')`, payload: `{}`},
		{template: `#macro(m)x#end`},
	} {
		for label, text := range map[string]string{"Payload": c.payload, "Context": c.context, "Parameters": c.params, "Stage variables": c.stage} {
			if b.find("textbox", label).value() != text {
				b.paste(label, text)
			}
		}
		b.paste("Template", c.template)
		want := rendering(t, &c)
		r, got := b.find("region", "Output"), ""
		if !b.within(patience, func() bool { got = r.text(); return got == want }) {
			t.Errorf("case %d, %s\n got %q\nwant %q", i, c.template, got, want)
		}
	}
	if title := eval[string](b, "document.title"); title != "Playground · Dragoman" {
		t.Errorf("what came from outside ran: the title is %q", title)
	}
}

// A link carries the text, and cases stay in the browser; what is downloaded is what
// `dragoman test` reads.
func TestPlaygroundLinksAndCases(t *testing.T) {
	g := start(t)
	b := open(t, g, "/console/playground")
	b.paste("Payload", `{"a":"é \"x\""}`)
	b.paste("Template", "$input.path('$.a')\n + & # %\n ")
	shows(b, "Output", "é \"x\"\n + & # %\n ")
	b.fill("Case name", "an é")
	b.click("button", "Save case")
	b.find("button", "Open an é")
	b.click("button", "Copy link")
	b.until("the address is the link", func() bool { return strings.Contains(b.address(), "#") })
	link := b.address()
	b.paste("Template", "#if(")
	shows(b, "Output", "1:5: unexpected end of the template")
	b.fill("Case name", "broken")
	b.click("button", "Save case")
	b.click("link", "Home")
	b.find("heading", "Home")
	b.visit(link)
	shows(b, "Output", "é \"x\"\n + & # %\n ")
	b.click("button", "Open broken")
	shows(b, "Output", "1:5: unexpected end of the template")
	b.until("it is as it was", func() bool { return strings.Contains(b.find("region", "Cases").text(), "broken: as it was saved") })

	folder := t.TempDir()
	must(t, call(b, browserdomain.SetDownloadBehavior, browserdomain.SetDownloadBehaviorParams{Behavior: "allow", DownloadPath: folder}))
	b.click("button", "Download cases")
	name := filepath.Join(folder, "cases.yaml")
	b.until("cases.yaml is there", func() bool { text, err := os.ReadFile(name); return err == nil && len(text) > 0 })
	var out bytes.Buffer
	if code := cli.Main([]string{"test", folder}, nil, &out, &out); code != 0 || !strings.Contains(out.String(), "2 cases") {
		text, _ := os.ReadFile(name)
		t.Errorf("dragoman test: %d\n%s\nof\n%s", code, &out, text)
	}
}
