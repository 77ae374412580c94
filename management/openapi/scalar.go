package openapi

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Authors write "2.0" and 2.0, "true" and true, one text and a list of one. These
// types read either.

// word is a text that may be written as a number or a boolean.
type word string

// YAML reads 1.0 and true without quotes as no texts (YAML 1.2 section 10.3).
func (w *word) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, (*string)(w))
	}
	switch string(b) {
	case "null":
		return nil
	}
	if strings.ContainsAny(string(b[:1]), "{[") {
		return fmt.Errorf("expected a text, got %.20s", b)
	}
	*w = word(b)
	return nil
}

// texts is a list of texts, or one text with commas between its parts.
type texts []string

// Documented: API Gateway Developer Guide, x-amazon-apigateway-authorizer:
// identitySource is one text with commas between the sources.
func (t *texts) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		for part := range strings.SplitSeq(one, ",") {
			if part = strings.TrimSpace(part); part != "" {
				*t = append(*t, part)
			}
		}
		return nil
	}
	var many []word
	if err := json.Unmarshal(b, &many); err != nil {
		return err
	}
	*t = make(texts, len(many))
	for i, w := range many {
		(*t)[i] = string(w)
	}
	return nil
}

// flag is a boolean that may be written as a text.
type flag bool

func (f *flag) UnmarshalJSON(b []byte) error {
	v, err := strconv.ParseBool(strings.Trim(string(b), `"`))
	if err != nil {
		return fmt.Errorf("expected true or false, got %.20s", b)
	}
	*f = flag(v)
	return nil
}

// number is an integer that may be written as a text.
type number int32

func (n *number) UnmarshalJSON(b []byte) error {
	v, err := strconv.ParseFloat(strings.Trim(string(b), `"`), 64)
	if err != nil || v != float64(int32(v)) {
		return fmt.Errorf("expected an integer, got %.20s", b)
	}
	*n = number(v)
	return nil
}
