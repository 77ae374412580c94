//go:build !unix

package output

// more reads what comes next.
func (o *Output) more() error {
	buffer := make([]byte, len(o.room)) // while it waits nobody else may
	n, err := o.file.Read(buffer)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.add(buffer[:n])
	return err
}

// drain knows nothing of what waits here: lines may come after the end of their
// invocation.
func (o *Output) drain() {}
