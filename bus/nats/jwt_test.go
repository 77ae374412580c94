package nats_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"

	"github.com/dragoman-gateway/dragoman/bus/nats"
)

// issuer is an account that an operator has signed, and which signs users.
type issuer struct {
	operator string // its public key
	account  nkeys.KeyPair
	claims   string // the account's JWT
}

func newIssuer(t *testing.T) issuer {
	t.Helper()
	operator, account := must(nkeys.CreateOperator())(t), must(nkeys.CreateAccount())(t)
	claims := jwt.NewAccountClaims(must(account.PublicKey())(t))
	return issuer{must(operator.PublicKey())(t), account, must(claims.Encode(operator))(t)}
}

// credentials writes the file of a new user.
func (i issuer) credentials(t *testing.T) string {
	t.Helper()
	user := must(nkeys.CreateUser())(t)
	token := must(jwt.NewUserClaims(must(user.PublicKey())(t)).Encode(i.account))(t)
	path := filepath.Join(t.TempDir(), "user.creds")
	if err := os.WriteFile(path, must(jwt.FormatUserConfig(token, must(user.Seed())(t)))(t), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// A broker that believes an operator lets in whom an account of his has signed, by a file of
// credentials, and no user of another operator's account.
func TestUsersByCredentials(t *testing.T) {
	ours, others := newIssuer(t), newIssuer(t)
	b := newBroker(t)
	b.stop()
	b.options.Username, b.options.Password = "", ""
	accounts := &server.MemAccResolver{}
	if err := accounts.Store(must(ours.account.PublicKey())(t), ours.claims); err != nil {
		t.Fatal(err)
	}
	b.options.TrustedKeys, b.options.AccountResolver = []string{ours.operator}, accounts
	b.start()
	if !b.reaches(t, true, func(o *nats.Options) { o.Credentials = ours.credentials(t) }) {
		t.Error("the user is not let in")
	}
	if b.reaches(t, false, func(o *nats.Options) { o.Credentials = others.credentials(t) }) {
		t.Error("a user of another operator is let in")
	}
	if b.reaches(t, false, func(*nats.Options) {}) {
		t.Error("nobody in particular is let in")
	}
}
