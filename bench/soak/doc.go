// Package soak is a long run of a gateway with many clients that connect, speak, stall, break
// and leave while its backend fails at random and the API is deployed again and again: every message is accounted for, and when all
// have left, so have goroutines, descriptors and memory. See make soak.
package soak
