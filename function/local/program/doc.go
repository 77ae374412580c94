// Package program finds what is to be started for a function, and makes it where it has
// to be made first: Node and Python run our bootstraps, TypeScript is bundled, Go is
// compiled, a Makefile is asked as SAM asks it, and Java, .NET and Ruby run the runtime
// clients that come with the function's own dependencies.
//
// It promises bounded time for whatever it runs, that none of it outlives the gateway,
// and that what cannot be made says why, in the words of the tool that made it. It
// refuses to fetch or install anything.
package program
