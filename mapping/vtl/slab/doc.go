// Package slab hands out values without one allocation each. What a Slab handed
// out may be used until it is reset; then it starts over with the same memory.
//
// It imports nothing of Dragoman.
package slab
