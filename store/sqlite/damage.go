package sqlite

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"modernc.org/sqlite" // the driver "sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Damage is the error of a store that is not what was acknowledged. Each line says one
// thing that is wrong.
type Damage struct {
	Wrong []string // at most maxWrong
	More  int      // things that are wrong besides
}

// maxWrong is how much is told of a damage.
const maxWrong = 20

// Error names what is wrong.
func (d *Damage) Error() string {
	text := "the state is damaged: " + strings.Join(d.Wrong, "; ")
	if d.More > 0 {
		text += fmt.Sprintf("; and %d more", d.More)
	}
	return text
}

// add tells of a fault. A disk that has lost a page has lost hundreds of rows: the first few
// say what there is to know.
func (d *Damage) add(format string, args ...any) {
	if len(d.Wrong) == maxWrong {
		d.More++
		return
	}
	d.Wrong = append(d.Wrong, fmt.Sprintf(format, args...))
}

// is says whether anything is wrong.
func (d *Damage) is() bool { return len(d.Wrong) > 0 }

// err is the damage as an error, nil when nothing is wrong.
func (d *Damage) err() error {
	if d.is() {
		return d
	}
	return nil
}

// ofMachine tells what may be otherwise a moment later, such as a full disk or too many
// open files, from what is wrong with the bytes of a database. SQLite's codes of
// errors of the disk say in their second byte what was being done: reading is about
// the bytes.
func ofMachine(err error) bool {
	known, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
	}
	const reading, shortReading = 1, 2
	switch code := known.Code(); code & 0xff {
	case sqlite3.SQLITE_IOERR:
		return code>>8 != reading && code>>8 != shortReading
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED,
		sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_AUTH:
		return true
	}
	return false
}

// named is a key as it is told: damaged ones may hold anything.
func named(key string) string {
	if len(key) > 200 {
		key = strings.ToValidUTF8(key[:200], "") + "…"
	}
	if quoted := strconv.Quote(key); quoted != `"`+key+`"` {
		return quoted
	}
	return key
}
