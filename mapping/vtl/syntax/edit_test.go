package syntax_test

import (
	stdjson "encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/dragoman-gateway/dragoman/mapping/vtl/syntax"
)

// templates are all that the scripts of the language render, or fail to parse.
func templates(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("../testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	var all []string
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, section := range archive.Files {
			text := strings.TrimSuffix(string(section.Data), "\n")
			switch section.Name {
			case "template.quoted":
				if err := stdjson.Unmarshal([]byte(text), &text); err != nil {
					t.Fatalf("%s: %v", file, err)
				}
				all = append(all, text)
			case "template":
				all = append(all, text)
			}
		}
	}
	return append(all, corners...)
}

// corners are what the scripts do not write.
var corners = []string{
	"", "a", "$", "$ a", "##", "## a", "a ## b", "a##b\n$c", "#* a *#", "#**b*#", "x$#* a *#y", `\\\$a`, `$\!a`, `$$a $!$b`, "#$a",
	`#set($a="$b ""quoted"" $c.d(""x"") $e")$a`, `#set($a="\u0041$b\u00e9 ${c}\ud83d\ude00$d")`, `#set($a="\ud83d$b\ud83dx$c")`,
	`#set($a="#set($b=""$c ##x"")$d")`, `#set($a="#set($b=\u0022$c\u0022)$d")`, `#set($a="x#if($b)y#end")`, `#set($a="")`, `#set($a="#")`,
	"#if((1 + 2) * ($a - (3)) == !($b))x#elseif($c)#else y#end\n", "  #set ( $a = [1..$b.c()] )  \n", "#macro(a $b)x#a(1)#end#a(2) #@a()z#end",
	"#foreach($a in [1,2])$foreach.index#{if}(1)#{end}#end", "#foreach($a in [1] 2 3)#end", "#foreach($a in)#end", "#define($a)x#end$a", "#literal()$a#end",
	"#break($foreach)#stop('x')#break", "#[[ $a ]]# #[[]]#", "# #set($x=1)$x", `#\#if \\#if(1)#end`, "#evaluate('$a')#parse('b')#include('c','d')",
	"$a[0][$b].c.d({'e':[true,$f]}, g)", "${a.b}-$!{c}", "é$aé#if($b)é#end", "$a.$b.", "$a.b$[0]", "#set($a=1 + 'b' + \"$c\")",
}

// Every template prints as it was written, with the ranges of its nodes as proof
// that they nest and stand in order.
func TestPrint(t *testing.T) {
	parsed := 0
	for _, text := range templates(t) {
		for _, stock := range []bool{false, true} {
			tree, err := syntax.Parse(text, syntax.Options{Stock: stock})
			if err != nil {
				continue
			}
			parsed++
			checkTree(t, tree)
		}
	}
	if parsed < 1000 {
		t.Errorf("only %d templates parsed, the test would prove little", parsed)
	}
}

// FuzzPrint looks for templates that print otherwise than they were written, or
// whose nodes do not know where they stand.
func FuzzPrint(f *testing.F) {
	for _, text := range templates(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, stock := range []bool{false, true} {
			if tree, err := syntax.Parse(text, syntax.Options{Stock: stock}); err == nil {
				checkTree(t, tree)
			}
		}
	})
}

func checkTree(t *testing.T, tree *syntax.Tree) {
	t.Helper()
	c := checker{t, tree}
	all := syntax.Range{End: int32(len(tree.Text))}
	if c.nests(tree.Body, all) {
		c.covers(tree.Body, all)
		if got := string(tree.Print(nil, nil)); got != tree.Text {
			t.Errorf("%q\nprints as %q", tree.Text, got)
		}
	}
}

type checker struct {
	t    *testing.T
	tree *syntax.Tree
}

func (c *checker) text(r syntax.Range) string { return c.tree.Text[r.Start:r.End] }

// nests checks that nodes stand within a range, in order and without overlap, and
// so on with their children.
func (c *checker) nests(list []syntax.Node, within syntax.Range) bool {
	ok := true
	for _, n := range list {
		at := n.At()
		if at.Start > at.End || !within.Holds(at) {
			c.t.Errorf("%q: %T at %v is not within %v", c.tree.Text, n, at, within)
			return false
		}
		within.Start = at.End
		c.begins(n)
		ok = ok && c.nests(syntax.Children(n), at)
		switch n := n.(type) {
		case *syntax.Block:
			c.covers(n.List, n.Range)
		case *syntax.Interpolated:
			c.covers(n.List, n.Content)
		}
	}
	return ok
}

// begins checks how the text of a node begins and ends.
func (c *checker) begins(n syntax.Node) {
	text := c.text(n.At())
	begins := func(with ...string) {
		for _, w := range with {
			if strings.HasPrefix(text, w) {
				return
			}
		}
		c.t.Errorf("%q: a %T is %q, want one of %q at its beginning", c.tree.Text, n, text, with)
	}
	switch n := n.(type) {
	case *syntax.Reference:
		if !n.Bare && !n.Hidden {
			begins("$", `\u0024`)
		}
	case *syntax.Property:
		begins(n.Name, `\u`)
	case *syntax.Call:
		begins(n.Name, `\u`)
	case *syntax.Index, *syntax.ListLiteral, *syntax.RangeLiteral:
		begins("[", `\u`)
	case *syntax.MapLiteral:
		begins("{", `\u`)
	case *syntax.Interpolated:
		begins(`"`, `\u`)
	case *syntax.Not:
		begins("!", "not", `\u`)
	}
}

// covers checks that between the statements of a block stands nothing but comments
// and what belongs to the token of a reference.
func (c *checker) covers(list []syntax.Node, within syntax.Range) {
	at := within.Start
	upTo := func(end int32) {
		for _, comment := range c.tree.Comments {
			if comment.Start <= at && at < comment.End {
				at = comment.End
			}
		}
		if at < end {
			c.t.Errorf("%q: %q belongs to nothing", c.tree.Text, c.tree.Text[at:end])
		}
	}
	for _, n := range list {
		start := n.At().Start
		if r, ok := n.(*syntax.Reference); ok && r.Before != nil && r.Before.Start < r.Before.End {
			start = r.Before.Start
		}
		upTo(start)
		at = n.At().End
	}
	upTo(within.End)
}

// A node that is replaced leaves everything else as it was written.
func TestPrintReplaces(t *testing.T) {
	tree, err := syntax.Parse(`  #set( $a = "x ${old.b} ""y""" )## $old`+"\n#if( $old )$!old#end", syntax.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := string(tree.Print(nil, func(n syntax.Node) (string, bool) {
		r, ok := n.(*syntax.Reference)
		if !ok || !strings.Contains(r.Text, "old") {
			return "", false
		}
		return strings.Replace(r.Text, "old", "fresh", 1), true
	}))
	if want := `  #set( $a = "x ${fresh.b} ""y""" )## $old` + "\n#if( $fresh )$!fresh#end"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestFind(t *testing.T) {
	const text = `a #if($b.c("$d")) e #end`
	tree, err := syntax.Parse(text, syntax.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ at, want string }{
		{"a", "a "}, {"#if", text[2:]}, {"$b", `$b.c("$d")`}, {"c(", `c("$d")`}, {`"`, `"$d"`}, {"$d", "$d"}, {" e", " e "},
	} {
		n := tree.Find(strings.Index(text, row.at))
		if n == nil || text[n.At().Start:n.At().End] != row.want {
			t.Errorf("at %q: got %v, want %q", row.at, n, row.want)
		}
	}
	if n := tree.Find(len(text)); n != nil {
		t.Errorf("behind the text: got %v", n)
	}
}
