package http

import (
	"io"

	"github.com/dragoman-gateway/dragoman/integration"
)

// drain sends the body of a reply to a client and says how many bytes it was; each
// is called after each piece, if it is not nil.
func drain(w io.Writer, each func(), in *integration.Incoming) (total int64, err error) {
	for buffer := make([]byte, 32<<10); ; {
		n, err := in.Body.Read(buffer)
		if n > 0 {
			if _, err := w.Write(buffer[:n]); err != nil {
				return total, err
			}
			if total += int64(n); each != nil {
				each()
			}
		}
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}
