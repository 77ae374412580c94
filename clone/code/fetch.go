package code

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/dragoman-gateway/dragoman/awsconfig"
	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/internal/tasks"
	"github.com/dragoman-gateway/dragoman/internal/unzip"
)

// Fetcher fetches from one account.
type Fetcher struct {
	AWS      *awsconfig.Client
	Endpoint string // base URL of the Lambda API; "" for the configured one, or AWS's
	Region   string // of functions whose name has none

	// Download fetches the archives, from addresses that need no signature; nil is
	// http.DefaultTransport.
	Download http.RoundTripper
}

// Function is a function as it was fetched.
type Function struct {
	Runtime, Handler string
	Timeout, Memory  int32    // seconds and MB; 0 where the server does not tell
	Variables        []string // names of its environment, whose values were left behind
	Layers           int
}

const (
	attempts  = 6
	longest   = 10 * time.Second // between two of them
	callTime  = time.Minute
	fetchTime = 10 * time.Minute

	mostRedirects = 5
)

// answer is what GetFunction says.
// Documented: AWS Lambda API Reference, GetFunction.
type answer struct {
	Configuration struct {
		Runtime, Handler, PackageType, CodeSha256 string
		Timeout, MemorySize                       int32
		Environment                               struct{ Variables map[string]string }
		Layers                                    []struct{ Arn string }
	}
	Code struct{ Location, RepositoryType string }
}

// Fetch unpacks the code of a function into dir, which must be empty. Errors are for
// whoever reads the report.
func (f *Fetcher) Fetch(ctx context.Context, name function.Name, dir string) (*Function, error) {
	a, err := f.get(ctx, name)
	if err != nil {
		return nil, err
	}
	c := &a.Configuration
	switch {
	case c.PackageType == "Image":
		return nil, errors.New("it is a container image, whose code is in a registry")
	case a.Code.Location == "":
		return nil, errors.New("GetFunction does not tell where its code is")
	}
	archive, err := f.download(ctx, a.Code.Location, c.CodeSha256)
	if err != nil {
		return nil, err
	}
	defer func() { archive.Close(); _ = os.Remove(archive.Name()) }()
	if err := unzip.Into(ctx, dir, archive, unzip.Package); err != nil {
		return nil, fmt.Errorf("its code: %w", err)
	}
	return &Function{c.Runtime, c.Handler, c.Timeout, c.MemorySize, slices.Sorted(maps.Keys(c.Environment.Variables)), len(c.Layers)}, nil
}

// maxArchive is how many bytes a package may have.
// Documented: AWS Lambda Developer Guide, Lambda quotas: 250 MB, of which nothing may be packed.
const maxArchive = 262_144_000

// get calls GetFunction, again where it was throttled or failed.
func (f *Fetcher) get(ctx context.Context, name function.Name) (*answer, error) {
	called, region := name.Arn, name.Region
	if called == "" {
		called = name.Name
	}
	if region == "" {
		region = f.Region
	}
	call := &awsconfig.Call{ID: "Lambda", Host: "lambda", Signing: "lambda", Region: region, Endpoint: f.Endpoint, Method: http.MethodGet,
		Path: "/2015-03-31/functions/" + url.PathEscape(called), MaxReply: 1 << 20, Timeout: callTime}
	if name.Qualifier != "" {
		call.Query = url.Values{"Qualifier": {name.Qualifier}}.Encode()
	}
	for attempt := 1; ; attempt++ {
		reply, err := f.AWS.Do(ctx, call)
		if err != nil {
			return nil, fmt.Errorf("GetFunction: %w", err)
		}
		if reply.Status == http.StatusOK {
			a := new(answer)
			if err := json.Unmarshal(reply.Body, a); err != nil {
				return nil, fmt.Errorf("GetFunction: the answer is not what was expected: %w", err)
			}
			return a, nil
		}
		if attempt == attempts || reply.Status != http.StatusTooManyRequests && reply.Status < 500 {
			return nil, refused(reply)
		}
		if err := pause(ctx, attempt, reply.Header.Get("Retry-After")); err != nil {
			return nil, err
		}
	}
}

// refused words an exception.
func refused(reply *awsconfig.Reply) error {
	var said struct{ Message string }
	_ = json.Unmarshal(reply.Body, &said) // what is no JSON says nothing
	kind := reply.Header.Get("X-Amzn-Errortype")
	if kind == "" {
		kind = "status " + strconv.Itoa(reply.Status)
	}
	return fmt.Errorf("GetFunction: %s: %.600s", kind, said.Message)
}

// pause waits before another attempt: twofold longer each time with jitter, and as long
// as the server asks for within a bound.
func pause(ctx context.Context, attempt int, retryAfter string) error {
	wait := time.Millisecond + rand.N(min(longest, 100*time.Millisecond<<attempt))
	if seconds, err := strconv.Atoi(retryAfter); err == nil && seconds > 0 {
		wait = max(wait, min(longest, time.Duration(min(seconds, 3600))*time.Second))
	}
	return tasks.Pause(ctx, wait)
}

// download fetches an archive into a file and holds it to its hash, "" for none.
// Errors do not tell the address, which is a secret for as long as it is good.
func (f *Fetcher) download(ctx context.Context, location, hash string) (*os.File, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, location, nil)
	if err != nil {
		return nil, errors.New("the address of its code is none")
	}
	client := http.Client{Transport: f.Download, CheckRedirect: redirected}
	response, err := client.Do(r)
	if err != nil {
		if inner, ok := errors.AsType[*url.Error](err); ok {
			err = inner.Err
		}
		return nil, fmt.Errorf("downloading its code: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("downloading its code: the answer is %s", response.Status)
	}
	file, err := os.CreateTemp("", "dragoman-code-*.zip")
	if err != nil {
		return nil, err
	}
	if err := save(file, response.Body, hash); err != nil {
		file.Close()
		_ = os.Remove(file.Name())
		return nil, err
	}
	return file, nil
}

// redirected follows to another address without telling it the one before, whose query
// is the signature.
func redirected(next *http.Request, before []*http.Request) error {
	if len(before) > mostRedirects {
		return fmt.Errorf("it was redirected more than %d times", mostRedirects)
	}
	next.Header.Del("Referer")
	return nil
}

// save writes an archive to a file, within its bound, and holds it to its hash.
func save(file *os.File, from io.Reader, hash string) error {
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(file, sum), io.LimitReader(from, maxArchive+1))
	switch {
	case err != nil:
		return fmt.Errorf("downloading its code: %w", err)
	case n > maxArchive:
		return fmt.Errorf("its code has more than %d bytes", int64(maxArchive))
	// Documented: AWS Lambda API Reference, FunctionConfiguration, CodeSha256: the
	// SHA-256 of the package, in Base64.
	case hash != "" && base64.StdEncoding.EncodeToString(sum.Sum(nil)) != hash:
		return errors.New("downloading its code: what came is not the code that Lambda has")
	}
	return nil
}
