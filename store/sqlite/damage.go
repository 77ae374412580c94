package sqlite

import (
	"fmt"
	"strconv"
	"strings"
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
