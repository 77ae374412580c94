package listen

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"context"
)

func TestOpenSaysWhatToChange(t *testing.T) {
	taken, err := Open("listen", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for address, want := range map[string]string{
		taken.Addr().String(): "--listen " + taken.Addr().String() + ": another program listens there",
		"192.0.2.1:0":         "--listen 192.0.2.1:0: this machine does not have that address",
		"nonsense":            "--listen nonsense: ",
	} {
		if l, err := Open("listen", address); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s…", address, err, want)
			if err == nil {
				l.Close()
			}
		}
	}
}

func TestDialled(t *testing.T) {
	for _, row := range []struct {
		address    net.Addr
		want       string
		everywhere bool
	}{
		{&net.TCPAddr{IP: net.IPv6zero, Port: 80}, "127.0.0.1:80", true},
		{&net.TCPAddr{IP: net.IPv4zero, Port: 80}, "127.0.0.1:80", true},
		{&net.TCPAddr{Port: 80}, "127.0.0.1:80", true},
		{&net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 80}, "192.0.2.1:80", false},
		{&net.TCPAddr{IP: net.IPv6loopback, Port: 80}, "[::1]:80", false},
		{&net.UnixAddr{Name: "/run/x"}, "/run/x", false},
	} {
		if got := Dialled(row.address); got != row.want || Everywhere(row.address) != row.everywhere {
			t.Errorf("%v: got %s, everywhere %v", row.address, got, Everywhere(row.address))
		}
	}
}

// Only what began before the count was sealed is waited for.
func TestUnderWay(t *testing.T) {
	var u UnderWay
	began, goOn, ended := make(chan struct{}), make(chan struct{}), make(chan struct{}, 2)
	handler := u.Count(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { began <- struct{}{}; <-goOn }))
	ask := func() {
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
		ended <- struct{}{}
	}
	go ask()
	<-began
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if left := u.Settle(over); left != 1 {
		t.Errorf("%d are left, want 1", left)
	}
	go ask() // too late to be counted
	<-began
	settled := make(chan int, 1)
	go func() { settled <- u.Settle(t.Context()) }()
	goOn <- struct{}{}
	goOn <- struct{}{}
	if left := <-settled; left != 0 {
		t.Errorf("%d are left, want none", left)
	}
	<-ended
	<-ended
	if left := u.Settle(over); left != 0 {
		t.Errorf("%d are left at the end", left)
	}
}

// A handler that panics is under way no more.
func TestUnderWayEndsWithAPanic(t *testing.T) {
	var u UnderWay
	handler := u.Count(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("in the test") }))
	func() {
		defer func() { _ = recover() }()
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	}()
	if left := u.Settle(t.Context()); left != 0 {
		t.Errorf("%d are left", left)
	}
}
