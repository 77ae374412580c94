package java

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// spec is one conversion of String.format: %[n$][flags][width][.precision]x.
type spec struct {
	index     int  // 1-based, 0 for the next argument
	again     bool // the argument before, written as <
	flags     string
	width     int
	precision int // -1 if absent
	verb      byte
}

// format is String.format for the conversions s S d x X o c C b f e g a n %. One array
// for arguments is the arguments. What is written so far is looked at before each piece,
// because width and precision are the template's to choose.
//
// Source: the Java SE 17 API, java.util.Formatter.
func (vm *VM) format(f string, args []Value) (Value, bool) {
	if len(args) == 1 {
		if a, ok := args[0].Obj.(*array); ok {
			args = a.items
		}
	}
	var b strings.Builder
	next, last := 0, -1
	for {
		i := strings.IndexByte(f, '%')
		if i < 0 {
			break
		}
		b.WriteString(f[:i])
		sp, rest, ok := parseSpec(f[i+1:])
		if !ok {
			vm.Throw("java.util.UnknownFormatConversionException: Conversion = '%'")
			return Value{}, false
		}
		f = rest
		if fault := sp.fault(); fault != "" {
			vm.Throw(fault)
			return Value{}, false
		}
		switch sp.verb {
		case 'n':
			b.WriteByte('\n')
			continue
		case '%':
			if !vm.Reserve(b.Len()+sp.width) || !vm.Spend(CallWork) {
				return Value{}, false
			}
			b.WriteString(sp.pad("%"))
			continue
		}
		at := sp.index - 1
		switch {
		case sp.again:
			at = last
		case sp.index == 0:
			at = next
			next++
		}
		last = at
		if at < 0 || at >= len(args) {
			vm.Throw("java.util.MissingFormatArgumentException: Format specifier '%" + string(sp.verb) + "'")
			return Value{}, false
		}
		s, fault := vm.convert(sp, args[at])
		if fault != "" {
			vm.Throw(fault)
			return Value{}, false
		}
		if vm.Done || !vm.Reserve(b.Len()+len(s)+sp.width) || !vm.Spend(CallWork+(len(s)+sp.width)>>3) {
			return Value{}, false
		}
		b.WriteString(sp.pad(s))
	}
	b.WriteString(f)
	return vm.Made(b.String()), true
}

// parseSpec reads what stands behind a %. Numbers of more than six digits end there.
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
	for i < len(s) && strings.IndexByte("-#+ 0,(<", s[i]) >= 0 {
		i++
	}
	sp.flags, sp.again = strings.ReplaceAll(s[start:i], "<", ""), strings.Contains(s[start:i], "<")
	sp.width = number()
	if i < len(s) && s[i] == '.' {
		i++
		sp.precision = number()
	}
	if i >= len(s) || strings.IndexByte("sSdxXocCbBfeEgGaAnhH%", s[i]) < 0 {
		return sp, s, false
	}
	sp.verb = s[i]
	return sp, s[i+1:], true
}

// fault says what Java finds wrong with a conversion before it looks at its argument:
// flags that contradict each other, that the conversion has no use for, or that want a
// width where there is none.
//
// Source: Formatter.FormatSpecifier.checkGeneral, checkInteger, checkFloat and their kin
// of OpenJDK 17, in the order in which they ask.
func (sp spec) fault() string {
	text := "%" + sp.flags + string(sp.verb)
	for i := range len(sp.flags) {
		if strings.IndexByte(sp.flags[i+1:], sp.flags[i]) >= 0 {
			return "java.util.DuplicateFormatFlagsException: Flags = '" + sp.flags + "'"
		}
	}
	never, numeric := "", false
	switch sp.verb | 0x20 {
	case 's', 'b', 'h':
		never = "#+ 0,("
	case 'c':
		never = "#+ 0,("
	case 'd':
		never, numeric = "#", true
	case 'x', 'o':
		never, numeric = ",", true
	case 'e':
		never, numeric = ",", true
	case 'g':
		never, numeric = "#", true
	case 'a':
		never, numeric = ",(", true
	case 'f':
		numeric = true
	default: // % and n
		if strings.Trim(sp.flags, "-") != "" || sp.verb == 'n' && sp.flags != "" {
			return "java.util.IllegalFormatFlagsException: Flags = '" + sp.flags + "'"
		}
		if sp.verb == 'n' && sp.width > 0 {
			return "java.util.IllegalFormatWidthException: " + strconv.Itoa(sp.width)
		}
	}
	if i := strings.IndexAny(sp.flags, never); i >= 0 && never != "" {
		return "java.util.FormatFlagsConversionMismatchException: Conversion = " + string(sp.verb) + ", Flags = " + sp.flags[i:i+1]
	}
	if sp.width == 0 && (sp.has("-") || numeric && sp.has("0")) {
		return "java.util.MissingFormatWidthException: " + text
	}
	if numeric && (sp.has("+") && sp.has(" ") || sp.has("-") && sp.has("0")) {
		return "java.util.IllegalFormatFlagsException: Flags = '" + sp.flags + "'"
	}
	if sp.precision >= 0 && strings.IndexByte("dxocn%", sp.verb|0x20) >= 0 || sp.precision >= 0 && sp.verb == '%' {
		return "java.util.IllegalFormatPrecisionException: " + strconv.Itoa(sp.precision)
	}
	return ""
}

func (sp spec) has(flag string) bool { return strings.Contains(sp.flags, flag) }

// pad fills up to the width: with blanks at either end, or with zeros behind the sign
// and what tells the base.
//
// Source: the Java SE 17 API, Formatter, "Width": the minimum number of characters, which
// count as UTF-16 units.
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
		if strings.HasPrefix(s[sign:], "0x") || strings.HasPrefix(s[sign:], "0X") {
			sign += 2
		}
		return s[:sign] + strings.Repeat("0", n) + s[sign:]
	}
	return strings.Repeat(" ", n) + s
}

// convert writes one argument.
//
// Source: the Java SE 17 API, Formatter, "Conversions": b is false of null, the value of
// a Boolean and true of all else; a capital letter writes in capitals; the precision of
// s, b and h is the most characters that are written.
func (vm *VM) convert(sp spec, v Value) (text, fault string) {
	switch sp.verb {
	case 's', 'S':
		text = vm.Text(v)
	case 'b', 'B':
		text = strconv.FormatBool(v.Kind != Null && (v.Kind != Bool || v.bool()))
	case 'h', 'H':
		text = strconv.FormatUint(uint64(uint32(vm.hash(v))), 16)
	case 'c', 'C':
		text, fault = vm.convertChar(v)
		if sp.verb == 'C' {
			text = upper(text)
		}
		return text, fault
	case 'd', 'x', 'X', 'o':
		if (v.Kind == Big || v.Kind == Decimal) && !vm.spendText(v) {
			return "", ""
		}
		return convertWhole(sp, v)
	default:
		if !vm.spendDigits(min(sp.precision+400, maxScale)) || v.Kind == Decimal && !vm.spendText(v) {
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

// badConversion is the exception for an argument of a class that a conversion does not
// take.
func badConversion(sp spec, v Value) string {
	return fmt.Sprintf("java.util.IllegalFormatConversionException: %c != %s", sp.verb, className(v))
}

// Source: the Java SE 17 API, Formatter, conversion c, which takes Byte, Short and
// Integer for code points.
func (vm *VM) convertChar(v Value) (string, string) {
	switch {
	case v.Kind == Null:
		return "null", ""
	case v.Kind == Char:
		return vm.Text(v), ""
	case isInt(v):
		return string(rune(v.Num)), ""
	}
	return "", badConversion(spec{verb: 'c'}, v)
}

// convertWhole is d, x, X and o, which take integers alone.
func convertWhole(sp spec, v Value) (string, string) {
	if v.Kind == Null {
		return "null", ""
	}
	if !v.isInteger() {
		return "", badConversion(sp, v)
	}
	n := toBig(v)
	if i := strings.IndexAny(sp.flags, "+ ("); sp.verb != 'd' && v.Kind != Big && i >= 0 {
		return "", "java.util.FormatFlagsConversionMismatchException: Conversion = " + string(sp.verb) + ", Flags = " + sp.flags[i:i+1]
	}
	// Source: Formatter prints a negative int in another base as if it were unsigned,
	// of the width of its class; a BigInteger keeps its sign.
	if sp.verb != 'd' && n.Sign() < 0 && v.Kind != Big {
		bits := map[Kind]uint{Byte: 8, Short: 16, Int: 32, Long: 64}[v.Kind]
		n = new(big.Int).Add(n, new(big.Int).Lsh(big.NewInt(1), bits))
	}
	switch sp.verb {
	case 'x':
		return sp.based(n, 16, "0x"), ""
	case 'X':
		return strings.ToUpper(sp.based(n, 16, "0x")), ""
	case 'o':
		return sp.based(n, 8, "0"), ""
	}
	return sp.signed(n.Sign() < 0, sp.grouped(new(big.Int).Abs(n).String())), ""
}

// based writes a number in a base, with what tells the base if that is asked for.
func (sp spec) based(n *big.Int, base int, prefix string) string {
	text := new(big.Int).Abs(n).Text(base)
	if sp.has("#") {
		text = prefix + text
	}
	return sp.signed(n.Sign() < 0, text)
}

// grouped puts commas between thousands when asked for.
//
// Source: the Java SE 17 API, Formatter, flag ",".
//
// Assumed: the locale is English.
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

// signed puts the sign before a number, or parentheses around one below zero.
//
// Source: the Java SE 17 API, Formatter, flags "+", " " and "(".
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

// convertFloat is e, f, g and a, which take Double, Float and BigDecimal alone. What is
// not said of the precision is 6.
//
// Source: the Java SE 17 API, Formatter, "Float and Double". An Integer is refused, as
// boxes are not converted.
func convertFloat(sp spec, v Value) (string, string) {
	if v.Kind == Null {
		return "null", ""
	}
	if v.Kind != Double && v.Kind != Float && v.Kind != Decimal {
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
	case 'a':
		s = hexFloat(f)
	case 'g':
		s = general(f, max(precision, 1))
	default:
		s = strconv.FormatFloat(f, verb, precision, 64)
	}
	if sp.has("#") && precision == 0 && verb != 'a' { // a point all the same
		mantissa, exponent, found := strings.Cut(s, "e")
		if s = mantissa + "."; found {
			s += "e" + exponent
		}
	}
	negative := strings.HasPrefix(s, "-")
	s = sp.signed(negative, sp.grouped(strings.TrimPrefix(s, "-")))
	if sp.verb < 'a' {
		s = strings.ToUpper(s)
	}
	return s, ""
}

// general is the conversion g: so many digits, with an exponent where the number is below
// a ten-thousandth or has more digits before the point. Unlike C's it keeps zeros.
//
// Source: the Java SE 17 API, Formatter, conversion g.
func general(f float64, digits int) string {
	if f == 0 {
		return halfUp(f, digits-1)
	}
	_, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
	n, err := strconv.Atoi(exponent)
	if err != nil {
		return strconv.FormatFloat(f, 'e', -1, 64) // infinite or not a number
	}
	if rounded, err := strconv.ParseFloat(halfUp(math.Abs(f), max(digits-1-n, 0)), 64); err == nil && n < digits && rounded >= math.Pow10(n+1) {
		n++ // 9.9999996 has become 10
	}
	if n < -4 || n >= digits {
		return strconv.FormatFloat(f, 'e', digits-1, 64)
	}
	return halfUp(f, digits-1-n)
}

// halfUp rounds the shortest decimal form half up: 0.125 becomes 0.13 and 1.005, whose
// double is below that, 1.01.
//
// Source: Formatter applies RoundingMode.HALF_UP to the digits of Double.toString.
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

// plainDecimal writes all digits and no exponent; the scale is not below zero.
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
