//go:build !linux

package local

import "github.com/dragoman-gateway/dragoman/internal/guardian"

// memory is known on Linux alone.
type memory struct{}

func memoryOf(*guardian.Process) *memory { return &memory{} }

func (m *memory) close() {}

func (m *memory) most() int64 { return 0 }

func (m *memory) resident() int64 { return 0 }
