package deploy

import (
	"context"
	"sync"

	"github.com/dragoman-gateway/dragoman/management/control/family"
	"github.com/dragoman-gateway/dragoman/store/catalog"
)

// room is how many bytes the documents of all configurations may have that are kept. Their nouns
// take a multiple, most of which is served too.
const room = 4 << 20

// lately keeps the configurations that were frozen last: who deploys an API deploys it again,
// and most of it is as it was. The zero value is ready to use.
type lately struct {
	mu   sync.Mutex // Protects fields below.
	kept map[string]*catalog.Configuration
	size int // of those kept
}

// load reads the configuration of an API, of which what is still the same is not read again.
func (l *lately) load(ctx context.Context, s *family.Sight, apiID string) (*catalog.Configuration, error) {
	key := s.Region + "/" + apiID
	l.mu.Lock()
	known := l.kept[key]
	l.mu.Unlock()
	c, err := catalog.LoadConfiguration(ctx, s.Reader, s.Region, apiID, known)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if known := l.kept[key]; known != nil {
		l.size -= known.Size()
		delete(l.kept, key)
	}
	size := c.Size()
	if size > room {
		return c, nil
	}
	if l.kept == nil || l.size+size > room {
		l.kept, l.size = map[string]*catalog.Configuration{}, 0
	}
	l.kept[key], l.size = c, l.size+size
	return c, nil
}
