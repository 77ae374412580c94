// Package functions reads the functions that a configuration document names, which run
// as processes of this machine:
//
//	dragoman: 1
//	functions:
//	  talk:
//	    dir: ./talk                  # from the document's folder
//	    handler: index.handler
//	    runtime: nodejs22.x
//	    environment: {STAGE: dev}
//	    timeout: 10                  # seconds
//	    memorySize: 256              # MB
//	    layers: [./layer]
//	    reservedConcurrency: 5
//	    versions: ["1"]
//	    aliases: {live: "1"}
//	    build: {method: esbuild, properties: {EntryPoints: [src/index.ts], Minify: false}}
//	    events: {retries: 0, maxAge: 3600}
//	    logging: {format: JSON, level: DEBUG, systemLevel: WARN, group: /talk}
//	    inspect: 9229                # a debugger's port, 0 for the usual one
//	  other:
//	    dir: ./other
//	    command: [./run, --fast]
//
// It promises that each fault is told with its line and path. It refuses members that it
// does not know. Whether a document may name code at all is decided by whoever got it:
// one on the command line may, one that comes through the management API never.
package functions
