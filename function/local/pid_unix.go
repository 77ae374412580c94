//go:build unix

package local

import "syscall"

// gone tells whether no process has the pid.
func gone(pid int) bool { return syscall.Kill(pid, 0) == syscall.ESRCH }
