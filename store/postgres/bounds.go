package postgres

import (
	"context"
	"time"
)

// Whoever asks a database that is away is told so within awayTime of his question, or of the
// moment at which it went, if he was waiting by then. It goes at any moment of a read or a
// commit, and may hang as well as refuse. So the bounds of what can follow each other add up to
// less than that; TestAnAnswerWithinTwoSeconds adds them up.
const (
	awayTime = 2 * time.Second

	// readTime is how long the database has for an answer, a connection and all that comes before it
	// included. A reader who came while others waited in vain has leastTime more at most.
	readTime  = 1500 * time.Millisecond
	leastTime = 250 * time.Millisecond

	// heartbeat is how often the database hears of a transaction whose write takes long. It
	// ends one that says nothing for a second, as a process that was stopped would. Where a
	// transaction waits for other nodes it is how often somebody else asks whether it is there.
	heartbeat = 300 * time.Millisecond
	// commitTime is how long a transaction that has begun waits for an answer, and with it the most
	// that another node waits behind a commit whose answer is lost; settleTime is how long is then
	// asked whether it was done.
	commitTime = 1200 * time.Millisecond
	settleTime = 400 * time.Millisecond
)

// attend gives a wait for other nodes up when the database answers nobody, until stop is called.
// A transaction that waits for a lock looks the same whether the server has it wait or has gone.
func (db *DB) attend(giveUp func()) (stop func()) {
	ctx, stop := context.WithCancel(context.Background())
	// Nearly every wait is over before the first question. A store that closes has the server's
	// bound, and lockTime.
	db.tasks.Go("a wait for other nodes", func() {
		beat := time.NewTicker(heartbeat)
		defer beat.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-beat.C:
			}
			began := time.Now()
			within, cancel := context.WithTimeout(ctx, commitTime)
			_, err := db.pool.Exec(within, `SELECT 1`)
			cancel()
			// Where all connections are busy this one may have waited for its turn: then others were
			// answered meanwhile.
			if lost(err) && ctx.Err() == nil && db.heard.Load() < began.UnixNano() {
				giveUp()
				return
			}
		}
	})
	return stop
}
