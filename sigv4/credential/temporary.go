package credential

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
)

// Temporary makes a key in the form of those that AWS gives for a while: its id begins
// with ASIA, and requests must carry its session token. Nobody else has it.
func Temporary() *Key {
	bytes := make([]byte, 10+30+48)
	_, _ = rand.Read(bytes) // it never fails
	return &Key{
		ID:           "ASIA" + base32.StdEncoding.EncodeToString(bytes[:10]),
		Secret:       Secret(base64.StdEncoding.EncodeToString(bytes[10:40])),
		SessionToken: Secret(base64.StdEncoding.EncodeToString(bytes[40:])),
		Profile:      "functions",
		Temporary:    true,
	}
}
