package conformance

import (
	"context"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/coder/websocket"
)

// thousand runs a piece of a template a thousand times.
func thousand(piece string) string { return "#foreach($i in [1..1000])" + piece + "#end" }

// templateBombs are templates that want more than there is: each would take seconds
// or gigabytes.
func templateBombs() map[string]string {
	long := "#set($s='x')#set($s=$s.repeat(1000000))"
	return map[string]string{
		"replaceAll":          "#set($s='xx')" + thousand("#set($s=$s.replaceAll('x','xx'))"),
		"replace":             "#set($s='xx')" + thousand("#set($s=$s.replace('x','xx'))"),
		"text":                "#set($s='0123456789')" + thousand("#set($s=$s+$s)"),
		"quotes":              "#set($s='0123456789')" + thousand(`#set($s="$s$s")`),
		"escaped":             `#set($s='"')` + thousand("#set($s=$util.escapeJavaScript($s))"),
		"encoded":             "#set($s='x')" + thousand("#set($s=$util.base64Encode($s))"),
		"long encoded":        long + thousand("#set($x=$util.urlEncode($s))#set($x=$util.base64Encode($s))"),
		"repeated":            "#set($s='x')" + thousand("#set($s=$s.repeat(10))"),
		"formatted":           "#set($s='%999999d')" + thousand("#set($x=$s.formatted(1))"),
		"joined":              "#set($s='x')" + thousand("#set($s=$s.join($s,[$s,$s]))"),
		"ranges kept":         "#set($l=[])" + thousand("#set($x=$l.add([1..100000]))"),
		"ranges dropped":      thousand("#set($x=[1..100000])"),
		"texts kept":          long + "#set($l=[])" + thousand(`#set($x=$l.add("$s$i"))`),
		"parts kept":          "#set($l=[])" + thousand(long+"#set($x=$l.add($s.substring(0,1)))"),
		"list of itself":      "#set($l=[1])" + thousand("#set($x=$l.addAll($l))"),
		"list doubled":        "#set($l=[1])" + thousand("#set($l=[$l,$l])#if($i==40)#break#end") + "$l",
		"list compared":       "#set($l=[1])#set($k=[1])" + thousand("#set($l=[$l,$l])#set($k=[$k,$k])#if($i==40)#break#end") + "#if($l==$k)#end",
		"map of keys":         "#set($m={})" + thousand(thousand(`#set($x=$m.put("${i}-$foreach.count-$foreach.parent.count",1))`)),
		"map of itself":       "#set($m={})" + thousand("#set($x=$m.put($m.clone(),$m.clone()))"),
		"payload changed":     "#set($p=$input.path('$'))" + thousand(thousand("#set($x=$p.put(\"${foreach.count}-$foreach.parent.count\",[1..9]))")),
		"overrides":           long + thousand("#set($context.requestOverride.path[\"k$i\"]=\"$s$i\")"),
		"loops":               thousand(thousand(thousand(thousand("")))),
		"output":              thousand(thousand("0123456789012345678901234567890123456789")),
		"output of text":      long + strings.Repeat("$s", 1000),
		"blocks":              "#define($a)" + strings.Repeat("$b", 100) + "#end#define($b)" + strings.Repeat("$c", 100) + "#end#define($c)" + strings.Repeat("$d", 100) + "#end#define($d)" + strings.Repeat("x", 100) + "#end$a$a",
		"json":                thousand(thousand("#set($x=$context.toString())#set($x=$input.json('$'))")),
		"parsed":              "#set($s='1,')#set($s=$s.repeat(500000))" + thousand("#set($x=$util.parseJson(\"[$s 1]\"))"),
		"split":               "#set($s='x,')#set($s=$s.repeat(500000))" + thousand("#set($x=$s.split(','))"),
		"sorted":              "#set($l=[100000..1])" + thousand("#set($x=$l.sort(null))#set($x=$l.add(0,$i))"),
		"catastrophic":        "#set($s='" + strings.Repeat("a", 60) + "')" + thousand(`#set($x=$s.matches('(a|a?)+\1$b'))`),
		"pattern of long":     long + thousand("#set($x=$s.matches('(x|y|xy)*z'))"),
		"patterns":            long + thousand("#set($x=$s.replaceAll('(?=x)','y'))"),
		"powers":              "#set($n=12345678901234567890)" + thousand("#set($n=$n * $n)"),
		"divided":             "#set($n=12345678901234567890)#set($n=$n.pow(10000))#set($m=$n.pow(2))" + thousand("#set($x=$m / $n)#set($x=$m.gcd($n))"),
		"characters":          long + thousand("#set($x=$s.toCharArray())"),
		"searched":            "#set($l=[1..100000])" + thousand("#set($x=$l.contains('x'))"),
		"removed":             "#set($l=[1..100000])" + thousand(thousand("#set($x=$l.remove(0))")),
		"of a client's bytes": "#set($s=$input.body)" + thousand("#set($s=$s.replaceAll('.','$0$0'))"),
	}
}

// bombed is an API of a process that has a route for each bomb, in the template of
// a response and in that of a request, and one that is innocent. Its caller stops it.
func bombed(t *testing.T) (*socketApi, *process, []string) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells what a process takes")
	}
	g, p := started(t, "--data-dir", "")
	a := g.socketApi(mock(), mockReply("hello $context.routeKey $input.json('$')"))
	names := slices.Sorted(maps.Keys(templateBombs()))
	for i, name := range names {
		bomb := templateBombs()[name]
		a.addMock(name, `{"statusCode":200}`, bomb)
		if i%5 == 0 {
			a.addMock("request "+name, bomb+`{"statusCode":200}`, "never")
		}
	}
	a.addMock("broken", `{"statusCode":200}`, "#if(")
	a.addMock("thrown", `{"statusCode":200}`, "#set($s='x')$s.substring(9)")
	a.deploy()
	return a, p, names
}

// addMock adds a two-way route to a mock of its own.
func (a *socketApi) addMock(key, request, reply string) {
	a.t.Helper()
	ctx := a.t.Context()
	integration, err := a.sdk.CreateIntegration(ctx, &apigatewayv2.CreateIntegrationInput{
		ApiId: &a.id, IntegrationType: "MOCK", RequestTemplates: map[string]string{"$default": request},
	})
	must(a.t, err)
	response := mockReply(reply)
	response.ApiId, response.IntegrationId = &a.id, integration.IntegrationId
	_, err = a.sdk.CreateIntegrationResponse(ctx, &response)
	must(a.t, err)
	route, err := a.sdk.CreateRoute(ctx, &apigatewayv2.CreateRouteInput{ApiId: &a.id, RouteKey: &key, Target: aws.String("integrations/" + *integration.IntegrationId)})
	must(a.t, err)
	_, err = a.sdk.CreateRouteResponse(ctx, &apigatewayv2.CreateRouteResponseInput{ApiId: &a.id, RouteId: route.RouteId, RouteResponseKey: aws.String("$default")})
	must(a.t, err)
}

// processor is how much time of processors a process has had.
func (p *process) processor(t *testing.T) time.Duration {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Process.Pid))
	must(t, err)
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	user, err := strconv.Atoi(fields[11])
	must(t, err)
	system, err := strconv.Atoi(fields[12])
	must(t, err)
	return time.Duration(user+system) * 10 * time.Millisecond // Linux tells hundredths of a second
}

// Each bomb ends within 250 ms of a processor, in the error frame that every
// template has which fails, and the next message is answered.
func TestBombsAlone(t *testing.T) {
	a, p, names := bombed(t)
	defer a.stop()
	conn := a.dial(nil)
	ask := func(key string) string {
		return errorFrame(t, a.ask(conn, fmt.Sprintf(`{"action":%q,"more":%q}`, key, strings.Repeat("é", 2000))))
	}
	for _, plain := range []string{"broken", "thrown"} {
		if got := ask(plain); got != "Internal server error" {
			t.Fatalf("%s: got %q", plain, got)
		}
	}
	for _, name := range append(names, "request "+names[0], "request "+names[5]) {
		least := time.Hour
		for range 5 {
			before := p.processor(t)
			if got := ask(name); got != "Internal server error" {
				t.Errorf("%s: got %q", name, got)
			}
			if least = min(least, p.processor(t)-before); least <= 250*time.Millisecond {
				break
			}
		}
		if least > 250*time.Millisecond {
			t.Errorf("%s took %v of a processor", name, least)
		}
		if got, want := a.ask(conn, `{"action":"ask"}`), `hello ask {}`; got != want {
			t.Errorf("after %s: got %s, want %s", name, got, want)
		}
	}
	if log := p.log.String(); !strings.Contains(log, "the template does too much") || !strings.Contains(log, "the template uses too much memory") {
		t.Errorf("the log does not tell why: %.2000s", log)
	}
}

// A bomb on $connect refuses the handshake, as a broken template does.
func TestBombOnConnect(t *testing.T) {
	a := start(t).socketApi(mock(), mockReply("hello"))
	a.addMock("$connect", thousand(thousand("#set($x=[1..1000])"))+`{"statusCode":200}`, "never")
	a.deploy()
	_, response, err := websocket.Dial(t.Context(), "ws://"+a.DataAddr()+a.path(), nil)
	if err == nil || response == nil || response.StatusCode != 500 {
		t.Errorf("got %v %v, want 500", response, err)
	}
}

// Eight clients that send nothing but bombs leave the process within 256 MB of what
// it takes idle, and others are answered, all of them and soon.
func TestBombsSideBySide(t *testing.T) {
	a, p, names := bombed(t)
	defer a.stop()
	innocents := make([]*websocket.Conn, 4)
	for i := range innocents {
		innocents[i] = a.dial(nil)
		for range 100 {
			a.ask(innocents[i], `{"action":"ask"}`)
		}
	}
	idle := p.peak(t)
	calm := a.latencies(innocents, time.After(time.Second))

	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	done := make(chan time.Time)
	var bombers sync.WaitGroup
	var sent atomic.Int64
	for i := range 8 {
		conn := a.dial(nil)
		bombers.Go(func() {
			for n := range 12 {
				name := names[(i*5+n)%len(names)]
				sent.Add(1)
				if err := conn.Write(ctx, websocket.MessageText, fmt.Appendf(nil, `{"action":%q}`, name)); err != nil {
					t.Errorf("%s: %v", name, err)
					return
				}
				if _, frame, err := conn.Read(ctx); err != nil || !strings.Contains(string(frame), `"Internal server error"`) {
					t.Errorf("%s: got %s %v", name, frame, err)
				}
			}
		})
	}
	go func() { bombers.Wait(); close(done) }()
	before := p.processor(t)
	busy := a.latencies(innocents, done)
	took := p.processor(t) - before
	if grown := p.peak(t) - idle; grown > 256<<20 {
		t.Errorf("the process grew by %d MB, want at most 256", grown>>20)
	} else {
		t.Logf("%d bombs took %v of processors and %d MB; of %d answers the 99th of a hundred came after %v, %v when it was calm",
			sent.Load(), took, grown>>20, len(busy), late(busy), late(calm))
	}
	if most := time.Duration(sent.Load())*250*time.Millisecond + time.Duration(len(busy))*5*time.Millisecond; took > most {
		t.Errorf("%d bombs took %v of processors, want at most %v", sent.Load(), took, most)
	}
	// On a machine that others use, everything is late.
	if most := max(200*time.Millisecond, 10*late(calm)); late(busy) > most {
		t.Errorf("the 99th of a hundred answers came after %v, want at most %v", late(busy), most)
	}
	if got, want := a.ask(innocents[0], `{"action":"ask"}`), `hello ask {}`; got != want {
		t.Errorf("afterwards: got %s, want %s", got, want)
	}
}

// latencies are those of all answers that clients get until something has happened.
func (a *socketApi) latencies(clients []*websocket.Conn, until <-chan time.Time) []time.Duration {
	a.t.Helper()
	stop := make(chan struct{})
	go func() { <-until; close(stop) }()
	var mu sync.Mutex
	var all []time.Duration
	var asking sync.WaitGroup
	for _, conn := range clients {
		asking.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				began := time.Now()
				ctx, cancel := context.WithTimeout(a.t.Context(), time.Minute)
				err := conn.Write(ctx, websocket.MessageText, []byte(`{"action":"ask"}`))
				var frame []byte
				if err == nil {
					_, frame, err = conn.Read(ctx)
				}
				cancel()
				if want := `hello ask {}`; err != nil || string(frame) != want {
					a.t.Errorf("an innocent client: got %s %v, want %s", frame, err, want)
					return
				}
				took := time.Since(began)
				mu.Lock()
				all = append(all, took)
				mu.Unlock()
				time.Sleep(2 * time.Millisecond) // clients are not in a hurry
			}
		})
	}
	asking.Wait()
	return all
}

// late is the 99th of a hundred.
func late(all []time.Duration) time.Duration {
	slices.Sort(all)
	if len(all) == 0 {
		return 0
	}
	return all[len(all)*99/100]
}
