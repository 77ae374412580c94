// Package domain serves custom domains: which API and stage a request for one is
// for, and the TLS of the listener in front of them.
//
// Domains with their mappings and rules are compiled into one immutable table,
// which is replaced whole; a request costs one lookup of its host. Certificates
// and truststores are files named by the ARNs and URIs of the configuration; they
// are read again when they change, and what cannot be read leaves the last good
// version in force. Domains without a certificate of their own may get one from an
// ACME server.
//
// It promises to fail closed: a domain with mutual TLS is reachable neither
// without TLS, nor through the name of another domain, nor before its truststore
// could be read. It refuses TLS below 1.2.
package domain
