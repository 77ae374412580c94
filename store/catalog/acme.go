package catalog

import (
	"time"

	"github.com/dragoman-gateway/dragoman/store"
)

// AcmeItem is something that a client of an ACME server keeps: the key of its account, a
// certificate with its key, or the answer to an open challenge.
type AcmeItem struct {
	Data  []byte    `json:"data"`
	Until time.Time `json:"until,omitzero"` // when it means nothing any more; zero is never
}

// AcmeOrder says that a process orders a certificate, so that no other does.
type AcmeOrder struct {
	Process string    `json:"process"`
	Until   time.Time `json:"until"`
}

// AcmeItems are accounts and certificates, by the names that their client gives them.
func AcmeItems() Collection[AcmeItem] { return collection[AcmeItem](acmeItems) }

// AcmeChallenges are the answers to open challenges, which any process may be asked for.
func AcmeChallenges() Collection[AcmeItem] { return collection[AcmeItem](acmeChallenges) }

// AcmeOrders are the certificates that are being ordered.
func AcmeOrders() Collection[AcmeOrder] { return collection[AcmeOrder](acmeOrders) }

// ofAcme says that a key is one of these. They are no configuration that anybody has written.
func ofAcme(key store.Key) bool {
	return key.Below(store.Join(acmeItems)) || key.Below(store.Join(acmeChallenges)) || key.Below(store.Join(acmeOrders))
}
