package resource

import (
	"strings"
	"testing"
)

func TestExtensions(t *testing.T) {
	variables := map[string]string{
		"dragoman_path": "true", "dragoman_in_flight": "2", "dragoman_close": "false", "colour": "green",
		"dragoman_in_order": "perhaps", "dragoman_other": "true",
	}
	want := Extensions{Path: true, InFlight: 2, InOrder: true}
	if got := (Extensions{Close: true, InOrder: true}).With(variables); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if plain := PlainVariables(variables); len(plain) != 1 || plain["colour"] != "green" || len(variables) != 6 {
		t.Errorf("got %v", plain)
	}
	for name, value := range map[string]string{"in_flight": "0", "path": "", "nothing": "true"} {
		e := Extensions{Path: true}
		if err := e.Set(name, value); err == nil || !strings.Contains(err.Error(), name) || e != (Extensions{Path: true}) {
			t.Errorf("%s=%s: got %v, and %+v is left", name, value, err, e)
		}
	}
}
