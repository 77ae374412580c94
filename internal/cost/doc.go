// Package cost measures for tests what a function costs, and for benchmarks what stands
// between a client and a backend that cost nothing themselves: the time of the processor,
// which a loaded machine does not change much, and the bytes that it allocates.
//
// A gateway that many share must know what the worst message costs it. The bounds
// here are those of every parser and language that a client's bytes reach.
package cost
