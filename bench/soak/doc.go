// Package soak is a long run of a gateway with many clients that connect, speak, stall, break
// and leave while its backend fails at random: every message is accounted for, and when all
// have left, so have goroutines, descriptors and memory. See make soak.
package soak
