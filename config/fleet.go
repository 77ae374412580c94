package config

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// Fleet is what joins this process with others to one gateway: a database that they
// share, and a broker over which they talk. Addresses may hold passwords, which is why
// they are secrets: they are told to nobody, in no form.
type Fleet struct {
	Store     credential.Secret // a PostgreSQL database, a URL or libpq's words, over the variables PG… of the environment; "" for none
	StoreFile string            // a file that holds it instead; "" for none
	StoreWait time.Duration     // how long a start waits for the database

	Bus            credential.Secret // NATS servers of one cluster, nats://…[,nats://…]; "" for a process that has the database alone
	BusCredentials string            // a file with a user's JWT and its NKey
	BusNKey        string            // a file with the seed of an NKey
	BusUserFile    string            // a file that holds USER:PASSWORD
	BusCA          string            // a file of certificates that servers are believed by besides the system's
	BusCert        string            // files of the client's own certificate
	BusKey         string
}

// DefaultStoreWait is how long a start waits for a database that does not answer.
const DefaultStoreWait = 30 * time.Second

// Shared says whether the state is in a database.
func (f *Fleet) Shared() bool { return f.Store != "" || f.StoreFile != "" }

// Alike are the flags that all nodes of a fleet should have alike, by name, as this one has
// them: what clients are told and how much they may do must not depend on the node that they
// reach. There is no secret among them.
func (c *Config) Alike() map[string]string {
	l, w := &c.HTTP.Limits, &c.WebSocket
	values := map[string]any{
		"account": c.Account, "region": c.Region, "api-endpoint": c.ApiEndpoint, "domain-name": c.DomainName, "raw-path": c.RawPath,
		"quotas": c.Quotas, "management-rate": c.ManagementRate, "management-burst": c.ManagementBurst,
		"account-rate": c.HTTP.AccountRate, "account-burst": c.HTTP.AccountBurst, "connect-rate": w.ConnectRate,
		"max-message": w.Message, "max-frame": w.Frame, "idle-timeout": w.Idle, "max-lifetime": w.Lifetime, "in-flight": c.InFlight, "max-template": c.MaxTemplate,
		"max-body": l.Body, "max-reply": l.Reply, "max-headers": l.Header, "http-timeout": l.Timeout, "client-timeout": l.Client,
		// Who is let in, and what is taken, is no limit, and depends on the node as little.
		"auth": c.Auth, "allow-dot-segments": c.AllowDotSegments, "assume-roles": c.AssumeRoles, "deny-backends": c.DenyBackends,
		"import-open": c.ImportOpen, "strict-import": c.StrictImport, "strict-issuers": c.StrictIssuers,
		"websocket-extension": w.Extensions, "websocket-route-authorization": w.PerRoute,
	}
	told := make(map[string]string, len(values))
	for name, value := range values {
		told[name] = fmt.Sprint(value)
	}
	return told
}

func (c *Config) validateFleet() error {
	f := &c.Fleet
	var faults []error
	wrong := func(text string) { faults = append(faults, errors.New(text)) }
	if f.Store != "" && f.StoreFile != "" {
		wrong("--store and --store-file say the same: give one of them")
	}
	if s := string(f.Store); s != "" && !strings.HasPrefix(s, "postgres://") && !strings.HasPrefix(s, "postgresql://") && !strings.Contains(s, "=") {
		wrong("--store: want postgres://[USER@]HOST[:PORT]/DATABASE[?…], or libpq's words such as \"host=… dbname=…\"")
	}
	if f.Shared() && c.File != "" {
		wrong("--config serves a file, --store a database: give one of them")
	}
	if f.StoreWait < 0 {
		wrong("--store-wait cannot be negative")
	}
	if f.Bus == "" {
		if f.BusCredentials+f.BusNKey+f.BusUserFile+f.BusCA+f.BusCert+f.BusKey != "" {
			wrong("--bus-credentials, --bus-nkey, --bus-user-file, --bus-ca, --bus-cert and --bus-key need --bus")
		}
		return errors.Join(faults...)
	}
	return errors.Join(append(faults, c.validateBus())...)
}

func (c *Config) validateBus() error {
	f := &c.Fleet
	var faults []error
	wrong := func(text string) { faults = append(faults, errors.New(text)) }
	if !f.Shared() {
		wrong("--bus joins nodes that share a database: give --store postgres://… too")
	}
	proofs := 0
	if strings.Contains(string(f.Bus), "@") {
		proofs++
	}
	for server := range strings.SplitSeq(string(f.Bus), ",") {
		scheme, rest, _ := strings.Cut(strings.TrimSpace(server), "://")
		if scheme != "nats" && scheme != "tls" || rest == "" {
			wrong("--bus: want nats://HOST:PORT[,nats://HOST:PORT…]")
		}
	}
	for _, given := range []string{f.BusCredentials, f.BusNKey, f.BusUserFile} {
		if given != "" {
			proofs++
		}
	}
	if proofs > 1 {
		wrong("--bus-credentials, --bus-nkey, --bus-user-file and a user within --bus are ways to say who this node is: give one of them")
	}
	if (f.BusCert == "") != (f.BusKey == "") {
		wrong("--bus-cert and --bus-key belong together")
	}
	if c.ApiEndpoint == EndpointLocal {
		wrong("--api-endpoint local words the port of one node: with --bus give aws, or the template of an address that all nodes answer")
	}
	return errors.Join(faults...)
}

// mostUserFile bounds such a file, in bytes.
const mostUserFile = 4 << 10

// BusUser reads the user and the password of the broker; both are empty where no file
// is named. No error has what the file holds.
func (f *Fleet) BusUser() (user string, password credential.Secret, err error) {
	if f.BusUserFile == "" {
		return "", "", nil
	}
	text, err := os.ReadFile(f.BusUserFile)
	if err != nil {
		return "", "", fmt.Errorf("--bus-user-file: %w", err)
	}
	user, secret, ok := strings.Cut(strings.TrimSpace(string(text)), ":")
	if !ok || user == "" || len(text) > mostUserFile {
		return "", "", fmt.Errorf("--bus-user-file %s: want USER:PASSWORD", f.BusUserFile)
	}
	return user, credential.Secret(secret), nil
}
