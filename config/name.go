package config

import (
	"net/url"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/gateway/peer"
)

// EndpointLocal is the form of addresses that can be dialled on this machine.
const EndpointLocal = "local"

// Endpoint words the apiEndpoint of APIs. The port of the data listener is
// asked for late: it is known once the listener is open.
func Endpoint(form string, port func() string) func(region, apiID, protocol string) string {
	return func(region, apiID, protocol string) string {
		scheme, secure := "http", "https"
		if protocol == "WEBSOCKET" {
			scheme, secure = "ws", "wss"
		}
		switch form {
		case "aws":
			return secure + "://" + apiID + ".execute-api." + region + ".amazonaws.com"
		case "", EndpointLocal:
			return scheme + "://" + apiID + ".execute-api.localhost:" + port()
		}
		return strings.NewReplacer("{protocol}", scheme, "{apiId}", apiID, "{region}", region, "{port}", port()).Replace(form)
	}
}

// endpointForm says whether a form of apiEndpoint makes addresses that clients can dial.
func endpointForm(form string) bool {
	if form == "" || form == EndpointLocal || form == "aws" {
		return true
	}
	made := Endpoint(form, func() string { return "8080" })("us-east-1", "a1b2c3d4e5", "WEBSOCKET")
	at, err := url.Parse(made)
	if err != nil || strings.ContainsAny(made, "{} \t\r\n") || !strings.Contains(form, "{apiId}") {
		return false
	}
	_, dialled := peer.ParseAuthority(at.Host)
	return dialled && slices.Contains([]string{"ws", "wss", "http", "https"}, at.Scheme) && at.RawQuery == "" && at.Fragment == ""
}

// DomainName words the domainName of an API, which handlers call back by: it must lead
// here from where they run, which this process cannot know.
func DomainName(form, apiID, region, port string) string {
	return strings.NewReplacer("{apiId}", apiID, "{region}", region, "{port}", port).Replace(form)
}

// EndpointHost is the host of an API's address as a template of --api-endpoint words it, ""
// where handlers cannot call back by it: forms that are no template name no host of this
// gateway's operator, and a host that does not tell APIs apart leads to none of them.
func EndpointHost(form, apiID, region, port string) string {
	if form == "" || form == EndpointLocal || form == "aws" {
		return ""
	}
	at, err := url.Parse(Endpoint(form, func() string { return port })(region, apiID, "HTTP"))
	if err != nil || !strings.Contains(at.Host, apiID) {
		return ""
	}
	return at.Host
}

// OwnNames are the names of this gateway that a form of domainName words, if nobody
// outside can be called so: handlers call back by them.
func OwnNames(form, region, port string) []string {
	if form == "" {
		return nil
	}
	host, ok := peer.ParseAuthority(DomainName(form, "x", region, port))
	if !ok || !host.Private() {
		return nil
	}
	// The first label stands for any API; anywhere else the name is that of one, and is
	// not known before there is one.
	if label, rest, _ := strings.Cut(form, "."); label == "{apiId}" && !strings.Contains(rest, "{apiId}") {
		_, rest, _ := strings.Cut(host.Name, ".")
		return []string{"*." + rest}
	}
	if strings.Contains(form, "{apiId}") {
		return nil
	}
	return []string{host.Name}
}
