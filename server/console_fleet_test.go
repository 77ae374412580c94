package server

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/management/own"
	"github.com/dragoman-gateway/dragoman/sigv4"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
	"github.com/dragoman-gateway/dragoman/store"
)

// signed makes a call that a key signs, and answers its status and reads its answer into out,
// nil for nowhere.
func (c *cursed) signed(method, path, id, secret string, out any) int {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, "http://"+c.ManagementAddr()+path, strings.NewReader("{}"))
	if err != nil {
		c.t.Error(err)
		return 0
	}
	r.Header.Set("Content-Type", "application/json")
	signer := &sigv4.Signer{Credentials: sigv4.Credentials{AccessKeyID: id, SecretAccessKey: credential.Secret(secret)}, Region: "us-east-1", Service: "apigateway"}
	if err := signer.Sign(r, sigv4.HashBytes([]byte("{}")), time.Now()); err != nil {
		c.t.Error(err)
		return 0
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Error(err)
		return 0
	}
	defer response.Body.Close()
	if out != nil && response.StatusCode < 300 {
		if err := json.NewDecoder(response.Body).Decode(out); err != nil {
			c.t.Error(err)
		}
	}
	return response.StatusCode
}

// code buys a one-time code, and answers the key that it is.
func (c *cursed) code() (id, secret string) {
	c.t.Helper()
	var bought own.Code
	if got := c.signed("POST", own.ConsoleCodePath, "AKIDEXAMPLE", "secretsecret", &bought); got != http.StatusCreated {
		c.t.Errorf("a code: got %d", got)
	}
	at := strings.LastIndexByte(bought.Code, '.')
	return bought.Code[:max(at, 0)], bought.Code[at+1:]
}

// Behind a balancer a browser that `dragoman console` has opened reaches any node: a code is good
// at each of them and at all of them together once, and what it buys is a key at all of them, until
// its owner's is gone.
func TestFleetOpensTheConsole(t *testing.T) {
	file := filepath.Join(t.TempDir(), "credentials")
	keys := func(secret string) {
		if err := os.WriteFile(file, []byte("[admin]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = "+secret+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	keys("secretsecret")
	w := twin(t, func(c *Config) { c.Auth, c.Credentials = "sigv4", file })
	a, b := w.nodes[0], w.nodes[1]

	id, secret := a.code()
	var bought own.Session
	if got := b.signed("POST", own.ConsoleSessionPath, id, secret, &bought); got != http.StatusCreated {
		t.Fatalf("the other node takes the code with %d", got)
	}
	for i, node := range w.nodes {
		if got := node.signed("POST", own.ConsoleSessionPath, id, secret, nil); got != http.StatusForbidden {
			t.Errorf("node %d takes a code twice: got %d", i, got)
		}
		if got := node.signed("GET", "/v2/apis", bought.AccessKeyId, bought.SecretAccessKey, nil); got != http.StatusOK {
			t.Errorf("node %d takes the key with %d", i, got)
		}
		if got := node.signed("GET", "/v2/apis", bought.AccessKeyId, bought.SecretAccessKey+"x", nil); got != http.StatusForbidden {
			t.Errorf("node %d takes another secret with %d", i, got)
		}
		if got := node.signed("POST", own.ConsoleCodePath, bought.AccessKeyId, bought.SecretAccessKey, nil); got != http.StatusForbidden {
			t.Errorf("node %d has a session make a code: got %d", i, got)
		}
		if got := node.signed("GET", "/v2/apis", id, secret, nil); got != http.StatusForbidden {
			t.Errorf("node %d has a code call what it likes: got %d", i, got)
		}
	}

	for range 5 {
		id, secret := b.code()
		var got [4]int
		var all sync.WaitGroup
		for i := range got {
			all.Go(func() { got[i] = w.nodes[i%2].signed("POST", own.ConsoleSessionPath, id, secret, nil) })
		}
		all.Wait()
		won := 0
		for _, status := range got {
			if status == http.StatusCreated {
				won++
			} else if status != http.StatusForbidden {
				t.Errorf("too late: got %d", status)
			}
		}
		if won != 1 {
			t.Errorf("of four who spend one code at once %d get a session", won)
		}
	}

	if err := a.store.View(t.Context(), func(r store.Reader) error {
		docs, err := r.List(t.Context(), "", 0, 0)
		spent := 0
		for _, doc := range docs {
			for _, hidden := range []string{id, secret, bought.AccessKeyId, bought.SecretAccessKey, "secretsecret", "AKIDEXAMPLE"} {
				if bytes.Contains(doc.Body, []byte(hidden)) || strings.Contains(string(doc.Key), hidden) {
					t.Errorf("%q stands in the store, in %s", hidden, doc.Key)
				}
			}
			if strings.HasPrefix(string(doc.Key), "spentcodes/") {
				spent++
			}
		}
		if spent != 6 {
			t.Errorf("%d codes are noted, want 6", spent)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}

	keys("anothersecret")
	for i, node := range w.nodes {
		for end := time.Now().Add(30 * time.Second); node.signed("GET", "/v2/apis", bought.AccessKeyId, bought.SecretAccessKey, nil) != http.StatusForbidden; time.Sleep(50 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("node %d takes the key after its owner has another", i)
			}
		}
	}
}
