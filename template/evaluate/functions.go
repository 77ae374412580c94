package evaluate

import (
	"cmp"
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// join makes one text of several.
// Documented: CloudFormation Template Reference, Fn::Join.
func (s *stack) join(n tree.Node, p place) (tree.Node, bool) {
	arguments, ok := s.arguments(n, p, 2, 2, `Fn::Join: ["delimiter", [a, b]]`)
	if !ok {
		return tree.Node{}, false
	}
	delimiter, first := s.text(arguments[0], p, "the delimiter of Fn::Join")
	// An empty delimiter is allowed, and puts the texts together as they are.
	texts, second := s.texts(arguments[1], p, "what Fn::Join joins")
	if !first || !second {
		return tree.Node{}, false
	}
	length := len(delimiter) * max(len(texts)-1, 0)
	for _, text := range texts {
		length += len(text)
	}
	if !s.spend(n, p.path, 0, length) { // before it is made
		return tree.Node{}, false
	}
	return s.made(strings.Join(texts, delimiter), n, p)
}

// selected takes one item of a list.
// Documented: CloudFormation Template Reference, Fn::Select: an index beyond the list, and
// an item that is not there, are errors.
func (s *stack) selected(n tree.Node, p place) (tree.Node, bool) {
	arguments, ok := s.arguments(n, p, 2, 2, "Fn::Select: [0, [a, b]]")
	if !ok {
		return tree.Node{}, false
	}
	index, first := s.text(arguments[0], p, "the index of Fn::Select")
	items, second := s.items(arguments[1], p, "what Fn::Select selects from")
	if !first || !second {
		return tree.Node{}, false
	}
	// The index may be a text: a parameter of type Number is one where it is named.
	i, err := strconv.Atoi(index)
	if err != nil {
		s.fault(arguments[0], p.path, "the index "+quoted(index)+" of Fn::Select is no number", "the first item has the index 0")
		return tree.Node{}, false
	}
	if i < 0 || i >= len(items) {
		s.fault(arguments[0], p.path, "Fn::Select has no item "+index+" in a list of "+strconv.Itoa(len(items)), "the first item has the index 0")
		return tree.Node{}, false
	}
	return s.shared(items[i], n, p)
}

// split makes a list of a text.
// Documented: CloudFormation Template Reference, Fn::Split.
func (s *stack) split(n tree.Node, p place) (tree.Node, bool) {
	arguments, ok := s.arguments(n, p, 2, 2, `Fn::Split: [",", "a,b"]`)
	if !ok {
		return tree.Node{}, false
	}
	delimiter, first := s.text(arguments[0], p, "the delimiter of Fn::Split")
	text, second := s.text(arguments[1], p, "what Fn::Split splits")
	if !first || !second {
		return tree.Node{}, false
	}
	// Assumed: what an empty delimiter splits, between letters or nothing at all, no
	// page says, so that it could mean two things.
	if delimiter == "" {
		s.fault(arguments[0], p.path, "the delimiter of Fn::Split is empty", `Fn::Split: [",", "a,b"]`)
		return tree.Node{}, false
	}
	if !s.spend(n, p.path, 1+strings.Count(text, delimiter), len(text)) {
		return tree.Node{}, false
	}
	// Documented: CloudFormation Template Reference, Fn::Split: consecutive delimiters
	// make empty texts, and so does one at the end. They are kept, for Fn::Select
	// counts them.
	list := tree.List().From(n)
	for part := range strings.SplitSeq(text, delimiter) {
		list.Add(tree.Text(part).From(n))
	}
	return list, true
}

// base64 encodes a text, as the user data of instances wants it. Documented:
// CloudFormation Template Reference, Fn::Base64.
func (s *stack) base64(n tree.Node, p place) (tree.Node, bool) {
	text, ok := s.text(n, p, "what Fn::Base64 encodes")
	if !ok || !s.spend(n, p.path, 0, len(text)*4/3) {
		return tree.Node{}, false
	}
	return s.made(base64.StdEncoding.EncodeToString([]byte(text)), n, p)
}

// zones answers three zones of a region. AWS tells those of the account.
func (s *stack) zones(n tree.Node, p place) (tree.Node, bool) {
	region, ok := s.text(n, p, "the region of Fn::GetAZs")
	if !ok {
		return tree.Node{}, false
	}
	// Documented: CloudFormation Template Reference, Fn::GetAZs: the empty text is the
	// region that the stack is in.
	if region == "" {
		region = s.Region
	}
	// Assumed: three zones. Which an account has differs; most regions have three at
	// least, and templates that spread over zones take the first two or three.
	if !s.spend(n, p.path, 3, 3*len(region)) {
		return tree.Node{}, false
	}
	return tree.Texts([]string{region + "a", region + "b", region + "c"}).From(n), true
}

// jsonText writes a value as CloudFormation writes one: without white space, members in
// their order. Documented: CloudFormation Template Reference, Fn::ToJsonString.
func (s *stack) jsonText(n tree.Node, p place) (tree.Node, bool) {
	value, ok := s.value(n, p)
	if !ok {
		return tree.Node{}, false
	}
	// Documented: CloudFormation Template Reference, Fn::ToJsonString: an object or an
	// array.
	if !value.IsObject() && !value.IsList() {
		s.fault(n, p.path, "Fn::ToJsonString takes an object or a list", "Fn::ToJsonString: {a: 1}")
		return tree.Node{}, false
	}
	text, err := value.JSON(tree.Limits{Bytes: max(s.bytes, 0)})
	if err != nil {
		s.bytes = 0
		return s.made(" ", n, p) // which is more than is left
	}
	return s.made(string(text), n, p)
}

// length counts items. Documented: CloudFormation Template Reference, Fn::Length.
func (s *stack) length(n tree.Node, p place) (tree.Node, bool) {
	items, ok := s.items(n, p, "what Fn::Length counts")
	if !ok {
		return tree.Node{}, false
	}
	return tree.Int(int32(len(items))).From(n), true
}

// findInMap looks two keys up, or takes the default where there is one.
// Documented: CloudFormation Template Reference, Fn::FindInMap, and Fn::FindInMap
// enhancements of AWS::LanguageExtensions.
func (s *stack) findInMap(n tree.Node, p place) (tree.Node, bool) {
	arguments, ok := s.arguments(n, p, 3, 4, "Fn::FindInMap: [Map, first key, second key]")
	if !ok {
		return tree.Node{}, false
	}
	var keys [3]string
	whole := true
	for i := range keys {
		keys[i], ok = s.text(arguments[i], p, "a key of Fn::FindInMap")
		whole = whole && ok
	}
	if !whole {
		return tree.Node{}, false
	}
	var instead tree.Node
	if len(arguments) == 4 {
		// It is worked out only when it is needed, as the values of Fn::If are.
		instead = arguments[3].Get("DefaultValue")
	}
	mapping, found := s.mappings.named[keys[0]]
	if !found && s.mayBe(keys[0]) || source.Gaps(mapping) {
		return tree.Node{}, false
	}
	if !found && !instead.There() {
		s.fault(arguments[0], p.path, "there is no mapping "+quoted(keys[0]), cmp.Or(s.suggest(keys[0], s.mappings.names), "declare it in Mappings"))
		return tree.Node{}, false
	}
	for _, key := range keys[1:] {
		within := mapping
		if mapping = within.Get(key); mapping.There() {
			continue
		}
		if instead.There() {
			return s.value(instead, p)
		}
		s.fault(arguments[1], p.path, "the mapping "+keys[0]+" has no key "+quoted(key), s.suggest(key, keysOf(within)))
		return tree.Node{}, false
	}
	// Documented: CloudFormation User Guide, Mappings: values are texts or lists. Any
	// other is handed on as it is, and is refused where it does not fit.
	return s.shared(mapping, n, p)
}

func keysOf(n tree.Node) (keys []string) {
	for key := range n.Members() {
		keys = append(keys, key)
	}
	return keys
}

// quoted puts a text of a template into quotes; a long one is cut.
// Texts may be as long as a template, and a fault is one line on somebody's screen.
func quoted(text string) string { return strconv.Quote(clipped(text)) }
