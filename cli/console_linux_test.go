package cli

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/management/own"
	"github.com/dragoman-gateway/dragoman/server"
	"github.com/dragoman-gateway/dragoman/sigv4"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

const consoleKeys = "[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secretsecret\n"

// keyed is a gateway that asks for signatures, and a user who has a key for it.
func keyed(t *testing.T) *server.Server {
	t.Helper()
	file := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(file, []byte(consoleKeys), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", file)
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	s := chat(t, func(c *server.Config) { c.Auth, c.Credentials = "sigv4", file })
	t.Setenv("DRAGOMAN_ENDPOINT", "http://"+s.ManagementAddr())
	return s
}

// spend buys a session with a code, as the page does.
func spend(t *testing.T, s *server.Server, code string) int {
	t.Helper()
	id, secret, _ := strings.Cut(code, ".")
	r, err := http.NewRequest(http.MethodPost, "http://"+s.ManagementAddr()+own.ConsoleSessionPath, nil)
	if err != nil {
		t.Fatal(err)
	}
	signer := sigv4.Signer{Credentials: sigv4.Credentials{AccessKeyID: id, SecretAccessKey: credential.Secret(secret)}, Region: "us-east-1", Service: "apigateway"}
	if err := signer.Sign(r, sigv4.HashBytes(nil), time.Now()); err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var session own.Session
	if err := json.NewDecoder(answer.Body).Decode(&session); err == nil && answer.StatusCode == 201 && session.AccessKeyId == "" {
		t.Error("the session has no key")
	}
	return answer.StatusCode
}

// The address that is printed has a code in its fragment, which opens a session once.
func TestConsoleAddress(t *testing.T) {
	s := keyed(t)
	status, out, errs := dragoman("console", "--no-open")
	page, fragment, _ := strings.Cut(strings.TrimSuffix(out, "\n"), "#")
	if status != 0 || page != "http://"+s.ManagementAddr()+"/console/" || errs != "" {
		t.Fatalf("got %d %q %q, want the console's address", status, out, errs)
	}
	values, err := url.ParseQuery(fragment)
	if err != nil || values.Get("code") == "" {
		t.Fatalf("the fragment is %q, want a code", fragment)
	}
	if status := spend(t, s, values.Get("code")); status != http.StatusCreated {
		t.Errorf("the code buys %d, want 201", status)
	}
	if status := spend(t, s, values.Get("code")); status != http.StatusForbidden {
		t.Errorf("the code buys %d a second time, want 403", status)
	}
	if status, out, _ := dragoman("console", "--no-open", "--no-sign-request"); status != 1 || out != "" {
		t.Errorf("without a key: got %d and %q, want 1", status, out)
	}
}

// The browser is handed what is printed. Without signatures no code is needed.
func TestConsoleOpens(t *testing.T) {
	s := chat(t)
	dir := t.TempDir()
	opened := filepath.Join(dir, "opened")
	if err := syscall.Mkfifo(opened, 0o600); err != nil {
		t.Fatal(err)
	}
	browser := filepath.Join(dir, "browser")
	if err := os.WriteFile(browser, []byte("#!/bin/sh\nprintf %s \"$1\" >"+opened+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("BROWSER", browser)
	at := "http://" + s.ManagementAddr()
	status, out, errs := dragoman("console", "--endpoint-url", at+"/")
	if status != 0 || out != at+"/console/\n" || errs != "" {
		t.Fatalf("got %d %q %q", status, out, errs)
	}
	got, err := os.ReadFile(opened) // waits for whoever writes
	if err != nil || !bytes.Equal(got, []byte(at+"/console/")) {
		t.Errorf("the browser opens %q and %v, want the console", got, err)
	}

	t.Setenv("BROWSER", filepath.Join(dir, "none"))
	if status, out, errs = dragoman("console", "--endpoint-url", at); status != 0 || out == "" || !strings.Contains(errs, "no browser could be opened") {
		t.Errorf("without a browser: got %d %q %q, want the address all the same", status, out, errs)
	}
}

// A gateway without a console, and none at all, are told.
func TestConsoleIsOff(t *testing.T) {
	s := chat(t, func(c *server.Config) { c.Console = false })
	status, out, errs := dragoman("console", "--no-open", "--endpoint-url", "http://"+s.ManagementAddr())
	if status != 1 || out != "" || !strings.Contains(errs, "--console=false") {
		t.Errorf("got %d %q %q, want that there is none", status, out, errs)
	}
	status, _, errs = dragoman("console", "--no-open", "--endpoint-url", "http://127.0.0.1:1")
	if status != 1 || !strings.Contains(errs, "no gateway answers at http://127.0.0.1:1") {
		t.Errorf("got %d %q", status, errs)
	}
}
