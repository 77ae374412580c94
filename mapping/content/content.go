package content

import (
	"bytes"
	"encoding/base64"
	"errors"
	"unicode/utf8"
)

// ErrBase64 tells that a payload that was to be converted to binary is not
// base64. It is a fault of the configuration, not of the client.
var ErrBase64 = errors.New("payload to convert to binary is not base64")

// The strategies, by the names of the management API. The empty one leaves
// payloads as they are.
// Documented: API Gateway Developer Guide, Binary media types for WebSocket APIs;
// Content type conversions in API Gateway, for the tables.
const (
	ToBinary = "CONVERT_TO_BINARY"
	ToText   = "CONVERT_TO_TEXT"
)

// Request converts what a client sent, which is text, on its way to the
// backend. The error is ErrBase64.
func Request(payload []byte, strategy string) ([]byte, error) {
	if strategy == ToBinary {
		return decode(payload)
	}
	return payload, nil
}

// Response converts what a backend answered on its way to the client. The error
// is ErrBase64.
//
// Assumed: an answer is binary when it is not UTF-8.
func Response(payload []byte, strategy string) ([]byte, error) {
	switch {
	case strategy == ToBinary:
		return decode(payload)
	case strategy == ToText && !utf8.Valid(payload):
		return base64.StdEncoding.AppendEncode(nil, payload), nil
	}
	return payload, nil
}

// decode reads standard base64, padded or not, with line ends anywhere.
func decode(payload []byte) ([]byte, error) {
	text := bytes.TrimRight(bytes.TrimSpace(payload), "=")
	out, err := base64.RawStdEncoding.AppendDecode(nil, text)
	if err != nil {
		return nil, ErrBase64
	}
	return out, nil
}
