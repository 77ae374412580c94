package java

import "slices"

// Method names a Java method by a number, so that a template is searched for names
// once. The zero Method is one that no value has.
type Method uint16

// added are the methods of what languages put beside Java's values: $input, $util and
// $foreach.
var added = []string{
	"base64Decode", "base64Encode", "escapeJavaScript", "getBody", "getCount", "getFirst", "getHasNext", "getIndex", "getInfo",
	"getLast", "getParent", "getReplaced", "getTopmost", "isFirst", "isLast", "json", "params", "parseJson", "path", "urlDecode", "urlEncode",
}

// ofAny are the methods of every object, see invokeAny, and what getClass gives has.
var ofAny = []string{"compareTo", "equals", "getClass", "getName", "hashCode", "notifyAll", "toString"}

// methodNames are all methods that there are on any value, in alphabetical order.
var methodNames = allMethodNames()

// methods are their numbers.
var methods = numberedNames(methodNames)

func allMethodNames() []string {
	names := slices.Concat(added, ofAny)
	for _, rows := range [...][]row{
		stringRows, stringAbsent, numberRows, boxRows, intRows, longRows, doubleRows, floatRows, boolRows, charRows,
		bigRows, bigAbsent, decimalRows, decimalAbsent, listRows, arrayListRows, jsonArrayRows, mapRows, hashMapRows,
		viewRows, entryRows, walkerRows,
	} {
		for i := range rows {
			names = append(names, rows[i].name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func numberedNames(list []string) nameTable {
	numbers := newNameTable(len(list))
	for i, name := range list {
		numbers.put(name, uint16(i+1))
	}
	return numbers
}

// MethodNames lists the methods that there are on any value.
func MethodNames() []string { return slices.Clone(methodNames) }

// MethodNamed is the number of a method, zero for a name that no value has.
func MethodNamed(name string) Method { return Method(methods.of(name, Hash(name))) }

// Drops tells the methods that can take a value out of a collection.
func (m Method) Drops() bool { return dropping[m] }

var dropping = methodSet("clear", "remove", "removeAll", "retainAll", "put", "putAll", "set", "setValue", "replace")

// static are the static methods, which can be called through a class.
//
// Source: Method.invoke of Java ignores the object for a static method, so that a class
// will do.
var static = methodSet("parseInt", "parseLong", "parseDouble", "parseFloat", "parseBoolean", "valueOf", "toHexString", "toBinaryString",
	"toOctalString", "max", "min", "sum", "compare", "signum", "format", "join", "bitCount", "logicalAnd", "logicalOr", "logicalXor")

// methodSet is a row of all methods: it is asked of each call of a template that is parsed.
func methodSet(names ...string) []bool {
	set := make([]bool, len(methodNames)+1)
	for _, name := range names {
		set[MethodNamed(name)] = true
	}
	return set
}

// The methods that are asked for by number.
var (
	getClass, getName  = MethodNamed("getClass"), MethodNamed("getName")
	toString, hashCode = MethodNamed("toString"), MethodNamed("hashCode")
	toLowerCase        = MethodNamed("toLowerCase")
	toUpperCase        = MethodNamed("toUpperCase")
	equals, compareTo  = MethodNamed("equals"), MethodNamed("compareTo")
	notifyAll, get     = MethodNamed("notifyAll"), MethodNamed("get")
)
