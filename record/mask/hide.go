package mask

import (
	"cmp"
	"slices"
)

// put writes a text with marks where spans are. Of spans that overlap, the mark of the
// longest stands for all.
func put(text string, spans []span) string {
	if len(spans) == 0 {
		return text
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
		out = append(out, text[at:all.from]...)
		out, at = all.mark.append(out, all.quoted), all.to
	}
	return string(append(out, text[at:]...))
}

// Hide is a text without the secrets; what stands in it behind names of secrets is
// hidden too. cut says that the text was cut.
func (m *Mask) Hide(s *Secrets, text string, cut bool) string {
	all := &Secrets{}
	all.Add(s)
	spans := m.harvest(all, nil, text, cut)
	f := m.finder(all)
	return f.hide(text, spans, cut)
}

// hide hides what is found beside spans that are known.
func (f *finder) hide(text string, spans []span, cut bool) string {
	if !f.exhausted() {
		spans = f.find(spans, text, cut)
	}
	if f.exhausted() && len(text) >= least {
		return put(text, []span{{from: 0, to: len(text), mark: f.mask.mark(text)}})
	}
	return put(text, spans)
}
