// Package signpost shows a browser that has come to the management port what the port
// is and where to go. It refuses to show anything of the configuration: whoever reaches
// the port may see it, signed or not.
package signpost
