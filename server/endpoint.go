package server

import (
	"net"
	"strings"
)

// endpointFor words the apiEndpoint of APIs. The port of the data listener is
// asked for late: it is known once the listener is open.
func endpointFor(form string, port func() string) func(region, apiID, protocol string) string {
	return func(region, apiID, protocol string) string {
		scheme, secure := "http", "https"
		if protocol == "WEBSOCKET" {
			scheme, secure = "ws", "wss"
		}
		switch form {
		case "aws":
			return secure + "://" + apiID + ".execute-api." + region + ".amazonaws.com"
		case "", "local":
			return scheme + "://" + net.JoinHostPort(apiID+".execute-api.localhost", port())
		}
		return strings.NewReplacer("{protocol}", scheme, "{apiId}", apiID, "{region}", region, "{port}", port()).Replace(form)
	}
}
