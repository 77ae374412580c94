// Package listeners owns the listeners of a gateway: the one of the data plane, the one that
// speaks TLS alone, and the one of the management API.
//
// It decides who is believed at which listener: loopback, proxies that are trusted, clients of this
// process itself. It promises that a listener which is open is bounded, that a signature is asked for
// wherever nothing else proves a caller, and that Shutdown ends within its context. It refuses
// to know what is served behind a listener.
package listeners
