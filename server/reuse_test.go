package server

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws/wsutil"

	"github.com/dragoman-gateway/dragoman/client"
	"github.com/dragoman-gateway/dragoman/record"
	"github.com/dragoman-gateway/dragoman/resource"
)

// serving is a whole gateway in memory, until the test is over.
func serving(t testing.TB, change func(*Config)) (*Server, *client.Client) {
	t.Helper()
	config := Default()
	config.DataDir, config.Listen, config.Management = "", "127.0.0.1:0", "127.0.0.1:0"
	config.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	change(&config)
	s, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	return s, client.New(client.Options{BaseEndpoint: "http://" + s.ManagementAddr(), Region: "us-east-1"})
}

// proxied makes an API with one route to a path of a backend.
func proxied(t testing.TB, c *client.Client, backend, key, path string, stage *client.CreateStageInput, edits ...func(*client.CreateIntegrationInput)) (api string) {
	t.Helper()
	ctx := context.Background()
	made, err := c.CreateApi(ctx, &client.CreateApiInput{Name: "proxied", ProtocolType: "HTTP"})
	if err != nil {
		t.Fatal(err)
	}
	api = made.ApiId
	input := &client.CreateIntegrationInput{
		ApiId: api, IntegrationType: "HTTP_PROXY", IntegrationMethod: client.String("ANY"),
		IntegrationUri: client.String("http://" + backend + path), PayloadFormatVersion: client.String("1.0"),
	}
	for _, edit := range edits {
		edit(input)
	}
	integration, err := c.CreateIntegration(ctx, input)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = c.CreateRoute(ctx, &client.CreateRouteInput{ApiId: api, RouteKey: key, Target: client.String("integrations/" + integration.IntegrationId)}); err != nil {
		t.Fatal(err)
	}
	auto := true
	stage.ApiId, stage.StageName, stage.AutoDeploy = api, "$default", &auto
	if _, err = c.CreateStage(ctx, stage); err != nil {
		t.Fatal(err)
	}
	return api
}

// tells answers with what a backend was asked.
func tells(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // its client has left
	}
	w.Header().Set("X-Mark", r.Header.Get("X-Mark"))
	w.Header().Set("X-Heard", r.Header.Get("X-Heard"))
	if r.URL.Query().Has("slow") { // the client is watched then, after a tenth of a second
		time.Sleep(150 * time.Millisecond)
	}
	fmt.Fprintf(w, "%s %s mark=%q only=%q trailer=%q body=%d:%.20s", r.Method, r.URL.RequestURI(), r.Header.Get("X-Mark"), r.Header.Values("X-Only"), r.Trailer, len(body), body)
}

// The parts of a request that is over make the next one. Nothing of one client reaches
// another, neither in answers nor in what backends and logs are told, whatever kinds of
// requests take turns. Under the race detector a part that somebody has kept would be
// told as poisoned, or be a race.
func TestRequestsShareNothing(t *testing.T) {
	backend := httptest.NewServer(http.HandlerFunc(tells))
	t.Cleanup(backend.Close)
	log := filepath.Join(t.TempDir(), "access.log")
	const arn = "arn:aws:logs:us-east-1:000000000000:log-group:reuse"
	s, c := serving(t, func(config *Config) {
		config.Observe.AccessLogs = map[string]string{arn: log}
		half := 0.5 // of the requests leave a record, which outlives them
		config.Observe.Tap, config.Observe.TapSample = []string{"all"}, &half
	})
	api := proxied(t, c, strings.TrimPrefix(backend.URL, "http://"), "ANY /items/{id}", "/told/{id}", &client.CreateStageInput{
		AccessLogSettings: &resource.AccessLogSettings{DestinationArn: arn, Format: "$context.httpMethod $context.path $context.status $context.identity.userAgent $context.requestId"},
	}, func(in *client.CreateIntegrationInput) {
		in.RequestParameters = map[string]string{"append:header.x-heard": "$request.header.x-mark"}
		in.ResponseParameters = map[string]map[string]string{"200": {"append:header.x-said": "$response.header.x-mark"}}
	})
	const clients, each = 8, 60
	var group sync.WaitGroup
	for n := range clients {
		group.Go(func() {
			conn, err := net.Dial("tcp", s.DataAddr())
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			answers := bufio.NewReader(conn)
			for i := range each {
				if err := one(conn, answers, api, n, i); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	loggedOnce(t, log, clients, each)
	recordedApart(t, s)
}

// recordedApart looks at what records have of requests: each has one mark, that of its own, in
// its path, its headers and what the backend was told.
func recordedApart(t *testing.T, s *Server) {
	t.Helper()
	records := s.observers.Recorder.Ring().Find(&record.Filter{Route: "ANY /items/{id}", Limit: record.MaxLimit})
	mark := regexp.MustCompile(`c\d+-r\d+`)
	for _, r := range records {
		text := string(r.Append(nil))
		found := mark.FindAllString(text, -1)
		slices.Sort(found)
		if unique := slices.Compact(slices.Clone(found)); len(unique) != 1 || len(found) < 4 {
			t.Errorf("a record has the marks %q: %s", unique, text)
		}
	}
	if len(records) < 50 {
		t.Errorf("%d records are there", len(records))
	}
}

// one sends a request of one of six kinds and looks at its answer.
func one(conn net.Conn, answers *bufio.Reader, api string, n, i int) error {
	mark := fmt.Sprintf("c%d-r%d", n, i)
	host, path := api+".execute-api.localhost", "/items/"+mark
	head := func(method, target, more string) string {
		return method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\nuser-agent: " + mark + "\r\nX-Mark: " + mark + "\r\n" + more + "\r\n"
	}
	told := func(method, query, only, trailer string, size int, begin string) string {
		return fmt.Sprintf("%s /told/%s%s mark=%q only=%s trailer=%s body=%d:%.20s", method, mark, query, mark, only, trailer, size, begin)
	}
	const none, noTrailer = "[]", "map[]"
	request, want, status, method := "", "", 200, "GET"
	switch i % 6 {
	case 0:
		request, want = head("GET", path, ""), told("GET", "", none, noTrailer, 0, "")
	case 1:
		request, want = head("GET", path+"?q="+mark, "X-Only: "+mark+"\r\nX-only: 2\r\n"), told("GET", "?q="+mark, fmt.Sprintf("[%q %q]", mark, "2"), noTrailer, 0, "")
	case 2:
		method, request = "POST", head("POST", path, fmt.Sprintf("Content-Length: %d\r\n", len(mark)))+mark
		want = told("POST", "", none, noTrailer, len(mark), mark)
	case 3:
		large := strings.Repeat(mark, 20_000)
		method, request = "PUT", head("PUT", path, fmt.Sprintf("Content-Length: %d\r\n", len(large)))+large
		want = told("PUT", "", none, noTrailer, len(large), large)
	case 4:
		method, request = "POST", head("POST", path, "Transfer-Encoding: chunked\r\nTrailer: X-End\r\n")+fmt.Sprintf("%x\r\n%s\r\n0\r\nX-End: %s\r\n\r\n", len(mark), mark, mark)
		want = told("POST", "", none, fmt.Sprintf(`map["X-End":[%q]]`, mark), len(mark), mark)
	case 5:
		if i%12 == 5 {
			request, want = head("GET", path+"?slow", ""), told("GET", "?slow", none, noTrailer, 0, "")
		} else {
			request, want, status = head("GET", "/nothing/"+mark, ""), `{"message":"Not Found"}`, 404
		}
	}
	if _, err := io.WriteString(conn, request); err != nil {
		return err
	}
	got, err := http.ReadResponse(answers, &http.Request{Method: method})
	if err != nil {
		return fmt.Errorf("%s: %w", mark, err)
	}
	body, err := io.ReadAll(got.Body)
	same := status != 200
	if !same { // as the backend was told, as it has answered, and as the answer was mapped
		same = got.Header.Get("X-Heard") == mark && got.Header.Get("X-Mark") == mark && slices.Equal(got.Header.Values("X-Said"), []string{mark})
	}
	if err != nil || got.StatusCode != status || string(body) != want || !same {
		return fmt.Errorf("%s: got %d %v %q %v\nwant %d %q", mark, got.StatusCode, got.Header, body, err, status, want)
	}
	return nil
}

// loggedOnce wants one line for each request, with its own values and an id that no
// other has.
func loggedOnce(t *testing.T, path string, clients, each int) {
	t.Helper()
	var lines []string
	for wait := time.Now().Add(20 * time.Second); len(lines) < clients*each && time.Now().Before(wait); time.Sleep(10 * time.Millisecond) {
		text, err := os.ReadFile(path)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		lines = strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	}
	if len(lines) != clients*each {
		t.Fatalf("%d lines for %d requests", len(lines), clients*each)
	}
	marks, ids := map[string]bool{}, map[string]bool{}
	for _, line := range lines {
		fields := strings.Fields(line)
		if len(fields) != 5 {
			t.Fatalf("line %q", line)
		}
		at, mark, id := fields[1], fields[3], fields[4]
		want := "/items/" + mark + " 200"
		if strings.HasPrefix(at, "/nothing/") {
			want = "/nothing/" + mark + " 404"
		}
		if at+" "+fields[2] != want || marks[mark] || ids[id] {
			t.Fatalf("line %q, want %q, each mark and each id once", line, want)
		}
		marks[mark], ids[id] = true, true
	}
}

// Calls of @connections are made of the parts of others, and each message is delivered once, as
// it was posted, in the order of its caller.
func TestPostsShareNothing(t *testing.T) {
	const callers, each = 4, 150
	s, c := serving(t, func(*Config) {})
	socket, at := chatting(t, s, c)
	message := func(n, i int) string { return fmt.Sprintf("%d %d %s", n, i, strings.Repeat(fmt.Sprint(n), 37*i%3000)) }
	var group sync.WaitGroup
	for n := range callers {
		group.Go(func() {
			conn, err := net.Dial("tcp", s.DataAddr())
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			answers := bufio.NewReader(conn)
			for i := range each {
				body := message(n, i)
				post := func() (*http.Response, error) {
					fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nx-mark: %d\r\nContent-Length: %d\r\n\r\n%s", at, s.DataAddr(), n, len(body), body)
					return http.ReadResponse(answers, nil)
				}
				answer, err := post()
				// The client reads more slowly than four callers post: its outbox may be full.
				for end := time.Now().Add(time.Minute); err == nil && answer.StatusCode == 429 && time.Now().Before(end); answer, err = post() {
					_, _ = io.Copy(io.Discard, answer.Body)
					time.Sleep(5 * time.Millisecond)
				}
				if err != nil || answer.StatusCode != 200 || answer.ContentLength != 0 {
					t.Errorf("got %+v, %v", answer, err)
					return
				}
				if i%10 == 0 { // one that is refused leaves nothing to the next
					fmt.Fprintf(conn, "POST %sx HTTP/1.1\r\nHost: %s\r\nContent-Length: 4\r\n\r\nlost", at, s.DataAddr())
					if answer, err := http.ReadResponse(answers, nil); err != nil || answer.StatusCode != 410 && answer.StatusCode != 400 {
						t.Errorf("got %+v, %v", answer, err)
						return
					} else {
						_, _ = io.Copy(io.Discard, answer.Body)
					}
				}
			}
		})
	}
	next := map[int]int{}
	_ = socket.SetReadDeadline(time.Now().Add(time.Minute))
	for range callers * each {
		frame, err := wsutil.ReadServerText(socket)
		if err != nil {
			t.Fatalf("after %v: %v", next, err)
		}
		var n, i int
		if _, err := fmt.Sscan(string(frame), &n, &i); err != nil || i != next[n] || string(frame) != message(n, i) {
			t.Fatalf("got %.60q of %d bytes, want message %d of caller %d (%v)", frame, len(frame), next[n], n, err)
		}
		next[n]++
	}
	group.Wait()
}

// Calls of the management API are made of the parts of reads that are over: each answer is of what
// its caller has asked for, whichever kinds of calls take turns.
func TestReadsShareNothing(t *testing.T) {
	_, c := serving(t, func(*Config) {})
	const clients, each = 8, 100
	var group sync.WaitGroup
	for n := range clients {
		group.Go(func() {
			for i := range each {
				if err := readApart(t.Context(), c, fmt.Sprintf("api-%d-%d", n, i)); err != nil {
					t.Errorf("client %d, turn %d: %v", n, i, err)
					return
				}
			}
		})
	}
	group.Wait()
}

// readApart makes an API with a route, reads both and what is not there, and removes it.
func readApart(ctx context.Context, c *client.Client, name string) error {
	made, err := c.CreateApi(ctx, &client.CreateApiInput{Name: name, ProtocolType: "HTTP", Tags: map[string]string{"name": name}})
	if err != nil {
		return err
	}
	route, err := c.CreateRoute(ctx, &client.CreateRouteInput{ApiId: made.ApiId, RouteKey: "GET /" + name})
	if err != nil {
		return err
	}
	for range 2 { // what was encoded before is sent the second time
		api, err := c.GetApi(ctx, &client.GetApiInput{ApiId: made.ApiId})
		if err != nil || api.Name != name || api.Tags["name"] != name {
			return fmt.Errorf("GetApi: %+v, %v", api, err)
		}
		if _, err = c.GetApi(ctx, &client.GetApiInput{ApiId: "nobody"}); err == nil || !strings.Contains(err.Error(), "NotFound") {
			return fmt.Errorf("GetApi of none: %v", err)
		}
		read, err := c.GetRoute(ctx, &client.GetRouteInput{ApiId: made.ApiId, RouteId: route.RouteId})
		if err != nil || read.RouteKey != "GET /"+name {
			return fmt.Errorf("GetRoute: %+v, %v", read, err)
		}
		all, err := c.GetApis(ctx, &client.GetApisInput{})
		if err != nil || !slices.ContainsFunc(all.Items, func(a resource.Api) bool { return a.ApiId == made.ApiId && a.Name == name }) {
			return fmt.Errorf("GetApis without %s: %v", name, err)
		}
	}
	_, err = c.DeleteApi(ctx, &client.DeleteApiInput{ApiId: made.ApiId})
	return err
}
