package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/store"
)

// files are the bytes of the state's files by name.
type files map[string][]byte

// killed is a state as kill -9 leaves it, and what was acknowledged in it. A part of
// it has found its way from the log into the database.
func killed(t *testing.T, checkpoint bool) (files, map[store.Key]string) {
	t.Helper()
	dir := t.TempDir()
	db := openIn(t, dir)
	acknowledged := map[store.Key]string{}
	write := func(key store.Key, body string) {
		t.Helper()
		_, err := db.Update(t.Context(), func(tx store.Tx) error { return tx.Put(t.Context(), key, []byte(body)) })
		if err != nil {
			t.Fatal(err)
		}
		acknowledged[key] = body
	}
	for i := range 60 {
		write(store.Join("us-east-1", "apis", fmt.Sprint("api-", i)), strings.Repeat(fmt.Sprint("body of ", i, " "), 30))
		if i%10 == 0 {
			write(store.Join("us-east-1", "snapshots", fmt.Sprint(i)), strings.Repeat(fmt.Sprint("snapshot of ", i, " "), 900))
		}
		if i == 30 && checkpoint {
			if _, err := db.disk.writer.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i := range 12 {
		write(store.Join("us-east-1", "apis", fmt.Sprint("api-", 3*i)), fmt.Sprint("again ", i))
	}
	_, err := db.Update(t.Context(), func(tx store.Tx) error {
		return errors.Join(tx.Delete(t.Context(), "us-east-1/apis/api-7"), tx.Delete(t.Context(), "us-east-1/snapshots/20"))
	})
	if err != nil {
		t.Fatal(err)
	}
	delete(acknowledged, "us-east-1/apis/api-7")
	delete(acknowledged, "us-east-1/snapshots/20")
	state := taken(t, dir)
	const wal = databaseName + "-wal"
	return state.with(wal, written(state[wal])), acknowledged
}

// taken are the files in a directory now.
func taken(t *testing.T, dir string) files {
	t.Helper()
	found := files{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == lockName {
			return err
		}
		b, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		found[name] = b
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// put makes a directory of files.
func (f files) put(t *testing.T) (dir string) {
	t.Helper()
	dir, err := os.MkdirTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range f {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// outcome opens a state: it is refused and says why, or serves exactly what was
// acknowledged.
func outcome(t *testing.T, dir string, acknowledged map[store.Key]string) (refusal error) {
	t.Helper()
	db, err := Open(dir, Options{})
	if err != nil {
		if !strings.Contains(err.Error(), dir) {
			t.Errorf("the error does not name the directory: %v", err)
		}
		return err
	}
	defer db.Close()
	served := contents(t, db)
	if !maps.Equal(served, acknowledged) {
		t.Errorf("%d documents are served, not as the %d that were acknowledged", len(served), len(acknowledged))
	}
	return nil
}

func contents(t *testing.T, db *DB) map[store.Key]string {
	t.Helper()
	found := map[store.Key]string{}
	err := db.View(t.Context(), func(r store.Reader) error {
		documents, err := r.List(t.Context(), "", 0, 0)
		for _, d := range documents {
			found[d.Key] = string(d.Body)
		}
		return err
	})
	if err != nil {
		t.Errorf("reading what is served: %v", err)
	}
	return found
}

// salvaged opens a damaged state with AcceptLoss: it starts, what it serves was
// acknowledged once, and it goes on from there.
func salvages(t *testing.T, dir string, everWritten map[store.Key][]string) (kept int) {
	t.Helper()
	var lost []string
	db, err := Open(dir, Options{AcceptLoss: true, Lost: func(line string) { lost = append(lost, line) }})
	if err != nil {
		t.Errorf("AcceptLoss: %v", err)
		return 0
	}
	for key, body := range contents(t, db) {
		if !slices.Contains(everWritten[key], body) {
			t.Errorf("AcceptLoss serves %s with %.40q, which nobody wrote", key, body)
		}
		kept++
	}
	if len(lost) < 2 {
		t.Errorf("AcceptLoss said %q, want what is lost and what is kept", lost)
	}
	put(t, db, "after", 1)
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	db, err = Open(dir, Options{})
	if err != nil {
		t.Fatalf("after AcceptLoss: %v", err)
	}
	if got := len(contents(t, db)); got != kept+1 {
		t.Errorf("after AcceptLoss and a write there are %d documents, want %d", got, kept+1)
	}
	db.Close()
	return kept
}

// versions is every body that a key ever had in a killed state.
func versions(acknowledged map[store.Key]string) map[store.Key][]string {
	all := map[store.Key][]string{}
	for key, body := range acknowledged {
		all[key] = append(all[key], body)
	}
	for i := range 60 {
		key := store.Join("us-east-1", "apis", fmt.Sprint("api-", i))
		all[key] = append(all[key], strings.Repeat(fmt.Sprint("body of ", i, " "), 30))
	}
	all["us-east-1/snapshots/20"] = []string{strings.Repeat("snapshot of 20 ", 900)}
	return all
}

// closed is the state of a store that was closed: all of it is in the database.
func closed(t *testing.T) (files, map[store.Key]string) {
	t.Helper()
	state, acknowledged := killed(t, true)
	dir := state.put(t)
	if err := openIn(t, dir).Close(); err != nil {
		t.Fatal(err)
	}
	return taken(t, dir), acknowledged
}

// Bytes that change anywhere are never served: the start is refused, or they were of
// no account.
func TestFlippedBytesAreNeverServed(t *testing.T) {
	flips := 15
	if more := os.Getenv("DRAGOMAN_FLIPS"); more != "" {
		fmt.Sscan(more, &flips)
	}
	for name, made := range map[string]func() (files, map[store.Key]string){
		"killed":                    func() (files, map[store.Key]string) { return killed(t, false) },
		"killed after a checkpoint": func() (files, map[store.Key]string) { return killed(t, true) },
		"closed":                    func() (files, map[store.Key]string) { return closed(t) },
	} {
		t.Run(name, func(t *testing.T) {
			state, acknowledged := made()
			if err := outcome(t, state.put(t), acknowledged); err != nil {
				t.Fatalf("untouched: %v", err)
			}
			random := rand.New(rand.NewPCG(9, 1))
			for _, file := range slices.Sorted(maps.Keys(state)) {
				flip(t, state, file, acknowledged, random, flips)
			}
		})
	}
}

// flip changes a byte or a part of one, so many times, each in a state of its own.
func flip(t *testing.T, state files, file string, acknowledged map[store.Key]string, random *rand.Rand, times int) {
	refused, kept := 0, 0
	for n := range times {
		b := slices.Clone(state[file])
		if len(b) == 0 {
			return
		}
		at := random.IntN(len(b))
		if n%4 == 0 {
			at = random.IntN(min(len(b), 120)) // headers are small
		}
		b[at] ^= byte(1 << random.IntN(8))
		if n%3 == 0 {
			b[at] ^= byte(random.IntN(256)) | 1
		}
		if b[at] == state[file][at] {
			continue
		}
		dir := state.with(file, b).put(t)
		if err := outcome(t, dir, acknowledged); err != nil {
			refused++
			if _, ok := errors.AsType[*Damage](err); ok {
				kept += salvages(t, dir, versions(acknowledged))
			}
		}
		if t.Failed() {
			t.Fatalf("%s: byte %d of %d, was %#x, is %#x", file, at, len(b), state[file][at], b[at])
		}
		os.RemoveAll(dir)
	}
	t.Logf("%s: %d of %d flips were refused; about %d documents were kept of each", file, refused, times, kept/max(1, refused))
}

// with is a state with another content of a file; without one for nil.
func (f files) with(name string, b []byte) files {
	changed := maps.Clone(f)
	if changed[name] = b; b == nil {
		delete(changed, name)
	}
	return changed
}

// edited is a state whose database another program has changed behind our back.
func (f files) edited(t *testing.T, script string) files {
	t.Helper()
	dir := f.put(t)
	db, err := open(filepath.Join(dir, databaseName))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(script); err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return taken(t, dir)
}

// What is lost, cut, exchanged or rewritten is named, and nothing of it is served.
func TestDamageIsNamed(t *testing.T) {
	live, acknowledged := killed(t, true)
	shut, _ := closed(t)
	other, _ := killed(t, false)
	older := shut
	newer := func() files { // the same store, some writes later
		dir := shut.put(t)
		db := openIn(t, dir)
		put(t, db, "us-east-1/apis/new", 10)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		return taken(t, dir)
	}()
	const wal = databaseName + "-wal"
	half := func(f files, name string) []byte { return f[name][:len(f[name])/2] }
	zeros := func(f files, name string) []byte { return make([]byte, len(f[name])) }
	for name, row := range map[string]struct {
		state files
		says  string
	}{
		"the log is gone":                    {live.with(wal, nil), "the newest writes are lost"},
		"the log is empty":                   {live.with(wal, []byte{}), "the newest writes are lost"},
		"the log is cut":                     {live.with(wal, half(live, wal)), "the newest writes are lost"},
		"the log is cut by a byte":           {live.with(wal, live[wal][:len(live[wal])-1]), "the newest writes are lost"},
		"the log is zeros":                   {live.with(wal, zeros(live, wal)), "the newest writes are lost"},
		"the log is another's":               {live.with(wal, other[wal]), "belongs to another database"},
		"the database is cut":                {shut.with(databaseName, half(shut, databaseName)), databaseName},
		"the database is cut amid a page":    {shut.with(databaseName, shut[databaseName][:len(shut[databaseName])-100]), "fails its checksum"},
		"the database is one page":           {shut.with(databaseName, shut[databaseName][:4096]), databaseName},
		"the database is empty":              {shut.with(databaseName, []byte{}), "dragoman.db is missing or empty, but revision"},
		"the database is empty, not its log": {live.with(databaseName, []byte{}).with(countName, nil), "its log is not"},
		"the database is gone":               {shut.with(databaseName, nil), "dragoman.db is missing or empty, but revision"},
		"the database is zeros":              {shut.with(databaseName, zeros(shut, databaseName)), "not a database"},
		"the database is text":               {shut.with(databaseName, []byte(strings.Repeat("not a database ", 100))), "not a database"},
		"the database is older":              {newer.with(databaseName, older[databaseName]), "the newest writes are lost"},
		"the database is another's":          {shut.with(databaseName, closedOther(t)[databaseName]), "belongs to another database"},
		"the count is gone":                  {shut.with(countName, nil), "dragoman.count is missing"},
		"the count is empty":                 {shut.with(countName, []byte{}), "neither of its two slots is whole"},
		"the count is zeros":                 {shut.with(countName, zeros(shut, countName)), "neither of its two slots is whole"},
		"the count is another's":             {shut.with(countName, other[countName]), "belongs to another database"},
		"a body has changed":                 {shut.edited(t, `UPDATE documents SET body = x'00' WHERE key = 'us-east-1/apis/api-5'`), "us-east-1/apis/api-5 (revision"},
		"a key has changed":                  {shut.edited(t, `UPDATE documents SET key = 'us-east-1/apis/API-5' WHERE key = 'us-east-1/apis/api-5'`), "us-east-1/apis/API-5 (revision"},
		"a revision has changed":             {shut.edited(t, `UPDATE documents SET revision = revision - 1 WHERE key = 'us-east-1/apis/api-5'`), "us-east-1/apis/api-5 (revision"},
		"two bodies are exchanged":           {shut.edited(t, `UPDATE documents SET (body, sum) = (SELECT body, sum FROM documents WHERE key = 'us-east-1/apis/api-4') WHERE key = 'us-east-1/apis/api-5'`), "us-east-1/apis/api-5 (revision"},
		"a row is gone":                      {shut.edited(t, `DELETE FROM documents WHERE key = 'us-east-1/apis/api-5'`), "some are missing, or of an earlier time"},
		"all rows are gone":                  {shut.edited(t, `DELETE FROM documents`), "some are missing, or of an earlier time"},
		"a large body has changed":           {shut.edited(t, `UPDATE bodies SET body = zeroblob(length(body)) WHERE revision = (SELECT revision FROM documents WHERE key = 'us-east-1/snapshots/30')`), "the body of us-east-1/snapshots/30 (revision"},
		"a large body is gone":               {shut.edited(t, `DELETE FROM bodies WHERE revision = (SELECT revision FROM documents WHERE key = 'us-east-1/snapshots/30')`), "the body of us-east-1/snapshots/30 (revision"},
		"a deletion has changed":             {shut.edited(t, `UPDATE tombstones SET key = 'x' WHERE key = 'us-east-1/apis/api-7'`), "the deletion of x (revision"},
		"the revision has changed":           {shut.edited(t, `UPDATE feed SET revision = revision + 1000`), "fails its checksum"},
		"the revision is gone":               {shut.edited(t, `DELETE FROM feed`), "has lost the row that tells its revision"},
		"a table is gone":                    {shut.edited(t, `DROP TABLE bodies`), "no such table"},
		"the schema is older":                {shut.edited(t, `PRAGMA user_version = 1`), "the header of dragoman.db"},
		"the schema is none":                 {shut.edited(t, `PRAGMA user_version = 0`), "the header of dragoman.db"},
		"the schema is newer":                {shut.edited(t, `PRAGMA user_version = 77`), "the header of dragoman.db"},
		"the application is another":         {shut.edited(t, `PRAGMA application_id = 77`), "the header of dragoman.db"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := row.state.put(t)
			before := taken(t, dir)
			for range 2 { // the lock is given back
				err := outcome(t, dir, acknowledged)
				if _, ok := errors.AsType[*Damage](err); !ok || !strings.Contains(err.Error(), row.says) {
					t.Fatalf("got %v, want a damage that says %q", err, row.says)
				}
			}
			after := taken(t, dir)
			for file, b := range before {
				if file != databaseName+"-shm" && string(after[file]) != string(b) {
					t.Errorf("the refused start has changed %s", file)
				}
			}
			if name != "the database is another's" { // whose documents nobody here knows
				salvages(t, dir, versions(acknowledged))
			}
		})
	}
}

// Pages of an earlier time, at another's place, lost sectors and files that end too
// early are never served either.
func TestLostPagesAreNeverServed(t *testing.T) {
	const page, sector = 4096, 512
	live, before := killed(t, true)
	shut, acknowledged := closed(t)
	check := func(what string, state files, acknowledged map[store.Key]string, mayStart bool) {
		t.Helper()
		dir := state.put(t)
		defer os.RemoveAll(dir)
		err := outcome(t, dir, acknowledged)
		if err == nil && !mayStart {
			t.Errorf("%s: it started", what)
		}
		if _, ok := errors.AsType[*Damage](err); ok {
			salvages(t, dir, versions(acknowledged))
		}
		if t.Failed() {
			t.Fatal(what)
		}
	}
	dir := shut.put(t)
	db := openIn(t, dir)
	again := maps.Clone(acknowledged)
	for i := range 60 { // everything is written anew
		key := store.Join("us-east-1", "apis", fmt.Sprint("api-", i))
		put(t, db, key, 20)
		again[key] = string(make([]byte, 20))
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	later := taken(t, dir)
	for at := 0; at+page <= min(len(shut[databaseName]), len(later[databaseName])); at += page {
		old := shut[databaseName][at : at+page]
		if string(old) == string(later[databaseName][at:at+page]) {
			continue
		}
		b := slices.Clone(later[databaseName])
		copy(b[at:], old)
		dir := later.with(databaseName, b).put(t)
		if err := outcome(t, dir, again); t.Failed() {
			t.Fatalf("page %d of an earlier time: %v", at/page, err)
		}
		os.RemoveAll(dir)
	}
	random := rand.New(rand.NewPCG(9, 2))
	pages := len(shut[databaseName]) / page
	for range 25 {
		b := slices.Clone(shut[databaseName])
		to, from := random.IntN(pages)*page, random.IntN(pages)*page
		copy(b[to:to+page], shut[databaseName][from:])
		check(fmt.Sprintf("page %d at the place of %d", from/page, to/page), shut.with(databaseName, b), acknowledged, true)

		b = slices.Clone(shut[databaseName])
		at := random.IntN(len(b)/sector) * sector
		clear(b[at : at+sector])
		check(fmt.Sprintf("no sector at %d", at), shut.with(databaseName, b), acknowledged, true)

		end := random.IntN(len(shut[databaseName]))
		check(fmt.Sprintf("the database ends at %d", end), shut.with(databaseName, shut[databaseName][:end]), acknowledged, false)

		log := live[databaseName+"-wal"]
		end = random.IntN(len(log))
		check(fmt.Sprintf("the log ends at %d", end), live.with(databaseName+"-wal", log[:end]), before, false)
	}
}

// closedOther is the state of another store.
func closedOther(t *testing.T) files {
	t.Helper()
	dir := t.TempDir()
	db := openIn(t, dir)
	put(t, db, "others", 10)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return taken(t, dir)
}

// What the machine is to blame for is no damage, and nothing is given up for it.
func TestErrorsOfTheMachine(t *testing.T) {
	db := openIn(t, t.TempDir())
	exec := func(query string) error {
		_, err := db.disk.writer.Exec(query)
		return err
	}
	put(t, db, "a", 1)
	limit(t, db, 30)
	full := exec(`INSERT INTO bodies (revision, body) VALUES (7, zeroblob(1000000))`)
	ended, end := context.WithCancel(t.Context())
	end()
	_, cancelled := db.disk.reader.QueryContext(ended, `SELECT 1`)
	text, err := openReadOnly(filepath.Join(files{databaseName: []byte(strings.Repeat("text ", 1000))}.put(t), databaseName))
	if err != nil {
		t.Fatal(err)
	}
	defer text.Close()
	for name, row := range map[string]struct {
		err  error
		want bool
	}{
		"none":               {nil, false},
		"a full disk":        {full, true},
		"a context":          {cancelled, true},
		"no database":        {text.QueryRow(`PRAGMA user_version`).Err(), false},
		"no table":           {exec(`SELECT * FROM nothing`), false},
		"an error of others": {errors.New("disk full"), false},
	} {
		if got := ofMachine(row.err); got != row.want || name != "none" && row.err == nil {
			t.Errorf("%s (%v): got %v, want %v", name, row.err, got, row.want)
		}
	}
	missing := filepath.Join(t.TempDir(), "none", databaseName)
	e := examination{ctx: t.Context(), damage: new(Damage)}
	if e.from, err = openReadOnly(missing); err != nil {
		t.Fatal(err)
	}
	e.readFeed()
	if err := e.verdict(); err == nil || e.damage.is() {
		t.Errorf("a file that cannot be opened: got %v, damage %q", err, e.damage.Wrong)
	}
}

// A large body that changes while the store is open is an error, never served.
func TestBodiesAreVerifiedWhenTheyAreRead(t *testing.T) {
	dir := t.TempDir()
	db := openIn(t, dir)
	put(t, db, "large", 50_000)
	if _, err := db.disk.writer.Exec(`UPDATE bodies SET body = zeroblob(length(body) - 1)`); err != nil {
		t.Fatal(err)
	}
	err := db.View(t.Context(), func(r store.Reader) error {
		_, err := r.Get(t.Context(), "large")
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "large (revision 1) fails its checksum") {
		t.Errorf("got %v, want that its checksum fails", err)
	}
}
