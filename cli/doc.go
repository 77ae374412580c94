// Package cli is the command line of dragoman, one file for each subcommand.
package cli
