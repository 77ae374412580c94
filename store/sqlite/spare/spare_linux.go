package spare

import "os"

// Step is by how many bytes a log is made longer at a time: what some twenty small commits take.
const Step = 256 << 10

// most is up to which size the log is made longer. SQLite folds a log of 4,000 pages into
// the database and begins anew at its start, so that a longer one is rare.
const most = 4000*(4096+24) + 2*Step

// Room is that of one log.
type Room struct {
	Log  string // its path
	size int64  // of the log, with what was added to it
}

// Short says whether the last commit has taken all the room that there was.
func (r *Room) Short() bool {
	info, err := os.Stat(r.Log)
	return err == nil && info.Size() != r.size
}

// Extend adds room. Nobody may write to the log meanwhile: the caller holds the lock of a writer. What
// the disk refuses is not missed: SQLite appends as it ever did.
func (r *Room) Extend() {
	info, err := os.Stat(r.Log)
	if err != nil {
		return
	}
	r.size = info.Size()
	if r.size == 0 || r.size+Step > most {
		return
	}
	f, err := os.OpenFile(r.Log, os.O_WRONLY, 0)
	if err != nil {
		return
	}
	defer f.Close()
	for end := r.size + Step; r.size < end; r.size += int64(len(zeros)) {
		if _, err := f.WriteAt(zeros[:], r.size); err != nil {
			return // what was written of it is seen at the next commit
		}
	}
}

// zeros are read and never written.
var zeros [32 << 10]byte
