package input

// A PayloadError says that the payload is not what json-smart accepts. Its text
// is the one that API Gateway answers with.
type PayloadError struct {
	Class   string // the exception of the parser
	Message string
}

func (e *PayloadError) Error() string {
	return "Could not process payload" + e.Class + ": " + e.Message
}
