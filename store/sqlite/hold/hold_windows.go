package hold

import (
	"os"
	"syscall"
)

// sharingViolation is what Windows answers when another process holds the file.
const sharingViolation syscall.Errno = 32

// Exclusive opens a file that nobody else can open, for it is shared with nobody. Windows gives it back when the
// process ends, however it ends.
func Exclusive(path string) (*os.File, error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	h, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, 0, nil,
		syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if err == sharingViolation {
		return nil, ErrHeld
	}
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(h), path), nil
}
