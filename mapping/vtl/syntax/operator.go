package syntax

// matchWord matches a bare word or an operator that is one.
func matchWord(s string) (tokenKind, int) {
	// The longest word counts: "order" is no operator with something behind it.
	w := word(s)
	switch s[:w] {
	case "true":
		return tkTrue, w
	case "false":
		return tkFalse, w
	case "and":
		return tkAnd, w
	case "or":
		return tkOr, w
	case "not":
		return tkNot, w
	case "lt":
		return tkLess, w
	case "le":
		return tkLessEqual, w
	case "gt":
		return tkGreater, w
	case "ge":
		return tkGreaterEqual, w
	case "eq":
		return tkEqual, w
	case "ne":
		return tkNotEqual, w
	}
	return tkWord, w
}

// matchSign matches an operator that is a sign or two.
func matchSign(s string) (tokenKind, int) {
	next := byte(0)
	if len(s) > 1 {
		next = s[1]
	}
	switch s[0] {
	case '-':
		return tkMinus, 1
	case '+':
		return tkPlus, 1
	case '*':
		return tkTimes, 1
	case '/':
		return tkDivide, 1
	case '%':
		return tkModulo, 1
	case '&':
		// A lone & or | means nothing in the language, and is a fault where it stands.
		return both(next == '&', tkAnd, tkNone)
	case '|':
		return both(next == '|', tkOr, tkNone)
	case '<':
		return both(next == '=', tkLessEqual, tkLess)
	case '>':
		return both(next == '=', tkGreaterEqual, tkGreater)
	case '=':
		return both(next == '=', tkEqual, tkAssign)
	case '!':
		return both(next == '=', tkNotEqual, tkNot)
	}
	return tkNone, 0
}

// both picks the operator of two signs or that of one.
func both(two bool, long, short tokenKind) (tokenKind, int) {
	switch {
	case two:
		return long, 2
	case short == tkNone:
		return tkNone, 0
	}
	return short, 1
}
