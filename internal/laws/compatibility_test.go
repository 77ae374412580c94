package laws

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/wire"
)

const compatibilityFile = "../../docs/compatibility.md"

var update = flag.Bool("update", false, "write what is generated in docs/compatibility.md")

// row is a line of a table of docs/compatibility.md.
type row struct {
	what, status, tests, differs string
}

func compatibility(t *testing.T) []row {
	t.Helper()
	text, err := os.ReadFile(compatibilityFile)
	if err != nil {
		t.Fatal(err)
	}
	var rows []row
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|---") || strings.HasPrefix(line, "| operation or feature |") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		if len(cells) != 4 {
			t.Errorf("%d columns, want 4: %s", len(cells), line)
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, row{cells[0], cells[1], cells[2], cells[3]})
	}
	if len(rows) < 100 {
		t.Fatalf("docs/compatibility.md has %d rows, the laws would hold of nothing", len(rows))
	}
	return rows
}

// A suite is what the tests of a room are called.
type suite struct {
	tests []string
	parts []string // what subtests may be called: texts in the tests, and names of test data
}

// suites are the tests of all rooms by the last element of their folder. The parts of
// suites that other rooms run, as store/storetest is, are parts of all.
func suites(t *testing.T) (all map[string]*suite, shared []string) {
	t.Helper()
	all = map[string]*suite{}
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		folder := filepath.Dir(path)
		if room, _, data := strings.Cut(folder, "/testdata"); data {
			s := suiteOf(all, room)
			name := filepath.Base(path)
			s.parts = append(s.parts, name, strings.TrimSuffix(name, filepath.Ext(name)))
			return nil
		}
		isTest := strings.HasSuffix(path, "_test.go")
		if !isTest && !(strings.HasSuffix(path, ".go") && strings.HasSuffix(folder, "test")) {
			return nil
		}
		tests, texts, err := declarations(path)
		if isTest {
			s := suiteOf(all, folder)
			s.tests = append(s.tests, tests...)
			s.parts = append(s.parts, texts...)
		} else {
			shared = append(shared, texts...)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all, shared
}

func suiteOf(all map[string]*suite, folder string) *suite {
	room := filepath.Base(folder)
	if all[room] == nil {
		all[room] = &suite{}
	}
	return all[room]
}

// declarations are the tests of a file, and its texts as subtests would be called.
func declarations(path string) (tests, texts []string, err error) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, nil, err
	}
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && isTestName.MatchString(f.Name.Name) {
			tests = append(tests, f.Name.Name)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if s, err := strconv.Unquote(lit.Value); err == nil {
				texts = append(texts, strings.ReplaceAll(s, " ", "_"))
			}
		}
		return true
	})
	return tests, texts, nil
}

var (
	isTestName = regexp.MustCompile(`^(?:Test|Fuzz|Benchmark|Example)\w*$`)
	namedTest  = regexp.MustCompile("`(\\w+)\\.((?:Test|Fuzz|Benchmark|Example)\\w*)(?:/([^`]+))?`")
)

// What is said to be proven names a test, and a part of it, that exists.
func TestCompatibilityNamesTestsThatExist(t *testing.T) {
	all, shared := suites(t)
	for _, r := range compatibility(t) {
		if !slices.Contains([]string{"done", "partial", "assumed"}, r.status) {
			t.Errorf("%s: status %q, want done, partial or assumed", r.what, r.status)
		}
		if r.status == "partial" && r.differs == "" {
			t.Errorf("%s: it is partial, and nothing says what is missing", r.what)
		}
		names := namedTest.FindAllStringSubmatch(r.tests, -1)
		if len(names) == 0 {
			t.Errorf("%s: no test proves it: %q", r.what, r.tests)
		}
		for _, name := range names {
			s := all[name[1]]
			if s == nil || !slices.Contains(s.tests, name[2]) {
				t.Errorf("%s: there is no test %s in a room %s", r.what, name[2], name[1])
				continue
			}
			for part := range strings.SplitSeq(name[3], "/") {
				if part != "" && !slices.Contains(s.parts, part) && !slices.Contains(shared, part) {
					t.Errorf("%s: nothing in the tests of %s is called %s, as a part of %s would be", r.what, name[1], part, name[2])
				}
			}
		}
	}
}

// families say which row an operation belongs to: the first family of which its name has
// a word.
var families = []struct {
	row   string
	words []string
}{
	{"Keys of usage plans", []string{"UsagePlanKey"}},
	{"Usage plans", []string{"UsagePlan", "Usage"}},
	{"API keys", []string{"ApiKey"}},
	{"API mappings", []string{"ApiMapping"}},
	{"CORS", []string{"CorsConfiguration"}},
	{"Export", []string{"ExportApi"}},
	{"Import", []string{"ImportApi", "ReimportApi"}},
	{"Stages", []string{"Stage", "AccessLogSettings", "RouteSettings"}},
	{"Integration responses", []string{"IntegrationResponse"}},
	{"Integrations", []string{"Integration"}},
	{"Route responses", []string{"RouteResponse"}},
	{"Routing rules", []string{"RoutingRule"}},
	{"Routes", []string{"Route"}},
	{"Pages of REST endpoints", []string{"ProductRestEndpointPage"}},
	{"Pages of products", []string{"ProductPage"}},
	{"Sharing of products", []string{"PortalProductSharingPolicy"}},
	{"Products of portals", []string{"PortalProduct"}},
	{"Publishing of portals", []string{"DisablePortal", "PreviewPortal", "PublishPortal"}},
	{"Portals", []string{"Portal"}},
	{"Authorizers", []string{"Authorizer"}},
	{"Deployments", []string{"Deployment"}},
	{"Domain names", []string{"DomainName"}},
	{"Models", []string{"Model"}},
	{"VPC links", []string{"VpcLink"}},
	{"Tags", []string{"Tag", "Untag"}},
	{"APIs", []string{"Api"}},
}

func familyOf(operation string) string {
	for _, f := range families {
		if slices.ContainsFunc(f.words, func(w string) bool { return strings.Contains(operation, w) }) {
			return f.row
		}
	}
	return ""
}

// Every operation belongs to a family that has a row.
func TestCompatibilityListsEveryOperation(t *testing.T) {
	rows := compatibility(t)
	for _, operation := range wire.Operations() {
		family := familyOf(operation.Name)
		if !slices.ContainsFunc(rows, func(r row) bool { return r.what == family }) {
			t.Errorf("%s is of family %q, which has no row in docs/compatibility.md", operation.Name, family)
		}
	}
}

// The list of operations is that of the table that the server works by. With -update it
// is written.
func TestCompatibilityOperations(t *testing.T) {
	const begin, end = "<!-- generated: operations -->\n", "<!-- end -->\n"
	text, err := os.ReadFile(compatibilityFile)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	is, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("docs/compatibility.md lacks %q or %q", begin, end)
	}
	want := operationList()
	if is == want {
		return
	}
	if !*update {
		t.Fatal("the list of operations is stale: run go test ./internal/laws -run TestCompatibilityOperations -update")
	}
	if err := os.WriteFile(compatibilityFile, []byte(before+begin+want+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

func operationList() string {
	members := map[string][]string{}
	total := 0
	for _, operation := range wire.Operations() {
		family := familyOf(operation.Name)
		members[family] = append(members[family], operation.Name)
		total++
	}
	names := make([]string, 0, len(members))
	for family := range members {
		names = append(names, family)
	}
	slices.SortFunc(names, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	var b strings.Builder
	fmt.Fprintf(&b, "%d operations in %d families:\n\n", total, len(names))
	for _, family := range names {
		slices.Sort(members[family])
		fmt.Fprintf(&b, "* %s (%d): %s\n", family, len(members[family]), strings.Join(members[family], ", "))
	}
	return b.String()
}

// TestCompatibilityCounts tells how many rows there are of each status; `make counts`
// shows it.
func TestCompatibilityCounts(t *testing.T) {
	counts := map[string]int{}
	for _, r := range compatibility(t) {
		counts[r.status]++
		if strings.Contains(r.differs, "assumed") {
			counts["with something assumed"]++
		}
	}
	if counts["done"] == 0 {
		t.Error("no row is done")
	}
	t.Logf("%v", counts)
}
