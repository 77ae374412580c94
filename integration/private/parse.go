package private

import (
	"fmt"
	"net"
	"strconv"
	"strings"
)

// Parse reads a mapping as it stands on a command line: KEY=host:port[,host:port…].
// The key is a VPC link id or an ARN, which may have a query of its own.
func Parse(s string) (key string, addresses []string, err error) {
	// The last equals sign divides: an ARN's query has others, an address none.
	at := strings.LastIndexByte(s, '=')
	if at <= 0 {
		return "", nil, fmt.Errorf("%q: want ID=host:port[,host:port…]", s)
	}
	for address := range strings.SplitSeq(s[at+1:], ",") {
		address = strings.TrimSpace(address)
		if err := checkAddress(address); err != nil {
			return "", nil, err
		}
		addresses = append(addresses, address)
	}
	return s[:at], addresses, nil
}

// A port is not guessed: a listener on AWS has one too.
func checkAddress(address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil || host == "" {
		return fmt.Errorf("target %q: want host:port", address)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return fmt.Errorf("target %q: port %q", address, port)
	}
	return nil
}
