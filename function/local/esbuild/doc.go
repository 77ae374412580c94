// Package esbuild makes what Node runs of TypeScript and of the sources that SAM, the
// CDK and the Serverless Framework bundle: with esbuild itself, which is part of this
// program, so that nothing has to be installed.
//
// It promises source maps, so that a stack names the lines that were written, a list
// of all files that went into a bundle, and errors with file, line and column. It
// runs nothing of the project: no plugins, no scripts.
package esbuild
