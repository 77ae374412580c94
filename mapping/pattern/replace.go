package pattern

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// The faults of a replacement text, in the words that Java has for them. They arise only
// when there is a match to replace.
var (
	ErrGroupReference = errors.New("illegal group reference")
	ErrNoGroup        = errors.New("no group with that number or name")
	ErrEscapeMissing  = errors.New("character to be escaped is missing")
)

// ErrTooLong tells that a result would be longer than its bound.
var ErrTooLong = errors.New("the result is too long")

// ReplaceAll replaces every match. In the replacement $1 and ${name} stand for
// groups and a backslash makes the next character literal. It takes what it uses
// from steps; the result may have most bytes.
// Documented: java.util.regex.Matcher, replaceAll and appendReplacement.
func (p *Pattern) ReplaceAll(s, replacement string, most int, steps *int) (string, error) {
	return p.replace(s, replacement, most, steps, true)
}

// ReplaceFirst replaces the first match only.
//
// Documented: java.util.regex.Matcher, replaceFirst.
func (p *Pattern) ReplaceFirst(s, replacement string, most int, steps *int) (string, error) {
	return p.replace(s, replacement, most, steps, false)
}

// The bound is looked at after each match: a replacement of a kilobyte makes a
// gigabyte of a megabyte.
func (p *Pattern) replace(s, replacement string, most int, steps *int, all bool) (string, error) {
	var b strings.Builder
	done := 0
	literal := strings.IndexByte(replacement, '$') < 0 && strings.IndexByte(replacement, '\\') < 0
	err := p.each(s, steps, func(caps []int) (bool, error) {
		b.WriteString(s[done:caps[0]])
		done = caps[1]
		if literal {
			b.WriteString(replacement)
		} else if err := p.expand(&b, s, replacement, most, caps); err != nil {
			return false, err
		}
		if *steps -= len(replacement)/4 + 1; b.Len() > most {
			return false, ErrTooLong
		}
		return all, nil
	})
	if err != nil {
		return "", err
	}
	if b.Len() == 0 && done == 0 {
		return s, nil
	}
	if b.Len()+len(s)-done > most {
		return "", ErrTooLong
	}
	b.WriteString(s[done:])
	return b.String(), nil
}

// A group that took no part is replaced by nothing (Matcher.appendReplacement).
func (p *Pattern) expand(b *strings.Builder, s, replacement string, most int, caps []int) error {
	for i := 0; i < len(replacement); {
		if b.Len() > most {
			return ErrTooLong
		}
		c := replacement[i]
		i++
		switch c {
		case '\\':
			if i == len(replacement) {
				return ErrEscapeMissing
			}
			_, w := utf8.DecodeRuneInString(replacement[i:])
			b.WriteString(replacement[i : i+w])
			i += w
		case '$':
			index, w, err := p.reference(replacement[i:])
			if err != nil {
				return err
			}
			i += w
			if caps[2*index] >= 0 {
				b.WriteString(s[caps[2*index]:caps[2*index+1]])
			}
		default:
			b.WriteByte(c)
		}
	}
	return nil
}

// reference reads what follows a dollar sign: a name in braces, or as many
// digits as still name a group.
//
// Documented: java.util.regex.Matcher, appendReplacement: the first digit is always part
// of the reference, others as long as they form a legal one.
func (p *Pattern) reference(rest string) (index, width int, err error) {
	if strings.HasPrefix(rest, "{") {
		name, _, closed := strings.Cut(rest[1:], "}")
		if !closed {
			return 0, 0, ErrGroupReference
		}
		index, ok := p.names[name]
		if !ok {
			return 0, 0, ErrNoGroup
		}
		return index, len(name) + 2, nil
	}
	if rest == "" || rest[0] < '0' || rest[0] > '9' {
		return 0, 0, ErrGroupReference
	}
	index = int(rest[0] - '0')
	if index > p.groups {
		return 0, 0, ErrNoGroup
	}
	for width = 1; width < len(rest) && rest[width] >= '0' && rest[width] <= '9'; width++ {
		next := index*10 + int(rest[width]-'0')
		if next > p.groups {
			break
		}
		index = next
	}
	return index, width, nil
}

// Split cuts the text at every match as String.split does: no leading empty piece
// from an empty match; with limit 0 trailing empty pieces are dropped, with a
// positive limit there are at most so many pieces, with a negative one all are
// kept. There may be most pieces.
// Documented: java.util.regex.Pattern, split.
func (p *Pattern) Split(s string, limit, most int, steps *int) ([]string, error) {
	var pieces []string
	done := 0
	err := p.each(s, steps, func(caps []int) (bool, error) {
		if limit > 0 && len(pieces) == limit-1 {
			return false, nil
		}
		if caps[1] == 0 {
			return true, nil
		}
		if len(pieces) >= most-1 {
			return false, ErrTooLong
		}
		pieces = append(pieces, s[done:caps[0]])
		done = caps[1]
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	if len(pieces) == 0 {
		return []string{s}, nil
	}
	pieces = append(pieces, s[done:])
	if limit == 0 {
		for len(pieces) > 0 && pieces[len(pieces)-1] == "" {
			pieces = pieces[:len(pieces)-1]
		}
	}
	return pieces, nil
}
