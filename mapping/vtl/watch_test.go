package vtl

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/dragoman-gateway/dragoman/mapping/json"
	"github.com/dragoman-gateway/dragoman/mapping/vtl/java"
)

// spent is all that a rendering leaves: what it printed, why it ended, what it stored, and
// every meter.
type spent struct {
	Out, Err            string
	Request, Response   map[string]any
	Meter               java.Meter
	Failed, Drawn       int
	Blocks, Depth, Done int
}

// observe renders with or without somebody who looks on, and reads the meters.
func observe(t *testing.T, template *Template, body string, watch bool) (spent, int) {
	t.Helper()
	vars, told := watchVars(t, body), 0
	if watch {
		vars.Explain = func(Reference) { told++ }
		vars.Missing = func(string, int) {}
	}
	st := template.begin(context.Background(), vars)
	st.renderAll(template.tree.Body)
	err := st.finish()
	s := spent{Out: string(st.out), Meter: st.Meter, Failed: st.FailedAt, Drawn: st.bytes, Blocks: st.blocks, Depth: st.depth}
	s.Meter.Host = nil // the state, which is another
	s.Meter.Epoch = 0  // counts what states have counted before
	if err != nil {
		s.Err = err.Error()
	}
	if st.Done {
		s.Done = 1
	}
	template.end(st)
	s.Request, s.Response = vars.RequestOverride(), vars.ResponseOverride()
	return s, told
}

func watchVars(t *testing.T, body string) *Vars {
	t.Helper()
	text, err := os.ReadFile("testdata/defaults.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := json.ParseStrict(string(text))
	if err != nil {
		t.Fatal(err)
	}
	get := func(name string) json.Node {
		n, _ := doc.Root().Get(name)
		return n
	}
	if body == "" {
		body = get("body").Text()
	}
	group := func(name string) (all []Param) {
		n, _ := get("params").Get(name)
		for it := n.Iter(); it.Next(); {
			all = append(all, Param{Name: it.Key(), Value: it.Node().Text()})
		}
		return all
	}
	return &Vars{
		Body: []byte(body), Context: watchObject{get("context")}, Stage: watchObject{get("stageVariables")},
		Params: func() Params {
			return Params{Path: group("path"), Query: group("querystring"), Header: group("header")}
		},
	}
}

// watchObject shows a JSON object as an Object.
type watchObject struct{ json.Node }

func (o watchObject) Get(name string) (any, bool) {
	n, ok := o.Node.Get(name)
	switch n.Kind() {
	case json.Object:
		return watchObject{n}, ok
	case json.Null, json.Missing:
		return nil, ok
	}
	return n, ok
}

func (o watchObject) Names() (names []string) {
	for it := o.Iter(); it.Next(); {
		names = append(names, it.Key())
	}
	return names
}

// watched are templates of which a look would change something, if it were made as the
// rendering is.
var watched = []string{
	"#define($d)#set($n=1)x#end#set($l=[$d])#set($m=$l)[$n]",
	"#define($d)#set($x=$l.add(1))#end#set($l=[])#set($k=[$d])#set($j=$k)$l.size()",
	"#define($d)$d#end#set($l=[$d])#set($m=$l)1",
	"#set($s=$stageVariables)#set($t=$s)$stageVariables.get('stage')$s.size()",
	"#set($p=$input.params())#set($q=$p)$q.get('path').size()$input.params().size()",
	"#set($p=$input.params().get('header'))#set($q=$p)$q.size()",
	"#foreach($i in [1..3])#set($f=$foreach)#set($g=$f)#end$g.size()",
	"#set($c=$context)#set($d=$c)$d.size() $context.identity.sourceIp",
	"#set($s='0123456789')#foreach($i in [1..16])#set($s=\"$s$s\")#end#set($t=$s)$t.length()",
	"#set($l=[])#foreach($i in [1..400])#set($x=$l.add([1..400]))#end#set($m=$l)#foreach($i in [1..200])#set($n=$m)#end1",
	"#set($l=[])#set($x=$l.add($l))#set($y=$l.add([$l]))#set($m=$l)1",
	"#set($n=9)#foreach($i in [1..14])#set($n=$n*$n)#end#set($m=$n)#if($m)1#end",
	"#set($p=$input.path('$'))#set($x=$p.put('t',[1..1000]))#set($q=$p)$p.get('t').size()",
	"#set($b=$input.body)#foreach($i in [1..1000])#set($c=$b)#end1",
}

// Being looked at changes nothing of a rendering: not its text, its error, what it
// stores, nor any of its meters, down to its last unit of work.
func TestNobodySeesTheObserver(t *testing.T) {
	cases, told := 0, 0
	check := func(text, body string, limits Limits) (work, memory int) {
		t.Helper()
		template, err := ParseWith(text, Options{Limits: limits})
		if err != nil {
			return 0, 0
		}
		alone, _ := observe(t, template, body, false)
		seen, n := observe(t, template, body, true)
		// What a payload takes depends on the memory that an earlier one has left behind:
		// a difference that is not the observer's is not there each time.
		for try := 0; try < 5 && !reflect.DeepEqual(alone, seen); try++ {
			alone, _ = observe(t, template, body, false)
			seen, n = observe(t, template, body, true)
		}
		if diff := cmp.Diff(alone, seen, cmp.AllowUnexported(java.Meter{})); diff != "" {
			t.Errorf("%.200q within %+v (- alone, + seen):\n%s", text, limits, diff)
		}
		cases, told = cases+1, told+n
		return alone.Meter.Spent - alone.Meter.Fuel, alone.Meter.Total
	}
	whole := func(text, body string) {
		t.Helper()
		work, memory := check(text, body, Limits{})
		// Where a budget ends on the way, it ends at the same place.
		for _, share := range []int{3, 2} {
			if work > share {
				check(text, body, Limits{Work: work / share})
			}
			if memory > java.Floor {
				check(text, body, Limits{Memory: memory / share})
			}
		}
		if work > 1 {
			check(text, body, Limits{Work: work})
			check(text, body, Limits{Work: work - 1})
		}
	}
	for _, text := range watched {
		whole(text, "")
	}
	files, _ := filepath.Glob("testdata/*.txtar")
	for _, file := range files {
		eachCase(t, file, whole)
	}
	if cases < 1000 || told < 1000 {
		t.Errorf("only %d renderings, which told of %d references", cases, told)
	}
}

// eachCase shows f every template of a script with its body, "" for that of defaults.
func eachCase(t *testing.T, file string, f func(template, body string)) {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	template, body, any := "", "", false
	for _, section := range archive.Files {
		name, quoted := strings.CutSuffix(section.Name, ".quoted")
		text := strings.TrimSuffix(string(section.Data), "\n")
		if quoted {
			doc, err := json.ParseStrict(text)
			if err != nil {
				t.Fatal(err)
			}
			text = doc.Root().Text()
		}
		switch name {
		case "template":
			if any {
				f(template, body)
			}
			template, body, any = text, "", true
		case "body":
			body = text
		}
	}
	if any {
		f(template, body)
	}
}

// What is told is bounded, and so is what it takes to tell it.
func TestLooksAreBounded(t *testing.T) {
	for _, row := range []struct {
		name, template string
		value          string // what the last look begins with
		bytes          int
		more           bool
	}{
		{"text", "#set($s='0123456789')#foreach($i in [1..16])#set($s=\"$s$s\")#end$s", "0123456789", 655360, false},
		{"list", "#set($l=[1..100])$l", "[1, 2, 3, ", 392, false},
		{"long list", "#set($l=[1..100000])$l.equals(1)#set($m=$l)", "", 0, true},
		{"texts in a list", "#set($s='0123456789')#foreach($i in [1..16])#set($s=\"$s$s\")#end#set($l=[$s,$s])$l.equals(1)#set($m=$l)", "", 0, true},
		{"number", "#set($n=9)#foreach($i in [1..15])#set($n=$n*$n)#end#set($m=$n)", "", 0, true},
		{"block", "#define($d)x#end#set($l=[$d])$l", "[#define block at 1:1]", 22, false},
	} {
		template, err := Parse(row.template)
		if err != nil {
			t.Fatal(err)
		}
		var largest, last Reference
		_, err = template.Append(t.Context(), nil, &Vars{MostOfValue: 100, Explain: func(r Reference) {
			if last = r; r.More {
				largest = r
			}
			if len(r.Value) > 100 {
				t.Errorf("%s: %d bytes are told", row.name, len(r.Value))
			}
		}})
		switch {
		case err != nil:
			t.Errorf("%s: %v", row.name, err)
		case row.more && !largest.More:
			t.Errorf("%s: nothing was cut", row.name)
		case !row.more && (!strings.HasPrefix(last.Value, row.value) || last.Bytes != row.bytes || last.More):
			t.Errorf("%s: got %+v", row.name, last)
		}
	}
	// All looks together take as much as one rendering may spend on them.
	template, err := Parse("#set($l=[1..9000])#foreach($i in [1..900])#set($m=$l)#end")
	if err != nil {
		t.Fatal(err)
	}
	shown, refused := 0, 0
	if _, err := template.Append(t.Context(), nil, &Vars{Explain: func(r Reference) {
		if r.Bytes > 0 {
			shown++
		} else {
			refused++
		}
	}}); err != nil || shown < 10 || refused < 500 {
		t.Errorf("%d looks were made and %d refused: %v", shown, refused, err)
	}
	// Nobody is told what he does not want.
	template, told := mustParse(t, "#foreach($i in [1..500])$i#end"), 0
	vars := &Vars{Explain: func(Reference) { told++ }, Wanted: func(offset int, resolved bool) bool { return offset == 24 && resolved && told == 0 }}
	if out, err := template.Append(t.Context(), nil, vars); err != nil || len(out) != 1392 || told != 1 {
		t.Errorf("told %d times of %d bytes: %v", told, len(out), err)
	}
}

func mustParse(t *testing.T, text string) *Template {
	t.Helper()
	template, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return template
}
