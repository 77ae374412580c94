// Package config is everything that a gateway can be told, in the words of its flags.
//
// It promises that what Validate lets pass can be wired: an error says what to change,
// all of it at once. It refuses to open anything.
package config
