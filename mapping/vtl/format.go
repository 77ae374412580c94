package vtl

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// spec is one conversion of String.format: %[n$][flags][width][.precision]x.
type spec struct {
	index     int // 1-based, 0 for the next argument
	flags     string
	width     int
	precision int // -1 if absent
	verb      byte
}

// format is String.format for the conversions s S d x X o c b f e g n %.
func (st *state) format(f string, args []Value) (Value, bool) {
	if len(args) == 1 {
		if a, ok := args[0].o.(*array); ok {
			args = a.items
		}
	}
	var b strings.Builder
	next := 0
	for {
		i := strings.IndexByte(f, '%')
		if i < 0 {
			break
		}
		b.WriteString(f[:i])
		sp, rest, ok := parseSpec(f[i+1:])
		if !ok {
			st.throw("java.util.UnknownFormatConversionException: Conversion = '%'")
			return Value{}, false
		}
		f = rest
		switch sp.verb {
		case 'n':
			b.WriteByte('\n')
			continue
		case '%':
			if !st.reserve(b.Len()+sp.width) || !st.spend(callWork) {
				return Value{}, false
			}
			b.WriteString(sp.pad("%"))
			continue
		}
		at := sp.index - 1
		if sp.index == 0 {
			at = next
			next++
		}
		if at >= len(args) {
			st.throw("java.util.MissingFormatArgumentException: Format specifier '%" + string(sp.verb) + "'")
			return Value{}, false
		}
		s, fault := st.convert(sp, args[at])
		if fault != "" {
			st.throw(fault)
			return Value{}, false
		}
		if st.done || !st.reserve(b.Len()+len(s)+sp.width) || !st.spend(callWork+(len(s)+sp.width)>>3) {
			return Value{}, false
		}
		b.WriteString(sp.pad(s))
	}
	b.WriteString(f)
	return st.made(b.String()), true
}

func parseSpec(s string) (sp spec, rest string, ok bool) {
	sp.precision = -1
	i := 0
	number := func() int {
		start := i
		for i < len(s) && isDigit(s[i]) && i-start < 6 {
			i++
		}
		n, _ := strconv.Atoi(s[start:i])
		return n
	}
	if i < len(s) && s[i] >= '1' && s[i] <= '9' {
		n := number()
		if i < len(s) && s[i] == '$' {
			sp.index = n
			i++
		} else {
			i = 0
		}
	}
	start := i
	for i < len(s) && strings.IndexByte("-#+ 0,(", s[i]) >= 0 {
		i++
	}
	sp.flags = s[start:i]
	sp.width = number()
	if i < len(s) && s[i] == '.' {
		i++
		sp.precision = number()
	}
	if i >= len(s) || strings.IndexByte("sSdxXocbBfeEgGnhH%", s[i]) < 0 {
		return sp, s, false
	}
	sp.verb = s[i]
	return sp, s[i+1:], true
}

func (sp spec) has(flag string) bool { return strings.Contains(sp.flags, flag) }

func (sp spec) pad(s string) string {
	n := sp.width - units(s)
	switch {
	case n <= 0:
		return s
	case sp.has("-"):
		return s + strings.Repeat(" ", n)
	case sp.has("0"):
		sign := 0
		if s != "" && strings.IndexByte("+- (", s[0]) >= 0 {
			sign = 1
		}
		return s[:sign] + strings.Repeat("0", n) + s[sign:]
	}
	return strings.Repeat(" ", n) + s
}

func (st *state) convert(sp spec, v Value) (text, fault string) {
	switch sp.verb {
	case 's', 'S':
		text = st.text(v)
	case 'b', 'B':
		text = strconv.FormatBool(v.k != kNull && (v.k != kBool || v.bool()))
	case 'h', 'H':
		text = strconv.FormatUint(uint64(uint32(st.hash(v))), 16)
	case 'c':
		return st.convertChar(v)
	case 'd', 'x', 'X', 'o':
		if (v.k == kBig || v.k == kDecimal) && !st.spendText(v) {
			return "", ""
		}
		return convertWhole(sp, v)
	default:
		if !st.spendDigits(min(sp.precision+400, maxScale)) || v.k == kDecimal && !st.spendText(v) {
			return "", ""
		}
		return convertFloat(sp, v)
	}
	if sp.precision >= 0 && sp.precision < units(text) {
		text = sliceUnits(text, 0, sp.precision)
	}
	if sp.verb < 'a' {
		text = upper(text)
	}
	return text, ""
}

func badConversion(sp spec, v Value) string {
	return fmt.Sprintf("java.util.IllegalFormatConversionException: %c != %s", sp.verb, className(v))
}

func (st *state) convertChar(v Value) (string, string) {
	switch {
	case v.k == kNull:
		return "null", ""
	case v.k == kChar:
		return st.text(v), ""
	case isInt(v):
		return string(rune(v.n)), ""
	}
	return "", badConversion(spec{verb: 'c'}, v)
}

func convertWhole(sp spec, v Value) (string, string) {
	if v.k == kNull {
		return "null", ""
	}
	if !v.isInteger() {
		return "", badConversion(sp, v)
	}
	n := toBig(v)
	if sp.verb != 'd' && n.Sign() < 0 && v.k != kBig {
		bits := map[kind]uint{kByte: 8, kShort: 16, kInt: 32, kLong: 64}[v.k]
		n = new(big.Int).Add(n, new(big.Int).Lsh(big.NewInt(1), bits))
	}
	switch sp.verb {
	case 'x':
		return n.Text(16), ""
	case 'X':
		return strings.ToUpper(n.Text(16)), ""
	case 'o':
		return n.Text(8), ""
	}
	return sp.signed(n.Sign() < 0, sp.grouped(new(big.Int).Abs(n).String())), ""
}

// grouped puts commas between thousands when asked for.
func (sp spec) grouped(digits string) string {
	if !sp.has(",") {
		return digits
	}
	whole, rest := digits, ""
	if i := strings.IndexByte(digits, '.'); i >= 0 {
		whole, rest = digits[:i], digits[i:]
	}
	var b strings.Builder
	for i := range len(whole) {
		if left := len(whole) - i; i > 0 && left%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteByte(whole[i])
	}
	b.WriteString(rest)
	return b.String()
}

func (sp spec) signed(negative bool, s string) string {
	switch {
	case negative && sp.has("("):
		return "(" + s + ")"
	case negative:
		return "-" + s
	case sp.has("+"):
		return "+" + s
	case sp.has(" "):
		return " " + s
	}
	return s
}

func convertFloat(sp spec, v Value) (string, string) {
	if v.k == kNull {
		return "null", ""
	}
	if v.k != kDouble && v.k != kFloat && v.k != kDecimal {
		return "", badConversion(sp, v)
	}
	precision := sp.precision
	if precision < 0 {
		precision = 6
	}
	f := toFloat(v)
	verb := sp.verb | 0x20
	s := ""
	switch verb {
	case 'f':
		s = halfUp(f, precision)
	default:
		s = strconv.FormatFloat(f, verb, precision, 64)
	}
	negative := strings.HasPrefix(s, "-")
	s = sp.signed(negative, sp.grouped(strings.TrimPrefix(s, "-")))
	if sp.verb < 'a' {
		s = strings.ToUpper(s)
	}
	return s, ""
}

// halfUp rounds the shortest decimal form half up, as Java's formatter does.
func halfUp(f float64, precision int) string {
	s := strconv.FormatFloat(f, 'f', -1, 64)
	d, ok := parseDecimal(s)
	if !ok {
		return s // infinite or not a number
	}
	precision = min(precision, maxScale)
	if d.scale > precision {
		scale := pow10(d.scale - precision)
		abs := new(big.Int).Abs(d.unscaled)
		abs.Add(abs, new(big.Int).Rsh(scale, 1)).Quo(abs, scale)
		if d.unscaled.Sign() < 0 {
			abs.Neg(abs)
		}
		d = decimal{abs, precision}
	} else {
		d = decimal{new(big.Int).Mul(d.unscaled, pow10(precision-d.scale)), precision}
	}
	text := string(plainDecimal(d))
	if f < 0 && !strings.HasPrefix(text, "-") {
		text = "-" + text
	}
	return text
}

func plainDecimal(d decimal) []byte {
	digits := new(big.Int).Abs(d.unscaled).String()
	if len(digits) <= d.scale {
		digits = strings.Repeat("0", d.scale-len(digits)+1) + digits
	}
	if d.scale > 0 {
		digits = digits[:len(digits)-d.scale] + "." + digits[len(digits)-d.scale:]
	}
	if d.unscaled.Sign() < 0 {
		digits = "-" + digits
	}
	return []byte(digits)
}
