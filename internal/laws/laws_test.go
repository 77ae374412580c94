package laws

import (
	"encoding/json"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/dragoman-gateway/dragoman/"

// laws name rooms by folder; a room that ends in /... stands for all below it.
var laws = []struct {
	room   string
	never  []string
	reason string
}{
	{"resource", []string{"store/...", "plan", "wire", "gateway/...", "management/..."}, "nouns do not know where they are kept, served or spoken"},
	{"fault", []string{"..."}, "everybody imports it"},
	{"internal/tasks", []string{"..."}, "everybody imports it"},
	{"internal/grammar", []string{"gateway/...", "integration/...", "exchange", "plan", "resource", "store/...", "management/...", "wire", "server"}, "both ends of the wire read with it"},
	{"message", []string{"gateway/...", "integration/...", "function/...", "authorizer/...", "exchange", "awsconfig", "plan", "resource", "mapping/...", "store/...", "management/...", "wire", "server"}, "integrations, functions and both planes share it"},
	{"evaluation/...", []string{"gateway/...", "integration/...", "function/...", "plan", "store/...", "management/...", "wire", "server", "cli/..."}, "what is tried is told alike by commands, operations and the data plane"},
	{"exchange", []string{"gateway/...", "integration/...", "function/...", "authorizer/...", "plan", "resource", "store/...", "management/...", "wire", "server"}, "authorizers and the variables of languages rest on it"},
	{"authorizer/...", []string{"gateway/...", "integration/...", "store/...", "management/...", "server"}, "an authorizer decides; who asks it is above"},
	{"function/...", []string{"gateway/...", "integration/...", "store/...", "management/...", "server"}, "integrations and authorizers invoke functions, not the other way round"},
	{"awsconfig", []string{"gateway/...", "integration/...", "function/...", "store/...", "management/...", "server"}, "functions and integrations call AWS through it"},
	{"management/...", []string{"plan", "gateway/...", "bus/..."}, "management only writes; the server hands it check and announce"},
	{"plan", []string{"store/...", "bus/...", "gateway/...", "management/...", "wire", "integration/...", "function/..."}, "compiling is pure, so that it can be fuzzed and benchmarked alone"},
	{"mapping/...", []string{"store/...", "bus/...", "gateway/...", "management/...", "wire", "resource", "plan", "integration/...", "function/..."}, "languages are handed their variables"},
	{"mapping/vtl/syntax", []string{"mapping/vtl", "mapping/vtl/java", "mapping/vtl/input", "mapping/jsonpath", "mapping/pattern"}, "a tree says what was written, not what it means"},
	{"mapping/vtl/java", []string{"mapping/vtl", "mapping/vtl/syntax", "mapping/vtl/input", "mapping/jsonpath"}, "values know neither the language that handles them nor the gateway that hands them over"},
	{"mapping/vtl/input", []string{"mapping/vtl", "mapping/vtl/syntax"}, "what the gateway hands over are objects to any interpreter"},
	{"gateway/httpapi", []string{"store/...", "management/...", "wire", "gateway/wsapi"}, "no request waits for the database"},
	{"gateway/wsapi", []string{"store/...", "management/...", "wire", "gateway/httpapi"}, "no message waits for the database"},
	{"gateway/peer", []string{"gateway/...", "plan", "resource", "store/...", "management/...", "wire", "server"}, "both planes and the management listener rest on it"},
	{"gateway/tap", []string{"gateway/...", "store/...", "management/...", "wire", "server", "integration/..."}, "both planes tell it, and whoever logs, counts or shows what happened listens"},
	{"gateway/trace", []string{"integration/...", "function/...", "gateway/wsapi", "gateway/httpapi", "gateway/backends", "store/...", "management/..."}, "calls are traced by the steps that tell of them, as they are logged"},
	{"gateway/executionlog", []string{"integration/...", "function/...", "gateway/wsapi", "gateway/httpapi", "gateway/backends", "store/...", "management/..."}, "steps are all that it knows of a message"},
	{"gateway/notice", []string{"..."}, "whoever refuses somebody tells it"},
	{"management/control/family", []string{"management/..."}, "what all kinds of resources share knows none of them"},
	{"management/own", []string{"management/disk"}, "what comes over the network reads no files and variables of this machine"},
	{"management/disk", []string{"store/...", "plan", "wire", "gateway/...", "management/control/...", "management/document", "server"}, "it completes values, whatever they are for"},
	{"management/tree", []string{"..."}, "it knows values and no nouns, so that every form of the configuration can be read by it"},
	{"template/...", []string{"store/...", "bus/...", "gateway/...", "plan", "server", "client", "cli/...", "function/...", "integration/...", "authorizer/...", "management/control/..."}, "templates are text in, resources out: pure, so that they can be fuzzed alone"},
	{"template/source", []string{"template/..."}, "every form of a template is read by it"},
	{"internal/watch", []string{"..."}, "whoever serves files may follow them"},
	{"clone/...", []string{"plan", "gateway/...", "bus/...", "server"}, "a copy is a document, whoever serves it"},
	{"console", []string{"..."}, "it is files, and speaks to the gateway over the wire alone"},
	{"mishap", []string{"..."}, "the gateway asks it and the management API writes its rules, which know nothing of each other"},
	{"measure", []string{"..."}, "the gateway counts in it and the management API reads it, which know nothing of each other"},
	{"roster", []string{"..."}, "the gateway tells it and the management API shows it, which know nothing of each other"},
	{"health", []string{"..."}, "the gateway tells it and the management API shows it, which know nothing of each other"},
	{"client", []string{"store/...", "plan", "gateway/...", "management/...", "integration/..."}, "the client speaks to the server over the wire alone"},
}

// third says which room alone imports a third-party module; tests may import more.
var third = map[string][]string{
	"go.yaml.in/yaml/v3":                          {"management/tree"},
	"modernc.org/sqlite":                          {"store/sqlite"},
	"github.com/jackc/pgx/v5":                     {"store/postgres", "store/postgres/conninfo"},
	"github.com/nats-io/nats.go":                  {"bus/nats"},
	"github.com/gobwas/ws":                        {"gateway/socket"},
	"github.com/go-jose/go-jose/v4":               {"authorizer/jwt"},
	"github.com/santhosh-tekuri/jsonschema/v6":    {"mapping/schema"},
	"go.opentelemetry.io/otel":                    {"gateway/trace"},
	"golang.org/x/crypto/acme":                    {"gateway/domain"},
	"github.com/prometheus/client_golang":         {"gateway/metric"},
	"github.com/evanw/esbuild":                    {"function/local/esbuild"},
	"github.com/spf13/cobra":                      {"cli", "internal/release", "internal/reference"},
	"github.com/BurntSushi/toml":                  {"template/assembly"},
	"github.com/jmespath/go-jmespath":             {"cli"},
	"github.com/fsnotify/fsnotify":                {"internal/watch"},
	"golang.org/x/net/http2":                      {"gateway/http2"},
	"github.com/summerwind/h2spec":                {},
	"golang.org/x/term":                           {"cli/terminal"},
	"github.com/dlclark/regexp2":                  {"mapping/pattern"},
	"github.com/aws/aws-sdk-go-v2/service/lambda": {},
	"github.com/chromedp/chromedp":                {},
	"github.com/chromedp/cdproto":                 {},
}

type listed struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) map[string][]string {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	found := map[string][]string{}
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p listed
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		found[strings.TrimPrefix(p.ImportPath, module)] = p.Imports
	}
	if len(found) < 5 {
		t.Fatalf("found %d packages, the laws would hold of nothing", len(found))
	}
	return found
}

func in(room, rule string) bool {
	if base, all := strings.CutSuffix(rule, "..."); all {
		base = strings.TrimSuffix(base, "/")
		return base == "" || room == base || strings.HasPrefix(room, base+"/")
	}
	return room == rule
}

func TestLawsOfImport(t *testing.T) {
	found := packages(t)
	for _, law := range laws {
		for room, imports := range found {
			if !in(room, law.room) {
				continue
			}
			for _, imported := range imports {
				ours, ok := strings.CutPrefix(imported, module)
				if ok && slices.ContainsFunc(law.never, func(rule string) bool { return in(ours, rule) }) {
					t.Errorf("%s imports %s: %s", room, ours, law.reason)
				}
			}
		}
	}
}

func TestSiblingsStayApart(t *testing.T) {
	for room, imports := range packages(t) {
		parent := path.Dir(room)
		if parent != "integration" && parent != "authorizer" {
			continue
		}
		for _, imported := range imports {
			ours := strings.TrimPrefix(imported, module)
			if path.Dir(ours) == parent {
				t.Errorf("%s imports its sibling %s: a new backend must not disturb the others", room, ours)
			}
		}
	}
}

func TestOneRoomPerModule(t *testing.T) {
	for room, imports := range packages(t) {
		if strings.HasPrefix(room, "bench/") || strings.HasPrefix(room, "examples/") {
			continue
		}
		for _, imported := range imports {
			for mod, rooms := range third {
				if (imported == mod || strings.HasPrefix(imported, mod+"/")) && !slices.Contains(rooms, room) {
					t.Errorf("%s imports %s: only %v may, so that it can be replaced in one place", room, mod, rooms)
				}
			}
		}
	}
}
