package local

import (
	"encoding/json"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/internal/authority"
	find "github.com/dragoman-gateway/dragoman/mapping/json"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// Callbacks are what functions call the gateway back by, which runs them.
type Callbacks struct {
	Key       *credential.Key       // of functions whose user has no credentials; nil: they get one that nobody knows
	Own       bool                  // the user's configuration has credentials
	Data      func() string         // host:port of the gateway's data listener; nil for none
	Serves    func(api string) bool // says whether an API of that id is served here; nil: none is
	Authority *authority.Authority  // signs its certificate; nil: it has no TLS
}

// signing gives a process something to sign with: its user's own credentials, else the
// key of the run. SDKs refuse to call anything without.
func (p *pool) signing(values map[string]string) {
	c := &p.runner.options.Callbacks
	// Half a pair is none: SDKs would fail by it in every call.
	pair := values["AWS_ACCESS_KEY_ID"] != "" && values["AWS_SECRET_ACCESS_KEY"] != ""
	if pair || c.Own || values["AWS_PROFILE"] != "" || values["AWS_DEFAULT_PROFILE"] != "" {
		return
	}
	key := c.Key
	if key == nil {
		key = credential.Temporary()
	}
	values["AWS_ACCESS_KEY_ID"], values["AWS_SECRET_ACCESS_KEY"], values["AWS_SESSION_TOKEN"] = key.ID, string(key.Secret), string(key.SessionToken)
}

// Variables for our bootstraps, which take them out of what handlers see.
const (
	dataVariable      = "DRAGOMAN_DATA"      // host:port of the data listener
	authorityVariable = "DRAGOMAN_AUTHORITY" // file of who signs its certificate; not there: it has no TLS
)

// calling lets a process call the data listener and believe it, whatever it asks.
func (p *pool) calling(values map[string]string) {
	c, own := &p.runner.options.Callbacks, strings.HasPrefix(p.function.Runtime, "nodejs") || strings.HasPrefix(p.function.Runtime, "python")
	if c.Data != nil && own {
		values[dataVariable] = c.Data()
	}
	unproxied(values)
	if c.Authority == nil {
		return
	}
	err := c.Authority.Trust(values, p.runner.folder, p.function.Dir)
	if own && err == nil {
		values[authorityVariable], err = c.Authority.File(p.runner.folder)
	}
	if err != nil {
		p.runner.options.Logger.Error("functions do not believe the certificate of the data listener", "error", err)
	}
}

// unproxied keeps calls of this machine from proxies.
func unproxied(values map[string]string) {
	const machine = "localhost,127.0.0.1,::1"
	if values["HTTP_PROXY"]+values["HTTPS_PROXY"]+values["http_proxy"]+values["https_proxy"] == "" {
		return
	}
	names := []string{"NO_PROXY", "no_proxy"}
	none := values[names[0]] == "" && values[names[1]] == "" // where one is set, programs may take that one
	for _, name := range names {
		switch {
		case none:
			values[name] = machine
		case values[name] != "" && values[name] != "*":
			values[name] += "," + machine
		}
	}
}

// callbackHeader tells our bootstraps which authority is the data listener while they
// have an event.
const callbackHeader = "Dragoman-Callback"

// tell tells a bootstrap what means the gateway during an event. api is the address of
// the process's own Runtime API.
func (p *pool) tell(set func(name, value string), payload []byte, api string) {
	if p.runner.options.Callbacks.Data == nil {
		return
	}
	context := contextOf(payload)
	set(callbackHeader, p.callback(context.DomainName, api))
	set(servedHeader, p.served(context.APIID))
}

// A name goes into a header and into URLs: what is no host and port is not passed on.
var domainForm = regexp.MustCompile(`^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$`)

// longestHost is how many characters a name of the DNS has at most; addresses are shorter. It is
// no part of the expression: one that counts so far takes long to be compiled at every start.
const longestHost = 253

func isAuthority(name string) bool {
	return len(name) <= longestHost+len(":65535") && domainForm.MatchString(name)
}

// callback is the authority that an event carries as domainName, "" for none. The name
// may be one that a client has made up, so it is none where the function would mean
// somebody else by it: AWS, the metadata of a machine, or who its variables name.
func (p *pool) callback(name, api string) string {
	if !isAuthority(name) {
		return ""
	}
	host := hostOf(name)
	if ofAWS(host) || nobodys(host) || slices.Contains(p.others.hosts, host) {
		return ""
	}
	if here(host) && !p.gateways(portOf(name), portOf(api)) {
		return ""
	}
	return strings.ToLower(name)
}

// gateways says whether a port of this machine can be the gateway's as a client sees
// it: its own, or one that leads to a container and that the function means nobody
// else by. A database and an emulator of AWS are most often on this machine. No port
// is those of http and https, for which SDKs tell none.
func (p *pool) gateways(port, api string) bool {
	if _, own, _ := net.SplitHostPort(p.runner.options.Callbacks.Data()); port == own {
		return true
	}
	_, lambda, _ := strings.Cut(p.runner.options.endpoint(), "://")
	taken := append([]string{api, portOf(lambda)}, p.others.ports...)
	if port == "" {
		return !p.others.all && !slices.Contains(taken, "80") && !slices.Contains(taken, "443")
	}
	return !p.others.all && !slices.Contains(taken, port)
}

// requestContext is what an event says of where it came from.
type requestContext struct {
	DomainName string
	APIID      string
}

// contextOf is that of an event.
func contextOf(payload []byte) requestContext {
	raw, _ := find.Find(payload, "requestContext")
	return requestContext{DomainName: text(raw, "domainName"), APIID: text(raw, "apiId")}
}

// text is a member of an object, "" where it is no text.
func text(object []byte, name string) (value string) {
	raw, _ := find.Find(object, name)
	if json.Unmarshal(raw, &value) != nil {
		return ""
	}
	return value
}

// hostOf is the host of HOST or HOST:PORT, without brackets and the dot at its end.
func hostOf(authority string) string {
	host, _, err := net.SplitHostPort(authority)
	if err != nil {
		host = strings.Trim(authority, "[]")
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// portOf is the port of HOST:PORT, "" for none.
func portOf(authority string) string {
	_, port, _ := net.SplitHostPort(authority) // without a port it has none
	return port
}

// ofAWS says whether a host is one of AWS's, but for those of APIs: these are served
// here under the names that they have there.
func ofAWS(host string) bool {
	for _, end := range []string{"amazonaws.com", "amazonaws.com.cn", "api.aws", "aws.dev", "amazon.com", "on.aws"} {
		if host == end || strings.HasSuffix(host, "."+end) {
			_, rest, _ := strings.Cut(host, ".")
			return !strings.HasPrefix(rest, "execute-api.")
		}
	}
	return false
}

// nobodys says whether a host is an address that means nobody, or the machine's
// metadata: link-local ones, and AWS's own of IPv6.
func nobodys(host string) bool {
	at, err := netip.ParseAddr(host)
	// Documented: Amazon EC2 User Guide, Use the Instance Metadata Service:
	// 169.254.169.254, which is link-local, and fd00:ec2::254. A function that was made to
	// call these would hand out the machine's role.
	return err == nil && (at.Unmap().IsLinkLocalUnicast() || at.IsUnspecified() || at.IsMulticast() || at == netip.MustParseAddr("fd00:ec2::254"))
}

// naming are words of variables that have hosts as they are.
var naming = regexp.MustCompile(`(?i)host|addr|server|url|uri|endpoint|broker|node|dsn|proxy`)

// others are who a function means by what its variables name: in URLs, as HOST:PORT,
// and bare where the variable's own name says so.
type others struct {
	hosts []string // but those of this machine, which is the gateway's too:
	ports []string // there they differ by the port
	all   bool     // all ports but the gateway's, for one is not told
}

// schemes are the ports of URLs that programs call the gateway by without telling one.
var schemes = map[string]string{"http": "80", "ws": "80", "https": "443", "wss": "443"}

func named(values map[string]string) (found others) {
	for name, value := range values {
		for item := range strings.FieldsFuncSeq(value, func(c rune) bool { return c == ',' || c == ';' || c <= ' ' }) {
			scheme, rest, url := strings.Cut(item, "://")
			if !url {
				rest = item
			}
			if end := strings.IndexAny(rest, "/?#"); end >= 0 {
				rest = rest[:end]
			}
			rest = rest[strings.LastIndexByte(rest, '@')+1:]
			port := portOf(rest)
			if !isAuthority(rest) || !url && port == "" && !naming.MatchString(name) {
				continue
			}
			if port == "" {
				port = schemes[strings.ToLower(scheme)]
			}
			found.add(hostOf(rest), port)
		}
	}
	return found
}

func (o *others) add(host, port string) {
	switch {
	case !here(host):
		o.hosts = append(o.hosts, host)
	case port == "":
		o.all = true
	default:
		o.ports = append(o.ports, port)
	}
}

// others are those that the function's variables name, and those of its user's
// that programs call by: endpoints and proxies.
func (r *Runner) others(f *Function) others {
	values := map[string]string{}
	for _, variable := range r.options.Environment {
		name, value, _ := strings.Cut(variable, "=")
		if upper := strings.ToUpper(name); strings.HasPrefix(name, "AWS_ENDPOINT_URL") || strings.HasSuffix(upper, "_PROXY") && upper != "NO_PROXY" {
			values[name] = value
		}
	}
	for name, value := range f.Env {
		values[name] = value
	}
	return named(values)
}

// here says whether a host is this machine by its name: that of the gateway too, by
// whose port they differ.
func here(host string) bool {
	at, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && at.Unmap().IsLoopback()
}
