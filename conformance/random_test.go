package conformance

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// dice makes texts of the languages that a gateway is configured in and spoken to
// with. The same seed throws the same texts.
type dice struct{ *rand.Rand }

func newDice(seed uint64) *dice { return &dice{rand.New(rand.NewPCG(seed, seed^0x9e3779b97f4a7c15))} }

func (d *dice) one(of ...string) string { return of[d.IntN(len(of))] }

// maybe says yes once in n times.
func (d *dice) maybe(n int) bool { return d.IntN(n) == 0 }

// times joins up to n throws.
func (d *dice) times(n int, separator string, throw func() string) string {
	parts := make([]string, d.IntN(n+1))
	for i := range parts {
		parts[i] = throw()
	}
	return strings.Join(parts, separator)
}

// long is a length that is small most of the time and sometimes as long as a
// message may be.
func (d *dice) long() int {
	if d.maybe(12) {
		return d.IntN(100 << 10)
	}
	return d.IntN(40)
}

// number throws what JSON calls a number, however large.
func (d *dice) number() string {
	switch d.IntN(8) {
	case 0:
		return d.one("-", "") + "1e" + d.one("+", "-", "") + strconv.Itoa(d.IntN(1<<d.IntN(31)))
	case 1:
		return "1" + strings.Repeat(d.one("0", "9", "7"), d.long())
	case 2:
		return "0." + strings.Repeat("0", d.long()) + "1"
	case 3:
		return "-0"
	case 4:
		return strconv.FormatFloat(d.NormFloat64()*1e6, 'g', -1, 64)
	}
	return strconv.Itoa(d.IntN(1000) - 500)
}

func (d *dice) word() string {
	return d.one("action", "n", "a", "b", "items", "id", "ask", "r0", "r1", "r2", "ünï", "$default", "constructor", "")
}

// text throws a JSON string.
func (d *dice) text() string {
	switch d.IntN(6) {
	case 0:
		return strconv.Quote(strings.Repeat(d.one("a", "aab", "$", "#set", "x", "é"), d.long()))
	case 1:
		return d.one(`"\u0000"`, `"\ud83d"`, `"\ud83d\ude00"`, `"<img onerror>"`, `"$context.stage"`, `"../../x"`, `"\r\nX: y"`)
	}
	return strconv.Quote(d.word())
}

// json throws a value, deep now and then.
func (d *dice) json(depth int) string {
	if depth <= 0 {
		return d.one(d.number(), d.text(), "true", "null")
	}
	switch d.IntN(8) {
	case 0:
		return d.number()
	case 1:
		return d.text()
	case 2:
		n := d.long() * 3
		return strings.Repeat("[", n) + strings.Repeat("]", n)
	case 3:
		n := d.long()
		return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n)
	case 4:
		return "[" + strings.TrimSuffix(strings.Repeat(d.json(0)+",", d.long()), ",") + "]"
	case 5:
		return "[" + d.times(6, ",", func() string { return d.json(depth - 1) }) + "]"
	}
	return "{" + d.times(6, ",", func() string { return strconv.Quote(d.word()) + ":" + d.json(depth-1) }) + "}"
}

// message throws what a client may send: an object for some route most of the
// time, anything otherwise.
func (d *dice) message() string {
	if d.maybe(6) {
		return d.one(d.json(4), "", "{", "\xff\xfe", `{"action":`, strings.Repeat("x", d.long()))
	}
	return fmt.Sprintf(`{"action":%q,"n":%s,"items":%s,"text":%s}`, d.one("r0", "r1", "r2", "other"), d.number(), d.json(3), d.text())
}

// path throws a JSONPath.
func (d *dice) path() string {
	return "$" + d.times(5, "", func() string {
		return d.one(".n", ".items", "..a", "..*", ".*", "[*]", "[0]", "[-1:]", "[0:9:2]", "['text']", "[?(@.n > 1)]", "[?(@.a =~ /a*b/)]", ".length()", "["+d.number()+"]")
	})
}

// pattern throws a regular expression as integration responses choose by.
func (d *dice) pattern() string {
	return "/" + d.times(6, "", func() string {
		return d.one("a", ".", `\d`, "(a+)+", "(a|aa)*", ".*", "[^x]*", "(?:a|b){1,30}", "(.*)\\1", "b?", "$", "^", "(?=a)", "(?<!b)", "x{0,9}")
	}) + "/"
}

// schema throws a JSON Schema.
func (d *dice) schema(depth int) string {
	rule := func() string {
		inner := `{"type":"string"}`
		if depth > 0 {
			inner = d.schema(depth - 1)
		}
		switch d.IntN(14) {
		case 0:
			return `"minimum":` + d.number()
		case 1:
			return `"maximum":` + d.number() + `,"exclusiveMaximum":true`
		case 2:
			return `"multipleOf":` + d.number()
		case 3:
			return `"uniqueItems":true`
		case 4:
			return `"enum":[` + d.json(1) + "," + d.json(1) + `]`
		case 5:
			return `"pattern":` + strconv.Quote(strings.Trim(d.pattern(), "/"))
		case 6:
			return `"properties":{"n":` + inner + `,"items":` + inner + `}`
		case 7:
			return `"items":` + inner
		case 8:
			return `"anyOf":[` + inner + "," + inner + `]`
		case 9:
			return `"not":` + inner
		case 10:
			return `"additionalProperties":` + inner
		case 11:
			return `"items":{"$ref":"#"}`
		case 12:
			return `"required":["n"]`
		}
		return `"type":` + d.one(`"object"`, `"array"`, `"integer"`, `"number"`, `["string","null"]`)
	}
	if d.maybe(2) {
		return "{" + rule() + "}"
	}
	return `{"title":"t",` + rule() + `,"definitions":{"x":{` + rule() + "}}}"
}

// template throws a mapping template: honest pieces and what bombs are made of.
func (d *dice) template() string {
	var names = []string{"$a", "$b", "$c", "$x"}
	value := func() string {
		return d.one("'ab'", `"$a$b$a"`, "[1..1000]", "[]", "{}", "$input.body", "$input.json('"+d.path()+"')",
			"$input.path('"+d.path()+"')", "$a.replaceAll('a','aa')", "$b.split('')", "$util.urlEncode($a)", "$util.base64Encode($c)",
			"$util.parseJson($input.body)", "$c.toString()", "$a.substring(0,1)", "$a.concat($a)", d.number(), "$a.length()", "$b.matches('"+strings.Trim(d.pattern(), "/")+"')")
	}
	statement := func() string {
		n := d.one(names...)
		switch d.IntN(10) {
		case 0, 1, 2:
			return "#set(" + n + " = " + value() + ")"
		case 3:
			return "#foreach($x in " + d.one("[1..50]", "[1..5000]", n, "$input.path('$.items')") + ")" + "#set(" + n + " = \"" + n + "$x\")#set($t=$b.add($a))#end"
		case 4:
			return "#if(" + n + " == " + value() + ")x#else y#end"
		case 5:
			return "#macro(m)#m#m#end#m"
		case 6:
			return "#define($d)$d$d#end$d"
		case 7:
			return "$b.addAll($b)$c.put('k'," + n + ")"
		case 8:
			return "#foreach($x in [1..99])#foreach($y in [1..99])" + value() + "#end#end"
		}
		return value()
	}
	return d.times(7, "\n", statement)
}

// status makes a MOCK answer with some status.
func (d *dice) status() string {
	return `{"statusCode": ` + d.one("200", "201", "404", "500", "$input.path('$.n')", d.number()) + `}` + d.one("", "", d.template())
}
