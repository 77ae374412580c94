package integration

// Link is a private integration: which VPC link, and what behind it.
type Link struct {
	ID string // VPC link id
	// Target is the ARN of a listener or Cloud Map service, with its query if it
	// has one. Empty for the older links, which have one target.
	Target string
}

// Resolver finds where a private integration really is.
type Resolver interface {
	// Pick chooses a target that is alive. The caller must Release it. Errors:
	// ErrConfiguration for a link that nobody mapped, ErrUnreachable when all of
	// its targets are down.
	Pick(l *Link) (Target, error)
}

// Target is one place behind a link, taken for one call.
type Target interface {
	Address() string // host:port to connect to
	// Release gives the target back. failed says that it could not be reached or
	// broke off, which counts against it; a reply with any status does not.
	Release(failed bool)
}
