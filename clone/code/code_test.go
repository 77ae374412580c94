package code

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/awsconfig"
	"github.com/dragoman-gateway/dragoman/awsconfig/awstest"
	"github.com/dragoman-gateway/dragoman/function"
)

// entry is an entry of an archive; mode 0 is a plain file.
type entry struct {
	name, text string
	mode       fs.FileMode
}

func archive(t *testing.T, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		h.SetMode(e.mode | 0o644)
		to, err := w.CreateHeader(h)
		if err == nil {
			_, err = to.Write([]byte(e.text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// lambda is a Lambda API with one function, hello, whose package is body.
func lambda(t *testing.T, body []byte, change func(configuration, code map[string]any)) *awstest.Server {
	t.Helper()
	store := http.NewServeMux()
	s := awstest.Serve(t, store.ServeHTTP)
	place := plain(t, body)
	sum := sha256.Sum256(body)
	store.HandleFunc("GET /2015-03-31/functions/{name}", func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("name")
		if name != "hello" && name != "arn:aws:lambda:eu-west-1:123456789012:function:hello" || r.URL.Query().Get("Qualifier") == "none" {
			w.Header().Set("X-Amzn-Errortype", "ResourceNotFoundException")
			w.WriteHeader(404)
			fmt.Fprintf(w, `{"Message":"Function not found: %s"}`, name)
			return
		}
		configuration := map[string]any{"Runtime": "nodejs22.x", "Handler": "index.handler", "PackageType": "Zip", "Timeout": 7, "MemorySize": 512, "CodeSha256": base64.StdEncoding.EncodeToString(sum[:]),
			"Environment": map[string]any{"Variables": map[string]string{"TOKEN": "s3cret", "A": "b"}}, "Layers": []any{map[string]string{"Arn": "arn:l"}}}
		code := map[string]any{"RepositoryType": "S3", "Location": place}
		if change != nil {
			change(configuration, code)
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"Configuration": configuration, "Code": code})
	})
	return s
}

// plain serves a package as S3 does, for whoever knows its address. It takes no signature.
func plain(t *testing.T, body []byte) string {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Error("the address is called with a signature")
		}
		_, _ = w.Write(body)
	}) + "/?X-Amz-Signature=secret"
}

func fetch(t *testing.T, endpoint string, name function.Name) (*Function, string, error) {
	t.Helper()
	aws := awsconfig.New(awsconfig.Options{Region: "us-east-1"})
	t.Cleanup(aws.Close)
	dir := t.TempDir()
	f, err := (&Fetcher{AWS: aws, Endpoint: endpoint, Region: "us-east-1"}).Fetch(t.Context(), name, dir)
	return f, dir, err
}

// The code of a function is unpacked as it was packed, and what may be secret is named
// and left.
func TestFetch(t *testing.T) {
	awstest.Isolate(t)
	body := archive(t, entry{"index.js", "exports.handler = 1", 0}, entry{"bin/", "", fs.ModeDir | 0o755}, entry{"bin/tool", "#!/bin/sh", 0o755},
		entry{"node_modules/.bin/tool", "../../bin/tool", fs.ModeSymlink}, entry{"deep/er/file", "x", 0}, entry{"latest", "deep", fs.ModeSymlink})
	s := lambda(t, body, nil)
	arn := function.Name{Arn: "arn:aws:lambda:eu-west-1:123456789012:function:hello", Region: "eu-west-1", Name: "hello", Qualifier: "prod"}
	f, dir, err := fetch(t, s.URL, arn)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(*f) != "{nodejs22.x index.handler 7 512 [A TOKEN] 1}" {
		t.Errorf("got %v", *f)
	}
	for name, want := range map[string]string{"index.js": "exports.handler = 1", "bin/tool": "#!/bin/sh", "node_modules/.bin/tool": "#!/bin/sh", "latest/er/file": "x"} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, want)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "bin/tool")); err != nil || info.Mode().Perm()&0o100 == 0 {
		t.Errorf("bin/tool cannot be executed: %v", err)
	}
	if last := s.Last(t); last.Region != "eu-west-1" || last.Service != "lambda" || last.URL.Query().Get("Qualifier") != "prod" {
		t.Errorf("it was asked as %s %s %s", last.Region, last.Service, last.URL)
	}
}

// What cannot be had is told in one line, without the address of the code.
func TestFetchThatFails(t *testing.T) {
	awstest.Isolate(t)
	body := archive(t, entry{"index.js", "1", 0})
	gone := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) })
	for _, row := range []struct {
		name   function.Name
		change func(configuration, code map[string]any)
		want   string
	}{
		{function.Name{Name: "other"}, nil, "GetFunction: ResourceNotFoundException: Function not found: other"},
		{function.Name{Name: "hello", Qualifier: "none"}, nil, "ResourceNotFoundException"},
		{function.Name{Name: "hello"}, func(c, _ map[string]any) { c["PackageType"] = "Image" }, "it is a container image"},
		{function.Name{Name: "hello"}, func(_, code map[string]any) { delete(code, "Location") }, "does not tell where its code is"},
		{function.Name{Name: "hello"}, func(_, code map[string]any) { code["Location"] = gone + "/secret" }, "downloading its code: the answer is 403 Forbidden"},
		{function.Name{Name: "hello"}, func(_, code map[string]any) { code["Location"] = "http://127.0.0.1:1/secret" }, "connection refused"},
		{function.Name{Name: "hello"}, func(_, code map[string]any) { code["Location"] = "\x00" }, "the address of its code is none"},
		{function.Name{Name: "hello"}, func(c, _ map[string]any) { c["CodeSha256"] = "else" }, "is not the code that Lambda has"},
	} {
		_, dir, err := fetch(t, lambda(t, body, row.change).URL, row.name)
		if err == nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %v, want %q", err, row.want)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s: it left %v", row.want, left)
		}
	}
}

// A throttled call is made again.
func TestFetchIsPatient(t *testing.T) {
	awstest.Isolate(t)
	calls := 0
	s := awstest.Serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if calls++; calls < 3 {
			w.WriteHeader([]int{429, 503}[calls-1])
			return
		}
		fmt.Fprint(w, `{"Configuration":{"PackageType":"Image"}}`)
	})
	if _, _, err := fetch(t, s.URL, function.Name{Name: "hello"}); err == nil || !strings.Contains(err.Error(), "container image") || calls != 3 {
		t.Errorf("got %v after %d calls", err, calls)
	}
}

// A redirection does not tell the next server the address before, which is a secret.
func TestRedirectionsTellNothing(t *testing.T) {
	awstest.Isolate(t)
	body := archive(t, entry{"index.js", "1", 0})
	var told string
	other := serve(t, func(w http.ResponseWriter, r *http.Request) {
		told = fmt.Sprint(r.Header, r.URL)
		_, _ = w.Write(body)
	})
	first := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other, http.StatusTemporaryRedirect) })
	s := lambda(t, body, func(_, code map[string]any) { code["Location"] = first + "/?X-Amz-Signature=secret" })
	if _, _, err := fetch(t, s.URL, function.Name{Name: "hello"}); err != nil || told == "" || strings.Contains(told, "secret") {
		t.Errorf("got %v, and the other server was told %s", err, told)
	}
}

// What is no archive is said to be none.
func TestUnpackOfNoArchive(t *testing.T) {
	awstest.Isolate(t)
	if _, _, err := fetch(t, lambda(t, []byte("no archive"), nil).URL, function.Name{Name: "hello"}); err == nil || !strings.HasPrefix(err.Error(), "its code: ") {
		t.Errorf("got %v, want an error of the code", err)
	}
}

func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	return s.URL
}
