package resource

import (
	"strings"
	"testing"
	"time"
)

func TestExtensions(t *testing.T) {
	variables := map[string]string{
		"dragoman_path": "true", "dragoman_ping": "30s", "dragoman_max_message": "1024", "dragoman_in_flight": "2", "dragoman_idle_timeout": "1h", "dragoman_close": "false", "colour": "green",
		"dragoman_binary": "perhaps", "dragoman_other": "true",
	}
	want := Extensions{Path: true, Ping: 30 * time.Second, Message: 1024, InFlight: 2, Idle: time.Hour, InOrder: true}
	if got := (Extensions{Close: true, InOrder: true}).With(variables); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if plain := PlainVariables(variables); len(plain) != 1 || plain["colour"] != "green" || len(variables) != 9 {
		t.Errorf("got %v", plain)
	}
	for name, value := range map[string]string{"ping": "4s", "max_message": "-1", "in_flight": "0", "path": "", "nothing": "true", "max_lifetime": "721h"} {
		e := Extensions{Path: true}
		if err := e.Set(name, value); err == nil || !strings.Contains(err.Error(), name) || e != (Extensions{Path: true}) {
			t.Errorf("%s=%s: got %v, and %+v is left", name, value, err, e)
		}
	}
}
