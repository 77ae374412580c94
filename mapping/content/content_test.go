package content

import (
	"errors"
	"testing"
)

func TestConversions(t *testing.T) {
	const (
		text   = "héllo"
		binary = "\xff\x00\xfe"
		coded  = "/wD+"
	)
	for _, tt := range []struct {
		name      string
		strategy  string
		response  bool
		in, want  string
		wantError error
	}{
		{"request undefined", "", false, text, text, nil},
		{"request to text", ToText, false, text, text, nil},
		{"request to binary", ToBinary, false, coded, binary, nil},
		{"request to binary without padding", ToBinary, false, "aGk", "hi", nil},
		{"request to binary with padding", ToBinary, false, "aGk=", "hi", nil},
		{"request to binary with line ends", ToBinary, false, "aG\r\nk=\n", "hi", nil},
		{"request to binary, empty", ToBinary, false, "", "", nil},
		{"request to binary, no base64", ToBinary, false, `{"a":1}`, "", ErrBase64},
		{"request to binary, cut off", ToBinary, false, "aGkgd", "", ErrBase64},
		{"request to binary, URL alphabet", ToBinary, false, "_wD-", "", ErrBase64},
		{"response undefined text", "", true, text, text, nil},
		{"response undefined bytes", "", true, binary, binary, nil},
		{"response to text of text", ToText, true, text, text, nil},
		{"response to text of bytes", ToText, true, binary, coded, nil},
		{"response to binary", ToBinary, true, coded, binary, nil},
		{"response to binary, no base64", ToBinary, true, text, "", ErrBase64},
	} {
		t.Run(tt.name, func(t *testing.T) {
			convert := Request
			if tt.response {
				convert = Response
			}
			in := []byte(tt.in)
			got, err := convert(in, tt.strategy)
			if string(got) != tt.want || !errors.Is(err, tt.wantError) {
				t.Errorf("got %q, %v, want %q, %v", got, err, tt.want, tt.wantError)
			}
			if string(in) != tt.in {
				t.Errorf("the payload became %q", in)
			}
		})
	}
}

func BenchmarkToBinary(b *testing.B) {
	in := make([]byte, 0, 4096)
	for len(in) < 4096 {
		in = append(in, "aGVsbG8g"...)
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		if _, err := Request(in, ToBinary); err != nil {
			b.Fatal(err)
		}
	}
}
