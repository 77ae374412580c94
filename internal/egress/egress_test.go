package egress

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"
)

func TestFind(t *testing.T) {
	for _, c := range []struct {
		ranges, address string
		want            bool
	}{
		{"127.0.0.0/8", "127.0.0.1", true},
		{"127.0.0.0/8", "127.255.0.9", true},
		{"127.0.0.0/8", "128.0.0.1", false},
		{"127.0.0.0/8", "::ffff:127.0.0.1", true},
		{"127.0.0.0/8", "0.0.0.0", true},
		{"127.0.0.0/8", "::", true},
		{"127.0.0.0/8", "::1", false},
		{"::1", "::1", true},
		{"::1/128", "0.0.0.0", true},
		{"10.1.2.3/8", "10.200.0.1", true},
		{"10.0.0.0/8,192.168.0.0/16", "192.168.3.4", true},
		{"::ffff:10.0.0.0/104", "10.9.9.9", true},
		{"::ffff:10.0.0.1", "10.0.0.1", true},
		{"10.0.0.0/8", "64:ff9b::a00:1", true},
		{"10.0.0.0/8", "64:ff9b:1::a00:1", true},
		{"10.0.0.0/8", "2002:a00:1::1", true},
		{"10.0.0.0/8", "2001:0:1:2:3:4:f5ff:fffe", true},
		{"10.0.0.0/8", "::10.0.0.1", true},
		{"10.0.0.0/8", "2002:b00:1::1", false},
		{"fe80::/10", "fe80::1%eth0", true},
		{"169.254.169.254", "169.254.169.254", true},
		{"169.254.169.254/32", "169.254.169.253", false},
		{"0.0.0.0/0", "8.8.8.8", true},
		{"0.0.0.0/0", "2606:4700::1", false},
		{"::/0", "2606:4700::1", true},
	} {
		r, err := Parse([]string{c.ranges})
		if err != nil {
			t.Fatal(err)
		}
		if _, got := r.Find(netip.MustParseAddr(c.address)); got != c.want {
			t.Errorf("%s in %s: got %v, want %v", c.address, c.ranges, got, c.want)
		}
	}
	if _, found := Ranges(nil).Find(netip.MustParseAddr("127.0.0.1")); found {
		t.Error("no ranges refuse an address")
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{"", "localhost", "10.0.0.0/33", "10.0.0/8", "fe80::1%eth0", "10.0.0.0/8,", "10.0.0.0-10.0.0.9"} {
		if _, err := Parse([]string{text}); err == nil || !strings.Contains(err.Error(), "such as 10.0.0.0/8") {
			t.Errorf("%q: got %v, want what is wanted", text, err)
		}
	}
}

func TestInternal(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1": true, "::1": true, "10.0.0.1": true, "172.16.0.1": true, "192.168.0.1": true, "169.254.169.254": true, "fe80::1%1": true, "fd00::1": true,
		"0.0.0.0": true, "::": true, "224.0.0.1": true, "ff02::1": true, "100.64.0.1": true, "::ffff:10.0.0.1": true, "64:ff9b::7f00:1": true, "2002:7f00:1::": true,
		"8.8.8.8": false, "172.32.0.1": false, "2606:4700::1": false, "64:ff9b::808:808": false, "100.128.0.1": false, "::ffff:8.8.8.8": false,
	} {
		if got := Internal(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: got %v, want %v", address, got, want)
		}
	}
}

// What is refused is never connected to, however it is spelled.
func TestDialer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	accepted := make(chan struct{}, 16)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
			accepted <- struct{}{}
		}
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	r, err := Parse([]string{"127.0.0.0/8", "::1"})
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	d := r.Dialer(&net.Dialer{Control: func(string, string, syscall.RawConn) error { asked++; return nil }})
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0", "[::ffff:7f00:1]"} {
		c, err := d.Dial("tcp", host+":"+port)
		if err == nil {
			c.Close()
		}
		if refused, ok := errors.AsType[*Refused](err); !ok || !strings.Contains(refused.Error(), "which --deny-backends refuses") {
			t.Errorf("%s: got %v, want a refusal", host, err)
		}
	}
	if len(accepted) > 0 || asked > 0 {
		t.Errorf("%d connections and %d asks of the dialer's own hook in spite of the refusals", len(accepted), asked)
	}
	other, err := Parse([]string{"10.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	for _, ranges := range []Ranges{nil, other} {
		c, err := ranges.Dialer(&net.Dialer{}).Dial("tcp", "127.0.0.1:"+port)
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
		<-accepted
	}
}
