package grammar

// Fault is why bytes are no message, or none that everybody reads alike.
type Fault string

// Error says which.
func (f Fault) Error() string { return string(f) }

// The faults.
const (
	BareLine    Fault = "a line without CR"
	EmptyLine   Fault = "an empty line before the message"
	LongLine    Fault = "a line that is too long"
	NoName      Fault = "a header line without a name"
	BadValue    Fault = "a control character in a header"
	BadLength   Fault = "Content-Length"
	OtherCoding Fault = "a Transfer-Encoding other than chunked"
	TwoCodings  Fault = "Transfer-Encoding twice"
	BothLengths Fault = "Transfer-Encoding beside Content-Length"
	OldCoding   Fault = "Transfer-Encoding in HTTP/1.0"
	BadChunk    Fault = "not the size of a chunk"
	LongChunk   Fault = "a chunk longer than its size"
	LongTrailer Fault = "a trailer that is too long"
)
