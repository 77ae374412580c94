package console

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// browser is one of its own, with a profile of its own, that looks at one gateway.
type browser struct {
	t   *testing.T
	ctx context.Context
	url string

	mu      sync.Mutex // Protects below.
	faults  []string   // foreign requests and errors of the console
	allowed []string   // parts of addresses whose loads the journey makes fail
	carried int        // streams that a WebSocket has begun to carry
}

// open starts a browser at the console's first page, or at a path of it.
func open(t *testing.T, g *gateway, path ...string) *browser {
	t.Helper()
	chromium := needs.Program(t, "chromium")
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(chromium), chromedp.WindowSize(1280, 800), chromedp.UserDataDir(t.TempDir())}
	if os.Geteuid() == 0 { // whose processes it refuses to put into a sandbox
		options = append(options, chromedp.NoSandbox)
	}
	allocated, end := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:], options...)...)
	b := &browser{t: t, url: g.url}
	ctx, leave := chromedp.NewContext(allocated, chromedp.WithListener(b.hear))
	ctx, late := context.WithTimeout(ctx, 5*time.Minute)
	b.ctx = ctx
	t.Cleanup(func() { b.check(); late(); leave(); end() })
	b.size(1280, 800)
	b.visit(append(path, "/console/")[0])
	return b
}

// hear takes down what no journey may cause. It must not wait.
func (b *browser) hear(event any) {
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(e.Request.URL, b.url+"/") && e.Request.URL != "about:blank" {
			b.fault("a foreign request: " + e.Request.URL)
		}
	case *network.EventWebSocketCreated:
		if !strings.HasPrefix(strings.Replace(e.URL, "ws", "http", 1), b.url+"/") {
			b.fault("a foreign WebSocket: " + e.URL)
		}
	case *network.EventWebSocketHandshakeResponseReceived:
		b.mu.Lock()
		defer b.mu.Unlock()
		b.carried++
	case *runtime.EventExceptionThrown:
		text, _ := json.Marshal(e.ExceptionDetails)
		b.fault("an exception: " + string(text))
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert {
			text, _ := json.Marshal(e.Args)
			b.fault("an error on the console: " + string(text))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && !b.meant(e.Entry) {
			b.fault(fmt.Sprintf("an error on the console: %s %s", e.Entry.Text, e.Entry.URL))
		}
	}
}

func (b *browser) fault(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = append(b.faults, text)
}

// meant says whether an entry is the browser's own line on a load that was meant to fail.
func (b *browser) meant(e *log.Entry) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e.Source != log.EntrySourceNetwork {
		return false
	}
	for _, part := range b.allowed {
		if strings.Contains(e.URL, part) {
			return true
		}
	}
	return false
}

// failing says that the journey makes loads of addresses fail that have part in them.
func (b *browser) failing(part string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.allowed = append(b.allowed, part)
}

// check tells what was heard that no journey may cause.
func (b *browser) check() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, text := range b.faults {
		b.t.Error(text)
	}
	if b.t.Failed() {
		b.picture("failed-" + strings.ReplaceAll(b.t.Name(), "/", "-"))
	}
}

// visit types an address, as into the address bar.
func (b *browser) visit(path string) {
	b.t.Helper()
	at := path
	if strings.HasPrefix(path, "/") {
		at = b.url + path
	}
	must(b.t, chromedp.Do(b.ctx, chromedp.Navigate(at)))
}

func (b *browser) back()   { b.t.Helper(); must(b.t, chromedp.Do(b.ctx, chromedp.NavigateBack())) }
func (b *browser) onward() { b.t.Helper(); must(b.t, chromedp.Do(b.ctx, chromedp.NavigateForward())) }
func (b *browser) reload() { b.t.Helper(); must(b.t, chromedp.Do(b.ctx, chromedp.Reload())) }

// address is the path of the page, with query and fragment.
func (b *browser) address() string {
	b.t.Helper()
	at, err := chromedp.Run(b.ctx, chromedp.Location())
	must(b.t, err)
	u, err := url.Parse(at)
	must(b.t, err)
	return strings.TrimPrefix(at, u.Scheme+"://"+u.Host)
}

// press presses keys where the focus is: text, or kb.Tab, kb.Enter, kb.Escape and the like.
func (b *browser) press(keys string, options ...chromedp.KeyOption) {
	b.t.Helper()
	must(b.t, chromedp.Do(b.ctx, chromedp.KeyEvent(keys, options...)))
}

// focused is the role and the name of what has the focus.
func (b *browser) focused() (role, name string) {
	b.t.Helper()
	n := b.node("document.activeElement")
	return n.role, n.name
}

// until waits for something to become true.
func (b *browser) until(what string, is func() bool) {
	b.t.Helper()
	if !b.within(patience, is) {
		b.t.Fatalf("%s: not after %v", what, patience)
	}
}

// within says whether something becomes true in some time.
func (b *browser) within(time_ time.Duration, is func() bool) bool {
	b.t.Helper()
	for end := time.Now().Add(time_); ; {
		if is() {
			return true
		}
		if time.Now().After(end) {
			return false
		}
		select {
		case <-b.ctx.Done():
			b.t.Fatal("the browser has ended")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// eval runs an expression in the page and answers what it gives, as JSON has it.
func eval[T any](b *browser, expression string) T {
	b.t.Helper()
	got, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	must(b.t, err)
	return got
}

// size makes the window another size.
func (b *browser) size(width, height int64) {
	b.t.Helper()
	must(b.t, chromedp.Do(b.ctx, chromedp.EmulateViewport(width, height)))
}

// dark makes the machine of the browser one that likes dark pages, or light ones.
func (b *browser) dark(on bool) {
	b.t.Helper()
	scheme := "light"
	if on {
		scheme = "dark"
	}
	must(b.t, call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}, // no picture is of a way between two
	}}))
}

// picture leaves a picture of the page where DRAGOMAN_SCREENSHOTS says.
func (b *browser) picture(name string) {
	folder := os.Getenv("DRAGOMAN_SCREENSHOTS")
	if folder == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.MkdirAll(folder, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, name+".png"), png, 0o644)
	}
	if err != nil {
		b.t.Logf("no picture of %s: %v", name, err)
	}
}

// still waits until the page of an address stands, with what it asks for first.
func (b *browser) still(path string) {
	b.t.Helper()
	b.until(path+" stands still", func() bool {
		return eval[bool](b, `!!document.querySelector('main h1') && !document.querySelector('main').hasAttribute('aria-busy')`)
	})
}

// whole leaves pictures of the whole page in both themes, as far as one scrolls.
func (b *browser) whole(name string) {
	b.t.Helper()
	if os.Getenv("DRAGOMAN_SCREENSHOTS") == "" {
		return
	}
	width, height := eval[int64](b, `innerWidth`), eval[int64](b, `innerHeight`)
	b.size(width, max(height, min(2400, eval[int64](b, `document.documentElement.scrollHeight`))))
	b.pictures(name)
	b.size(width, height)
}

// pictures leaves pictures of the page in both themes.
func (b *browser) pictures(name string) {
	b.t.Helper()
	for _, dark := range []bool{false, true} {
		b.dark(dark)
		b.picture(name + map[bool]string{false: "-light", true: "-dark"}[dark])
	}
	b.dark(false)
}

// tab presses Tab until something has the focus, as somebody without a mouse does.
func (b *browser) tab(role, name string) {
	b.t.Helper()
	for range 200 {
		if gotRole, gotName := b.focused(); gotRole == role && gotName == name {
			return
		}
		b.press(kb.Tab)
	}
	b.t.Fatalf("no %s %q is reached by Tab", role, name)
}
