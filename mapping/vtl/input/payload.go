package input

// A PayloadError says that the payload is not what json-smart accepts. Its text
// is the one that API Gateway answers with.
type PayloadError struct {
	Class   string // the exception of the parser
	Message string
}

// Error has no blank between the words and the class.
//
// Observed: API Gateway answers "Could not process
// payloadnet.minidev.json.parser.ParseException: …".
func (e *PayloadError) Error() string {
	return "Could not process payload" + e.Class + ": " + e.Message
}
