// Package deploy holds what runs a fleet: a compose file, a Helm chart and settings of systemd,
// each of three nodes on one PostgreSQL and one NATS. There is no code in it but the tests
// which hold each file against the tool that reads it, and the flags in it against those
// that there are.
package deploy
