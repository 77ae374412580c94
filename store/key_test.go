package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/store"
)

func TestJoinAndSplitAreInverse(t *testing.T) {
	tests := []struct {
		name     string
		segments []string
		key      store.Key
	}{
		{"nothing", nil, ""},
		{"one", []string{"apis"}, "apis"},
		{"path", []string{"us-east-1", "apis", "a1b2"}, "us-east-1/apis/a1b2"},
		{"slash", []string{"mappings", "orders/v1"}, "mappings/orders%2Fv1"},
		{"percent", []string{"tags", "50%2F"}, "tags/50%252F"},
		{"route key", []string{"$default"}, "$default"},
		{"space and unicode", []string{"GET /héllo"}, "GET%20%2Fh%C3%A9llo"},
		{"invalid text", []string{"\xff\x00"}, "%FF%00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := store.Join(tt.segments...); got != tt.key {
				t.Errorf("Join(%q) = %q, want %q", tt.segments, got, tt.key)
			}
			if got := store.Split(tt.key); !slices.Equal(got, tt.segments) {
				t.Errorf("Split(%q) = %q, want %q", tt.key, got, tt.segments)
			}
		})
	}
}

func FuzzJoinAndSplit(f *testing.F) {
	f.Add("orders/v1", "50%", "$default")
	f.Add("\xff", " ", "%2F")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		if a == "" || b == "" || c == "" || len(a)+len(b)+len(c) > store.MaxKey/4 {
			return
		}
		segments := []string{a, b, c}
		key := store.Join(segments...)
		if got := store.Split(key); !slices.Equal(got, segments) {
			t.Errorf("Split(Join(%q)) = %q", segments, got)
		}
		if err := key.Check(); err != nil || !key.Below(key.Parent()) || key.Name() != c || key.Parent().Child(c) != key {
			t.Errorf("the key %q of %q does not hold together: %v", key, segments, err)
		}
	})
}

func TestKeyParts(t *testing.T) {
	tests := []struct {
		key, parent store.Key
		name        string
	}{
		{"", "", ""},
		{"apis", "", "apis"},
		{"r/apis/a1", "r/apis", "a1"},
		{"r/mappings/orders%2Fv1", "r/mappings", "orders/v1"},
		{"r/%zz", "r", "%zz"},
	}
	for _, tt := range tests {
		if got := tt.key.Parent(); got != tt.parent {
			t.Errorf("%q.Parent() = %q, want %q", tt.key, got, tt.parent)
		}
		if got := tt.key.Name(); got != tt.name {
			t.Errorf("%q.Name() = %q, want %q", tt.key, got, tt.name)
		}
		if got := tt.parent.Child(tt.name); tt.name != "" && tt.name != "%zz" && got != tt.key {
			t.Errorf("%q.Child(%q) = %q, want %q", tt.parent, tt.name, got, tt.key)
		}
	}
}

func TestKeyBelow(t *testing.T) {
	tests := []struct {
		key, prefix store.Key
		want        bool
	}{
		{"a/b", "a", true},
		{"a/b/c", "a", true},
		{"a", "a", false},
		{"ab/c", "a", false},
		{"a/", "a", false},
		{"a", "", true},
		{"", "", false},
	}
	for _, tt := range tests {
		if got := tt.key.Below(tt.prefix); got != tt.want {
			t.Errorf("%q.Below(%q) = %v, want %v", tt.key, tt.prefix, got, tt.want)
		}
	}
}

func TestKeyCheck(t *testing.T) {
	for _, key := range []store.Key{"", "/a", "a/", "a//b", "/", store.Key(strings.Repeat("k", store.MaxKey+1))} {
		if err := key.Check(); !errors.Is(err, store.ErrKey) {
			t.Errorf("Check(%.20q) = %v, want ErrKey", key, err)
		}
	}
	for _, key := range []store.Key{"a", "a/b", "a/%2F", store.Key(strings.Repeat("k", store.MaxKey))} {
		if err := key.Check(); err != nil {
			t.Errorf("Check(%.20q) = %v, want nil", key, err)
		}
	}
}
