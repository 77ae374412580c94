package recorder

import (
	"strings"

	"github.com/dragoman-gateway/dragoman/record"
	"github.com/dragoman-gateway/dragoman/record/mask"
)

// Conceal takes secrets out of drafts: those that a mask knows by their names, those that
// the draft was told of, and those of the client's connection.
//
// What does not stand in the record as it came cannot be sent again: such a record is
// unfit for a replay.
func Conceal(m *mask.Mask) func(*record.Draft) {
	return func(d *record.Draft) {
		sieve := read(m, d)
		d.Each(func(step record.Name, _, text string) string {
			shown := sieve.Show(text, cut(text), len(text))
			if step == record.Receive && shown != text && d.Unfit == "" {
				d.Unfit = "a secret is masked in what came"
			}
			return shown
		})
	}
}

// Because words why an exchange has failed, without what is secret in its record. It is asked
// while the exchange waits, and of those alone that failed.
func Because(m *mask.Mask) func(*record.Draft) string {
	return func(d *record.Draft) string {
		d.Summarize()
		return read(m, d).Show(d.Summary, cut(d.Summary), len(d.Summary)) // the first that Each shows
	}
}

// read has a sieve read a draft.
func read(m *mask.Mask, d *record.Draft) *mask.Sieve {
	sieve := m.Sieve(d.Known)
	for _, s := range d.Secrets {
		sieve.Value(s.Value)
	}
	also := named(d.Secrets)
	d.Each(func(_ record.Name, name, text string) string {
		sieve.Read(name, text, cut(text), also)
		return text
	})
	return sieve
}

// cut says whether more of a text may have been there. Up to three bytes of a character
// are left out where one is cut.
func cut(text string) bool { return len(text) > record.Kept-4 }

// named says of names whether they are those of headers or parameters that are secret.
func named(secrets []record.Secret) func(string) bool {
	if len(secrets) == 0 {
		return nil
	}
	return func(name string) bool {
		for i := range secrets {
			if secrets[i].Name != "" && strings.EqualFold(secrets[i].Name, name) {
				return true
			}
		}
		return false
	}
}
