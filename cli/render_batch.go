package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/dragoman-gateway/dragoman/evaluation"
)

// maxBatchLine bounds one line of a batch, in bytes.
const maxBatchLine = 64 << 20

// renderBatch answers every JSON line of in with one of out. Output is flushed
// when no further line is waiting, so that a pipe can drive it line by line.
func renderBatch(ctx context.Context, in io.Reader, out io.Writer, o evaluation.Options) error {
	r := bufio.NewReaderSize(in, 64<<10)
	w := bufio.NewWriterSize(out, 64<<10)
	for {
		line, err := readLine(r)
		if len(bytes.TrimSpace(line)) > 0 {
			if e := evaluation.Line(ctx, string(line), o).Encode(w); e != nil {
				return e
			}
		}
		if r.Buffered() == 0 || err != nil {
			if e := w.Flush(); e != nil {
				return e
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
		if len(line) > maxBatchLine {
			return nil, fmt.Errorf("a line is longer than %d bytes", maxBatchLine)
		}
	}
}
