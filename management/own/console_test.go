package own

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/wire"
)

// seller sells codes to whoever asks.
type seller struct{ asked, opened []string }

func (s *seller) Code(by string) (Code, error) {
	s.asked = append(s.asked, by)
	return Code{Code: "ID.secret"}, nil
}
func (s *seller) Open(_ context.Context, id string) (Session, error) {
	s.opened = append(s.opened, id)
	return Session{AccessKeyId: "ID2"}, nil
}

// Codes are given and spent on this machine alone, and through no proxy.
func TestCodesAreForThisMachine(t *testing.T) {
	for _, row := range []struct {
		from, header string
		status       int
	}{
		{"127.0.0.1:1234", "", 201}, {"[::1]:1234", "", 201}, {"[::ffff:127.0.0.1]:1234", "", 201},
		{"192.0.2.1:1234", "", 403}, {"127.0.0.1:1234", "X-Forwarded-For", 403}, {"127.0.0.1:1234", "Via", 403}, {"127.0.0.1:1234", "Forwarded", 403},
	} {
		sold := &seller{}
		door := wire.NewServer(wire.Config{Own: Console(sold), Region: "us-east-1"})
		for _, path := range []string{ConsoleCodePath, ConsoleSessionPath} {
			r := httptest.NewRequest("POST", path, strings.NewReader("{}"))
			r.RemoteAddr = row.from
			if row.header != "" {
				r.Header.Set(row.header, "192.0.2.1")
			}
			w := httptest.NewRecorder()
			if door.ServeHTTP(w, r); w.Code != row.status {
				t.Errorf("%s from %s with %s: got %d %s, want %d", path, row.from, row.header, w.Code, w.Body, row.status)
			}
		}
		if sale := row.status == 201; (len(sold.asked) == 1) != sale || (len(sold.opened) == 1) != sale {
			t.Errorf("from %s with %s: %v were asked for, %v opened", row.from, row.header, sold.asked, sold.opened)
		}
	}
}

// Where nothing is signed a code is empty: the console is open.
func TestCodesWhereNothingIsSigned(t *testing.T) {
	door := wire.NewServer(wire.Config{Own: Console(nil), Region: "us-east-1"})
	for path, want := range map[string]string{ConsoleCodePath: `{"code":""}`, ConsoleSessionPath: "No signatures are asked for"} {
		r := httptest.NewRequest("POST", path, nil)
		r.RemoteAddr = "127.0.0.1:1"
		w := httptest.NewRecorder()
		if door.ServeHTTP(w, r); !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: got %d %s", path, w.Code, w.Body)
		}
	}
}
