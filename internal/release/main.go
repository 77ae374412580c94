// Command release makes what is published of a version, from a clean tree: archives with
// static binaries for each platform, packages for Debian and Red Hat, an image from
// scratch, a bill of materials, licences, and checksums of all.
//
// Two runs on one commit make the same bytes: times are those of the commit, files have an
// order, owners and modes of their own, and nothing of the machine gets in but Go's version.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
)

func main() {
	o := options{}
	flag.StringVar(&o.version, "version", "", "`x.y.z`")
	flag.StringVar(&o.out, "out", "dist", "`DIR` to make; it must not be there")
	platforms := flag.String("platforms", "linux/amd64,linux/arm64,darwin/amd64,darwin/arm64,windows/amd64,windows/arm64", "which to make, `OS/ARCH[,OS/ARCH…]`")
	flag.Parse()
	o.platforms = strings.Split(*platforms, ",")
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}
