package vtl

// classRef is what getClass gives: a name and nothing more. No template gets
// further into reflection than that.
type classRef struct {
	name string
	of   Value // of that class
}

// class tells the Java classes of objects apart where == asks for them.
type class uint8

const (
	classNone class = iota
	classObject
	classArrayList
	classJSONArray
	classSubList
	classArray
	classLinkedHashMap
	classHashMap
	classAPIMap
	classScope
	classKeySet
	classHashKeySet
	classValues
	classHashValues
	classEntrySet
	classHashEntrySet
	classEntry
	classHashEntry
	classWalker
	classBlock
	classInput
	classUtil
	classClass
	classInfo
)

func classOf(o any) class {
	switch o := o.(type) {
	case *list:
		return classArrayList
	case *nodeList:
		return classJSONArray
	case *subList:
		return classSubList
	case *array:
		return classArray
	case *nodeMap, *stageMap, *paramGroups, *paramGroup:
		return classLinkedHashMap
	case *dict:
		return [...]class{classLinkedHashMap, classHashMap, classAPIMap}[o.class]
	case *contextMap:
		return classAPIMap
	case *scope:
		return classScope
	case *view:
		return viewClass(o)
	case *entry:
		if hashed(o.m) {
			return classHashEntry
		}
		return classEntry
	case *walker:
		return classWalker
	case *block:
		return classBlock
	case *inputObject:
		return classInput
	case *utilObject:
		return classUtil
	case *classRef:
		return classClass
	case *scopeInfo:
		return classInfo
	}
	return classNone
}

func viewClass(o *view) class {
	linked := [...]class{classKeySet, classValues, classEntrySet}
	hash := [...]class{classHashKeySet, classHashValues, classHashEntrySet}
	if hashed(o.m) {
		return hash[o.part]
	}
	return linked[o.part]
}

// hashed holds for maps in Java's bucket order.
func hashed(m mapping) bool {
	switch m := m.(type) {
	case *dict:
		return m.class != linkedMap
	case *contextMap, *scope:
		return true
	}
	return false
}

// superclass is the next class above, among those that templates meet.
func superclass(c class) class {
	switch c {
	case classJSONArray:
		return classArrayList
	case classLinkedHashMap, classAPIMap:
		return classHashMap
	case classEntry:
		return classHashEntry
	}
	return classObject
}

// className is the name that Java gives the value's class.
func className(v Value) string {
	scalars := [...]string{
		kNull: "null", kBool: "java.lang.Boolean", kByte: "java.lang.Byte", kShort: "java.lang.Short",
		kInt: "java.lang.Integer", kLong: "java.lang.Long", kBig: "java.math.BigInteger", kFloat: "java.lang.Float",
		kDouble: "java.lang.Double", kDecimal: "java.math.BigDecimal", kChar: "java.lang.Character", kString: "java.lang.String",
	}
	if v.k != kObject {
		return scalars[v.k]
	}
	if a, ok := v.o.(*array); ok {
		return "[" + a.elem
	}
	names := [...]string{
		classNone: "java.lang.Object", classArrayList: "java.util.ArrayList", classJSONArray: "net.minidev.json.JSONArray",
		classSubList: "java.util.ArrayList$SubList", classLinkedHashMap: "java.util.LinkedHashMap", classHashMap: "java.util.HashMap",
		classAPIMap: "java.util.HashMap", classScope: "org.apache.velocity.runtime.directive.ForeachScope",
		classKeySet: "java.util.LinkedHashMap$LinkedKeySet", classHashKeySet: "java.util.HashMap$KeySet",
		classValues: "java.util.LinkedHashMap$LinkedValues", classHashValues: "java.util.HashMap$Values",
		classEntrySet: "java.util.LinkedHashMap$LinkedEntrySet", classHashEntrySet: "java.util.HashMap$EntrySet",
		classEntry: "java.util.LinkedHashMap$Entry", classHashEntry: "java.util.HashMap$Node", classWalker: "java.util.ArrayList$Itr",
		classBlock: "org.apache.velocity.runtime.directive.Block$Reference", classInput: "Input", classUtil: "Util",
		classClass: "java.lang.Class", classInfo: "org.apache.velocity.runtime.directive.Scope$Info",
	}
	return names[classOf(v.o)]
}
