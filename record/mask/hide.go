package mask

import (
	"cmp"
	"slices"
)

// put writes no more than most bytes of a text, with marks where spans are. Of spans that
// overlap, the mark of the longest stands for all.
func put(text string, spans []span, most int) string {
	most = min(most, len(text))
	if len(spans) == 0 {
		return text[:most]
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to)) })
	out, at := make([]byte, 0, len(text)), 0
	for i := 0; i < len(spans); {
		all, longest := spans[i], spans[i].to-spans[i].from
		for i++; i < len(spans) && spans[i].from < all.to; i++ {
			next := &spans[i]
			if n := next.to - next.from; n > longest {
				longest, all.mark = n, next.mark
			}
			// Quotes belong around the whole of a value, and nothing else.
			all.quoted = next.to <= all.to && (all.quoted || next.quoted && next.from == all.from && next.to == all.to)
			all.to = max(all.to, next.to)
		}
		if all.from >= most {
			break
		}
		out = append(out, text[at:all.from]...)
		out, at = all.mark.append(out, all.quoted), all.to
	}
	return string(append(out, text[min(at, most):most]...))
}

// Sieve takes secrets out of texts that belong together: a value that is known to be
// secret in one of them is hidden in all. Each text is read first, and then all are shown
// in the same order.
type Sieve struct {
	mask    *Mask
	secrets Secrets
	spans   [][]span // of each text that was read
	shown   int      // texts
	finder  *finder  // once they are shown
	hidden  bool
}

// Sieve makes a Sieve that knows some secrets; nil knows none.
func (m *Mask) Sieve(known *Secrets) *Sieve {
	v := &Sieve{mask: m}
	v.secrets.Add(known)
	return v
}

// Value has a value be secret wherever it comes from, such as that of an identity source.
func (v *Sieve) Value(value string) { v.mask.Value(&v.secrets, value) }

// Read reads a text, and the name of the header or member that it is the value of, ""
// for none. cut says that more of it is not at hand; also, what is secret besides by its
// name, nil for nothing.
func (v *Sieve) Read(name, text string, cut bool, also func(name string) bool) {
	r := v.mask.rule(name)
	if r == 0 && name != "" && also != nil && also(name) {
		r = list
	}
	if r == 0 || text == "" {
		v.spans = append(v.spans, v.mask.harvest(&v.secrets, text, cut, also))
		return
	}
	v.mask.value(&v.secrets, r, text, cut)
	var spans []span
	for _, p := range parts(r, text) {
		spans = append(spans, span{from: p.from, to: p.to, mark: v.mask.mark(text[p.from:p.to])})
	}
	v.spans = append(v.spans, spans)
}

// Show is the next text without its secrets, and no more than most bytes of it; a text
// that ends within a secret ends with its mark.
func (v *Sieve) Show(text string, cut bool, most int) string {
	if v.finder == nil {
		v.finder = v.mask.finder(&v.secrets)
	}
	spans := v.spans[v.shown]
	v.shown++
	if !v.finder.exhausted() {
		spans = v.finder.find(spans, text, cut)
	}
	if v.finder.exhausted() && len(text) >= least {
		spans = []span{{from: 0, to: len(text), mark: v.mask.mark(text)}}
	}
	shown := put(text, spans, most)
	v.hidden = v.hidden || shown != text[:min(len(text), most)]
	return shown
}

// Hidden says whether anything was hidden of what was shown.
func (v *Sieve) Hidden() bool { return v.hidden }

// Hide is a text without the secrets; what stands in it behind names of secrets is
// hidden too. cut says that the text was cut.
func (m *Mask) Hide(s *Secrets, text string, cut bool) string {
	v := m.Sieve(s)
	v.Read("", text, cut, nil)
	return v.Show(text, cut, len(text))
}
