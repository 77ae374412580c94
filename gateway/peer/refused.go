package peer

// Refused is a request that no handler has seen.
type Refused struct {
	Status int
	// Why names the line, the header, the limit or the octet that was wrong. It has names
	// of headers and no values: what is malformed may have a secret anywhere.
	Why       string
	Method    string // "" where there was none that could be read
	Client    string // address and port
	RequestID string // that its answer has, "" for none
	Body      string // of its answer, JSON; "" for none
	Open      bool   // the client's connection goes on
}
