package java

// A Class is the Java class of an object, as far as templates can tell: by its
// name, by what == compares, and by how it prints.
type Class struct {
	name   string
	super  *Class // the next above among those that templates meet, nil: Object
	hashed bool   // a map in Java's bucket order
	bean   bool   // json-smart writes it as a bean without properties: {}
	lasts  bool   // its objects know nothing of a rendering and outlive it
}

// NewClass makes a class that a language adds to Java's.
func NewClass(name string, traits ...Trait) *Class {
	c := &Class{name: name}
	for _, t := range traits {
		t(c)
	}
	return c
}

// Trait is something that sets a class apart.
type Trait func(*Class)

// IsHashed is a map in Java's bucket order; IsBean is written as {} in JSON; IsLasting
// knows nothing of a rendering and outlives it.
func IsHashed(c *Class)  { c.hashed = true }
func IsBean(c *Class)    { c.bean = true }
func IsLasting(c *Class) { c.lasts = true }

// Java's own classes, and those of json-smart. The names are what getClass shows.
var (
	classObject        = &Class{name: "java.lang.Object"}
	classArrayList     = &Class{name: "java.util.ArrayList"}
	classJSONArray     = &Class{name: "net.minidev.json.JSONArray", super: classArrayList}
	classSubList       = &Class{name: "java.util.ArrayList$SubList"}
	classArray         = &Class{name: "["}
	classHashMap       = &Class{name: "java.util.HashMap", hashed: true}
	classLinkedHashMap = &Class{name: "java.util.LinkedHashMap", super: classHashMap}
	ClassAPIMap        = &Class{name: "java.util.HashMap", super: classHashMap, hashed: true}
	classHashEntry     = &Class{name: "java.util.HashMap$Node"}
	classEntry         = &Class{name: "java.util.LinkedHashMap$Entry", super: classHashEntry}
	classWalker        = &Class{name: "java.util.ArrayList$Itr"}
	classClass         = &Class{name: "java.lang.Class"}
)

// viewClasses are those of the views of a LinkedHashMap and of a HashMap.
var viewClasses = [2][3]*Class{
	{{name: "java.util.LinkedHashMap$LinkedKeySet"}, {name: "java.util.LinkedHashMap$LinkedValues"}, {name: "java.util.LinkedHashMap$LinkedEntrySet"}},
	{{name: "java.util.HashMap$KeySet"}, {name: "java.util.HashMap$Values"}, {name: "java.util.HashMap$EntrySet"}},
}

// mapClasses are those of a dict.
var mapClasses = [...]*Class{LinkedMap: classLinkedHashMap, HashMap: classHashMap, APIMap: ClassAPIMap}

// scalarNames are the classes of what is no object.
var scalarNames = [...]string{
	Null: "null", Bool: "java.lang.Boolean", Byte: "java.lang.Byte", Short: "java.lang.Short",
	Int: "java.lang.Integer", Long: "java.lang.Long", Big: "java.math.BigInteger", Float: "java.lang.Float",
	Double: "java.lang.Double", Decimal: "java.math.BigDecimal", Char: "java.lang.Character", String: "java.lang.String",
}

// Classed is an object of a class that a language added.
type Classed interface{ Class() *Class }

func classOf(o any) *Class {
	switch o := o.(type) {
	case *List:
		return classArrayList
	case *nodeList:
		return classJSONArray
	case *subList:
		return classSubList
	case *array:
		return classArray
	case *Dict:
		return mapClasses[o.Kind]
	case Classed:
		return o.Class()
	case Mapping:
		return classLinkedHashMap
	case *view:
		if hashed(o.m) {
			return viewClasses[1][o.part]
		}
		return viewClasses[0][o.part]
	case *entry:
		if hashed(o.m) {
			return classHashEntry
		}
		return classEntry
	case *Walker:
		return classWalker
	case *classRef:
		return classClass
	}
	return classObject
}

// hashed holds for maps in Java's bucket order.
//
// Source: the Java SE 17 API, HashMap: "makes no guarantees as to the order of the map";
// OpenJDK's is nevertheless always the same, and templates were written against it.
func hashed(m Mapping) bool { return classOf(m).hashed }

// relatedTo holds when one class is the other or directly above or below it.
//
// Source: ASTEQNode.evaluate of Velocity 1.7 asks isAssignableFrom both ways.
func (c *Class) relatedTo(other *Class) bool {
	return c == other || c.above() == other || other.above() == c
}

func (c *Class) above() *Class {
	if c.super == nil {
		return classObject
	}
	return c.super
}

// classRef is what getClass gives: a name and nothing more. No template gets
// further into reflection than that.
//
// Assumed: API Gateway refuses the rest too.
//
// Source: SecureIntrospectorImpl of Velocity 1.7 keeps templates from java.lang.reflect
// and class loaders.
type classRef struct {
	name string
	of   Value // of that class
}

// className is the name that Java gives the value's class.
//
// Source: the Java SE 17 API, Class.getName, where an array is [ and its component type.
func className(v Value) string {
	if v.Kind != Object {
		return scalarNames[v.Kind]
	}
	if a, ok := v.Obj.(*array); ok {
		return "[" + a.elem
	}
	return classOf(v.Obj).name
}
