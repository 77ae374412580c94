package pattern

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"testing"
	"unicode"
)

// A record is a line of what java.util.regex answered; testdata/java/Record.java
// says which form is which.
type record struct {
	Pattern, Class         *string
	Error                  string
	Texts                  []recordedText
	Has, Skip              []rune
	Text, With, All, First string
	Failure                *string
	Limit                  int
	Pieces                 []string
}

type recordedText struct {
	Text    string
	Matches bool
	Found   [][]int
}

// TestRecorded replays what java.util.regex was seen to do.
func TestRecorded(t *testing.T) {
	file, err := os.Open("testdata/java/recorded.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	seen := map[string]int{}
	var unknown set // code points that Java 17 does not know yet
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r record
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		switch {
		case r.Skip != nil:
			unknown = between(r.Skip...)
		case refused.MatchString(r.source()):
			seen["refused"]++
			if _, err := Compile(r.source()); err == nil {
				t.Errorf("Compile(%q) works: it is none of those that are refused any more", r.source())
			}
		case r.Class != nil:
			seen["class"]++
			r.replayClass(t, unknown)
		case r.Error != "":
			seen["error"]++
			r.replayError(t)
		case r.Texts != nil:
			seen["match"] += len(r.Texts)
			r.replayMatches(t)
		case r.Pieces != nil:
			seen["split"]++
			r.replaySplit(t)
		default:
			seen["replace"]++
			r.replayReplace(t)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	for kind, least := range map[string]int{"class": 500, "error": 300, "match": 10_000, "split": 190, "replace": 65, "refused": 50} {
		if seen[kind] < least {
			t.Errorf("replayed %d records of %s, want at least %d", seen[kind], kind, least)
		}
	}
}

// refused tells the patterns of Java that this package does not take.
var refused = regexp.MustCompile(`\\N|\\X|\\b\{g\}|\{(In|blk=|block=)|java(Java|Unicode)Identifier|javaIdentifier|javaMirrored|` +
	`IsUnknown|(Is|sc=)(Latn|Grek|Cyrl|Hebr|Arab|Hani|Hira|Zyyy|Zinh|Zzzz)\}`)

// laterUnicode are code points that Unicode 13, which Java 17 has, put elsewhere than
// the Unicode of this program.
var laterUnicode = between(0x0C04, 0x0C04, 0x0F82, 0x0F83, 0x10FC, 0x10FC, 0x1734, 0x1734)

func (r *record) source() string {
	if r.Class != nil {
		return *r.Class
	}
	return *r.Pattern
}

func (r *record) compile(t *testing.T, source string) *Pattern {
	t.Helper()
	p, err := Compile(source)
	if err != nil {
		t.Errorf("Compile(%q): %v", source, err)
		return nil
	}
	return p
}

func (r *record) replayError(t *testing.T) {
	_, err := Compile(*r.Pattern)
	var syntax *SyntaxError
	if !errors.As(err, &syntax) {
		t.Errorf("Compile(%q) = %v, Java says %s", *r.Pattern, err, r.Error)
	} else if syntax.Message != r.Error {
		t.Errorf("Compile(%q) says %q, Java %q", *r.Pattern, syntax.Message, r.Error)
	}
}

func (r *record) replayMatches(t *testing.T) {
	p := r.compile(t, *r.Pattern)
	if p == nil {
		return
	}
	for _, c := range r.Texts {
		if got := p.Match(c.Text); got != c.Matches {
			t.Errorf("Match(%q, %q) = %v, Java says %v", *r.Pattern, c.Text, got, c.Matches)
		}
		var first []int
		if len(c.Found) > 0 {
			first = c.Found[0]
		}
		if got := p.Find(c.Text); !slices.Equal(got, first) {
			t.Errorf("Find(%q, %q) = %v, Java says %v", *r.Pattern, c.Text, got, first)
		}
		steps := DefaultSteps
		var got [][]int
		err := p.each(c.Text, &steps, func(caps []int) (bool, error) {
			got = append(got, slices.Clone(caps))
			return true, nil
		})
		if err != nil || fmt.Sprint(got) != fmt.Sprint(c.Found) {
			t.Errorf("all of %q in %q = %v, %v, Java says %v", *r.Pattern, c.Text, got, err, c.Found)
		}
	}
}

// recordedEnd is one more than the last code point in the records of classes.
const recordedEnd = 0x3100

func (r *record) replayClass(t *testing.T, unknown set) {
	p := r.compile(t, *r.Class)
	if p == nil {
		return
	}
	want := between(r.Has...)
	var missing, extra []string
	for c := rune(0); c < recordedEnd; c++ {
		if laterUnicode.has(c) || unknown.has(c) && unicode.In(c, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z, unicode.C) {
			continue
		}
		switch got := p.Match(string(c)); {
		case got && !want.has(c):
			extra = append(extra, fmt.Sprintf("%U", c))
		case !got && want.has(c):
			missing = append(missing, fmt.Sprintf("%U", c))
		}
	}
	if len(missing) > 0 || len(extra) > 0 {
		t.Errorf("%q lacks %v and has %v besides what Java has", *r.Class, missing[:min(9, len(missing))], extra[:min(9, len(extra))])
	}
}

func (r *record) replayReplace(t *testing.T) {
	p := r.compile(t, *r.Pattern)
	if p == nil {
		return
	}
	steps := DefaultSteps
	all, err := p.ReplaceAll(r.Text, r.With, 1<<20, &steps)
	first, err1 := p.ReplaceFirst(r.Text, r.With, 1<<20, &steps)
	if err = cmp.Or(err, err1); r.Failure != nil {
		if err == nil {
			t.Errorf("ReplaceAll(%q, %q, %q) = %q, Java says %s", *r.Pattern, r.Text, r.With, all, *r.Failure)
		}
		return
	}
	if err != nil || all != r.All || first != r.First {
		t.Errorf("ReplaceAll and ReplaceFirst(%q, %q, %q) = %q, %q, %v, Java says %q, %q", *r.Pattern, r.Text, r.With, all, first, err, r.All, r.First)
	}
}

func (r *record) replaySplit(t *testing.T) {
	p := r.compile(t, *r.Pattern)
	if p == nil {
		return
	}
	steps := DefaultSteps
	got, err := p.Split(r.Text, r.Limit, 1<<20, &steps)
	if err != nil || !slices.Equal(got, r.Pieces) {
		t.Errorf("Split(%q, %q, %d) = %q, %v, Java says %q", *r.Pattern, r.Text, r.Limit, got, err, r.Pieces)
	}
}
