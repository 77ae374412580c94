package own

import (
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dragoman-gateway/dragoman/fault"
	"github.com/dragoman-gateway/dragoman/management/control"
	"github.com/dragoman-gateway/dragoman/store/file"
	"github.com/dragoman-gateway/dragoman/wire"
)

func full(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../document/testdata/full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const small = "dragoman: 1\nregions: {us-east-1: {apis: {web: {name: web, protocolType: HTTP}}}}\n"

func TestConfiguration(t *testing.T) {
	h := newWorld(t)
	document := full(t)
	send := func(method, query, body string) *httptest.ResponseRecorder {
		return h.send(method, ConfigurationPath+query, "", body)
	}
	if w := send("PUT", "?dryRun=true", document); w.Code != 200 || !strings.Contains(w.Body.String(), "+    apis:") || h.announced != 0 {
		t.Errorf("a dry run: got %d %s", w.Code, w.Body)
	}
	if w := send("GET", "", ""); strings.Contains(w.Body.String(), "apis") {
		t.Errorf("the dry run wrote: %s", w.Body)
	}
	if w := send("PUT", "", document); w.Code != 200 || h.announced == 0 {
		t.Errorf("an import: got %d %s, announced %d", w.Code, w.Body, h.announced)
	}
	if w := send("GET", "", ""); w.Body.String() != document || w.Header().Get("Content-Type") != "application/yaml" {
		t.Errorf("got %s, want what was imported", w.Body)
	}
	if w := send("PUT", "", document); w.Code != 200 || w.Body.Len() != 0 {
		t.Errorf("the same again: got %d %s, want no changes", w.Code, w.Body)
	}
	h.refused("PUT", ConfigurationPath, "dragoman: 3", 400, "BadRequestException", "line 1: expected dragoman: 1")
	h.refused("PUT", ConfigurationPath+"?dryRun=perhaps", document, 400, "BadRequestException", "1 validation error")
	h.refused("DELETE", ConfigurationPath, "", 405, "MethodNotAllowedException", "The method DELETE")
	if len(h.audited) != 5 || h.audited[0].Resource != ConfigurationPath+"?dryRun=true" || h.audited[1].Status != 200 || h.audited[1].Resource != ConfigurationPath ||
		h.audited[3].Exception != "BadRequestException" {
		t.Errorf("got audit %+v, want one line for each import, and what was only tried named so", h.audited)
	}
}

func TestConfigurationOfAReadOnlyStore(t *testing.T) {
	s, err := file.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	if w := worldOf(t, s).send("PUT", ConfigurationPath, "", full(t)); w.Code != 403 || !strings.Contains(w.Body.String(), "read-only") {
		t.Errorf("got %d %s, want a refusal", w.Code, w.Body)
	}
}

func TestConfigurationAsksForKeys(t *testing.T) {
	for name, c := range map[string]struct {
		key, method, query string
		status             int
	}{
		"no key":               {"", "GET", "", 403},
		"a key that may all":   {"all", "PUT", "", 200},
		"a key that may read":  {"reader", "GET", "", 200},
		"it may not write":     {"reader", "PUT", "", 403},
		"nor try what it does": {"reader", "PUT", "?dryRun=true", 403},
	} {
		t.Run(name, func(t *testing.T) {
			if w := newWorld(t, keyed).send(c.method, ConfigurationPath+c.query, c.key, small); w.Code != c.status {
				t.Errorf("got %d %s, want %d", w.Code, w.Body, c.status)
			}
		})
	}
}

// What is stored and not served yet is told where the server logs.
func TestConfigurationThatIsNotServed(t *testing.T) {
	h := newWorld(t, func(of *control.Config, _ *wire.Config) {
		of.Announce = func(context.Context, int64) error { return errors.New("nobody follows") }
	})
	if w := h.send("PUT", ConfigurationPath, "", small); w.Code != 200 || !strings.Contains(h.log.String(), "stored but not served yet") {
		t.Errorf("got %d %s and the log %s", w.Code, w.Body, &h.log)
	}
}

// Documents are read one after the other; nobody waits for ever for his turn.
func TestDocumentsTakeTurns(t *testing.T) {
	c := &configuration{Control: control.New(control.Config{Store: memory(t)}), turn: make(chan struct{}, 1)}
	put := func(ctx context.Context) error {
		_, err := c.replace(ctx, &wire.Request{Payload: []byte(small)})
		return err
	}
	c.turn <- struct{}{} // somebody's, who takes long
	left, leave := context.WithCancel(t.Context())
	leave()
	if err := put(left); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the wait to end with its caller", err)
	}
	synctest.Test(t, func(t *testing.T) {
		c := &configuration{turn: make(chan struct{}, 1)}
		c.turn <- struct{}{}
		began := time.Now()
		_, err := c.replace(t.Context(), &wire.Request{Payload: []byte(small)})
		if fault.KindOf(err) != fault.Unavailable || time.Since(began) != turnWait {
			t.Errorf("got %v after %v, want Unavailable after %v", err, time.Since(began), turnWait)
		}
	})
	<-c.turn
	if err := put(t.Context()); err != nil {
		t.Errorf("afterwards: got %v", err)
	}
}
