package conformance

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dragoman-gateway/dragoman/server"
	"github.com/dragoman-gateway/dragoman/sigv4"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// door is an endpoint that takes signed bodies alone.
type door struct {
	name, address, host, method, path string
	service                           string
	most                              int  // bytes that a body may have there
	region                            bool // is judged
	json                              bool // refusals name an exception
}

// doored is a gateway that asks for signatures, with all such endpoints.
func doored(t *testing.T, change ...func(*server.Config)) (*gateway, []door) {
	g := startAsking(t, change...)
	socket := g.socketApi(mock(), mockReply("$context.connectionId"))
	web := g.webApi()
	f := newWebFunctions(t, nil)
	web.route("POST /iam", web.integrate(proxyTo(f.url)), func(in *apigatewayv2.CreateRouteInput) { in.AuthorizationType = types.AuthorizationTypeAwsIam })
	web.deploy("$default")
	management := func(name, method, path string, most int) door {
		return door{name, g.ManagementAddr(), g.ManagementAddr(), method, path, "apigateway", most, false, true}
	}
	return g, []door{
		management("the whole configuration", "PUT", "/_dragoman/configuration", 60<<20),
		management("a document", "PUT", "/_dragoman/apis", 8<<20),
		management("an import", "PUT", "/v2/apis", 5<<20),
		management("an operation", "POST", "/v2/apis", 1<<20),
		management("no operation", "POST", "/nothing", 1<<20),
		management("an older operation", "POST", "/usageplans", 1<<20),
		{"@connections", g.DataAddr(), g.DataAddr(), "POST", socket.path() + "/@connections/abc=", "execute-api", 128 << 10, true, true},
		{"a route with AWS_IAM", g.DataAddr(), web.id + ".execute-api.localhost", "POST", "/iam", "execute-api", 10 << 20, true, false},
	}
}

// head is the head of a request that is signed, before change spoils it.
func (d *door) head(t *testing.T, sign func(*sigv4.Signer), at time.Time, change func(*http.Request)) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), d.method, "http://"+d.address+d.path, nil)
	must(t, err)
	r.Host = d.host
	signer := sigv4.Signer{Credentials: sigv4.Credentials{AccessKeyID: "AKIDFULL", SecretAccessKey: fullSecret}, Region: "us-east-1", Service: d.service}
	sign(&signer)
	must(t, signer.Sign(r, sigv4.EmptyPayload, at))
	change(r)
	return r
}

// write sends the head as it stands, with what is said of a body that never comes.
func write(c net.Conn, r *http.Request, framing string) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", r.Method, r.URL.RequestURI(), r.Host, framing)
	if err := r.Header.Write(&b); err != nil {
		return err
	}
	b.WriteString("\r\n")
	_, err := c.Write(b.Bytes())
	return err
}

// A head that cannot be let in is answered before a byte of its body has come,
// whatever its headers say of the body, at every endpoint. The client is not even
// told to send it.
func TestHeadsAreJudgedBeforeBodies(t *testing.T) {
	t.Parallel()
	_, doors := doored(t)
	same, now := func(*sigv4.Signer) {}, time.Now()
	keep := func(*http.Request) {}
	for _, d := range doors {
		spoiled := map[string]struct {
			request   *http.Request
			exception string
		}{
			"no signature":     {d.head(t, same, now, func(r *http.Request) { r.Header.Del("Authorization") }), "MissingAuthenticationTokenException"},
			"another scheme":   {d.head(t, same, now, func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }), "IncompleteSignatureException"},
			"malformed":        {d.head(t, same, now, func(r *http.Request) { r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=x") }), "IncompleteSignatureException"},
			"no date":          {d.head(t, same, now, func(r *http.Request) { r.Header.Del("X-Amz-Date") }), "IncompleteSignatureException"},
			"an unknown key":   {d.head(t, func(s *sigv4.Signer) { s.Credentials.AccessKeyID = "AKIDNOBODY" }, now, keep), "UnrecognizedClientException"},
			"a wrong token":    {d.head(t, func(s *sigv4.Signer) { s.Credentials.SessionToken = credential.Secret("x") }, now, keep), "UnrecognizedClientException"},
			"a wrong service":  {d.head(t, func(s *sigv4.Signer) { s.Service = "s3" }, now, keep), "InvalidSignatureException"},
			"an old date":      {d.head(t, same, now.Add(-time.Hour), keep), "InvalidSignatureException"},
			"a date to come":   {d.head(t, same, now.Add(time.Hour), keep), "InvalidSignatureException"},
			"a declared hash":  {d.head(t, same, now, func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", sigv4.HashBytes([]byte("x"))) }), "InvalidSignatureException"},
			"a hash of no sum": {d.head(t, same, now, func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", "x") }), "InvalidSignatureException"},
			"an unsigned body": {d.head(t, same, now, func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD") }), "InvalidSignatureException"},
		}
		if d.region {
			spoiled["a wrong region"] = struct {
				request   *http.Request
				exception string
			}{d.head(t, func(s *sigv4.Signer) { s.Region = "eu-west-1" }, now, keep), ""}
		}
		framings := map[string]string{
			"short":      "Content-Length: 10",
			"long":       fmt.Sprint("Content-Length: ", d.most),
			"chunked":    "Transfer-Encoding: chunked",
			"on request": fmt.Sprintf("Content-Length: %d\r\nExpect: 100-continue", d.most),
		}
		for name, spoil := range spoiled {
			for framed, framing := range framings {
				what := d.name + ", " + name + ", " + framed
				c, err := net.Dial("tcp", d.address)
				must(t, err)
				// Sooner than any time limit of bodies, and late enough for any machine.
				must(t, c.SetDeadline(time.Now().Add(15*time.Second)))
				must(t, write(c, spoil.request, framing))
				answer, err := http.ReadResponse(bufio.NewReader(c), spoil.request)
				if err != nil {
					t.Fatalf("%s: got %v, want an answer before the body", what, err)
				}
				if answer.StatusCode != 403 || d.json && spoil.exception != "" && answer.Header.Get("X-Amzn-Errortype") != spoil.exception {
					t.Errorf("%s: got %d %q, want 403 %s", what, answer.StatusCode, answer.Header.Get("X-Amzn-Errortype"), spoil.exception)
				}
				if !answer.Close && framed != "short" { // the rest of a short one is read
					t.Errorf("%s: nothing says that the connection ends, whose body was not read", what)
				}
				c.Close()
			}
		}
	}
}

// Clients that send everything before they read hear why they were refused, as far
// as their bodies are no longer than operations take.
func TestRefusalsReachClientsThatSendFirst(t *testing.T) {
	t.Parallel()
	_, doors := doored(t)
	for _, d := range doors {
		r := d.head(t, func(*sigv4.Signer) {}, time.Now(), func(r *http.Request) { r.Header.Del("Authorization") })
		c, err := net.Dial("tcp", d.address)
		must(t, err)
		must(t, c.SetDeadline(time.Now().Add(30*time.Second)))
		size := min(d.most, 900<<10)
		must(t, write(c, r, fmt.Sprint("Content-Length: ", size)))
		body := bytes.Repeat([]byte("x"), 10<<10)
		for sent := 0; sent < size; sent += len(body) {
			if _, err := c.Write(body[:min(len(body), size-sent)]); err != nil {
				t.Errorf("%s: sending broke off: %v", d.name, err)
				break
			}
		}
		answer, err := http.ReadResponse(bufio.NewReader(c), r)
		if err != nil || answer.StatusCode != 403 {
			t.Errorf("%s: got %v %v, want 403", d.name, answer, err)
		}
		c.Close()
	}
}

// peak is how much memory a process has had resident at most, in bytes.
func (p *process) peak(t *testing.T) int64 {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells the memory of a process")
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Process.Pid))
	must(t, err)
	_, after, _ := strings.Cut(string(text), "VmHWM:")
	kb, err := strconv.ParseInt(strings.Fields(after)[0], 10, 64)
	must(t, err)
	return kb << 10
}

// zeros is a body of so many bytes.
func zeros(n int64) io.Reader { return io.LimitReader(nothing{}, n) }

type nothing struct{}

func (nothing) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// Twenty-four documents of 63 MB that nobody has signed, or that somebody has who
// does not know the secret, leave the process small, and who has the secret is
// served meanwhile.
func TestBodiesOfStrangersTakeNoMemory(t *testing.T) {
	for _, row := range []struct {
		name string
		sign bool
		room int64 // above what an idle process has
	}{
		{"unsigned", false, 64 << 20},
		{"signed with another secret", true, 300 << 20},
	} {
		t.Run(row.name, func(t *testing.T) {
			g, p := started(t, "--data-dir", "", "--auth", "sigv4", "--credentials", writeKeys(t, keyFile))
			defer g.stop()
			g.sdk = g.as(full, "us-east-1")
			_, err := g.sdk.GetApis(t.Context(), &apigatewayv2.GetApisInput{})
			must(t, err)
			idle := p.peak(t)
			const size = 63 << 20
			var strangers sync.WaitGroup
			statuses := make(chan int, 24)
			for range cap(statuses) {
				strangers.Go(func() {
					r, err := http.NewRequestWithContext(t.Context(), "PUT", "http://"+p.management+"/_dragoman/configuration", zeros(size))
					if err != nil {
						t.Error(err)
						return
					}
					r.ContentLength = size
					if row.sign {
						signer := sigv4.Signer{Credentials: sigv4.Credentials{AccessKeyID: "AKIDFULL", SecretAccessKey: "guessed"}, Region: "us-east-1", Service: "apigateway"}
						if err := signer.Sign(r, sigv4.HashBytes([]byte("guessed")), time.Now()); err != nil {
							t.Error(err)
							return
						}
					}
					answer, err := http.DefaultClient.Do(r)
					if err != nil { // the connection was closed while it sent
						return
					}
					answer.Body.Close()
					statuses <- answer.StatusCode
				})
			}
			for range 10 {
				api, err := g.sdk.CreateApi(t.Context(), &apigatewayv2.CreateApiInput{Name: aws.String("mine"), ProtocolType: types.ProtocolTypeHttp})
				if err != nil {
					t.Errorf("a caller with the secret: %v", err)
					break
				}
				_, err = g.sdk.DeleteApi(t.Context(), &apigatewayv2.DeleteApiInput{ApiId: api.ApiId})
				must(t, err)
			}
			strangers.Wait()
			close(statuses)
			for status := range statuses {
				if status != 403 && (status != 503 || !row.sign) {
					t.Errorf("a stranger got %d", status)
				}
			}
			if took := p.peak(t) - idle; took > row.room {
				t.Errorf("the process took %d MB more, want at most %d", took>>20, row.room>>20)
			} else {
				t.Logf("%d MB above %d", took>>20, idle>>20)
			}
		})
	}
}

// Callers who may be anybody and never finish their bodies hold up nobody who has
// the secret, and are cut off.
func TestSlowStrangersHoldUpNobody(t *testing.T) {
	t.Parallel()
	g, doors := doored(t, func(c *server.Config) { c.MaxBodies, c.Metrics = 8<<20, "127.0.0.1:0" }) // a half of it for those of the management listener
	operation := doors[3]
	slow := make([]net.Conn, 30)
	for i := range slow {
		c, err := net.Dial("tcp", operation.address)
		must(t, err)
		defer c.Close()
		must(t, c.SetDeadline(time.Now().Add(time.Minute)))
		r := operation.head(t, func(s *sigv4.Signer) { s.Credentials.SecretAccessKey = "guessed" }, time.Now(), func(*http.Request) {})
		must(t, write(c, r, fmt.Sprint("Content-Length: ", 1<<20)))
		_, _ = io.CopyN(c, nothing{}, 600<<10) // some are refused meanwhile
		slow[i] = c
	}
	for range 20 {
		_, err := g.sdk.CreateApi(t.Context(), &apigatewayv2.CreateApiInput{Name: aws.String("mine"), ProtocolType: types.ProtocolTypeHttp})
		must(t, err)
	}
	// What is large finds room only when somebody has lost his.
	document := `{"openapi":"3.0.1","info":{"title":"large","description":"` + strings.Repeat("x", 900) + `"},"paths":{` + strings.Repeat(" ", 800<<10) + `}}`
	eventually(t, "an import is taken", func() bool {
		_, err := g.sdk.ImportApi(t.Context(), &apigatewayv2.ImportApiInput{Body: &document})
		return err == nil
	})
	ended := 0
	for _, c := range slow {
		must(t, c.SetDeadline(time.Now().Add(100*time.Millisecond)))
		if answer, err := http.ReadResponse(bufio.NewReader(c), nil); err == nil && answer.StatusCode == 503 || errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
			ended++
		} else if err == nil {
			t.Errorf("a stranger got %d", answer.StatusCode)
		}
		c.Close()
	}
	if ended < len(slow)/2 {
		t.Errorf("%d of %d were refused or cut off", ended, len(slow))
	}
	eventually(t, "everything is given back", func() bool { return g.metric("dragoman_bodies_bytes") == 0 })
}
