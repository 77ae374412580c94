package laws

import (
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"golang.org/x/net/html"

	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// repository is where documents stand.
const repository = "../.."

// document is a page of Markdown: what it links to, the anchors that it has, and its blocks of code.
type document struct {
	path    string // from the root of the repository
	links   []string
	anchors []string
	blocks  []codeBlock
}

// codeBlock is a block of code.
type codeBlock struct {
	line   int
	info   string // what stands behind the fence, "" where nothing does
	marker string // the comment in the line above, "" for none
	text   string
	indent bool // it has no fence
}

var (
	linkForm    = regexp.MustCompile(`\]\(([^()\s]+(?:\([^()\s]*\)[^()\s]*)?)(?: "[^"]*")?\)`)
	inlineCode  = regexp.MustCompile("`[^`]*`")
	headingForm = regexp.MustCompile(`^#{1,6} +(.*?) *#*$`)
	notSlug     = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// slug is the anchor of a heading, as GitHub makes it.
func slug(heading string) string {
	heading = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`).ReplaceAllString(heading, "$1")
	return strings.ReplaceAll(notSlug.ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
}

// readDocument reads a page. It knows what our pages have of Markdown, no more.
func readDocument(t *testing.T, at string) document {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, at))
	if err != nil {
		t.Fatal(err)
	}
	d := document{path: at}
	times := map[string]int{}
	lines := strings.Split(string(text), "\n")
	for n := 0; n < len(lines); n++ {
		line := lines[n]
		if fence := strings.TrimLeft(line, " "); strings.HasPrefix(fence, "```") {
			b := codeBlock{line: n + 1, info: strings.TrimSpace(fence[3:])}
			if n > 0 && strings.HasPrefix(strings.TrimLeft(lines[n-1], " "), "<!-- ") {
				b.marker = strings.TrimSuffix(strings.TrimPrefix(strings.TrimLeft(lines[n-1], " "), "<!-- "), " -->")
			}
			for n++; n < len(lines) && strings.TrimSpace(lines[n]) != "```"; n++ {
				b.text += lines[n] + "\n"
			}
			if n == len(lines) {
				t.Errorf("%s:%d: the block is not closed", at, b.line)
			}
			d.blocks = append(d.blocks, b)
			continue
		}
		if strings.HasPrefix(line, "    ") && (n == 0 || lines[n-1] == "") {
			b := codeBlock{line: n + 1, indent: true}
			for ; n < len(lines) && (strings.HasPrefix(lines[n], "    ") || lines[n] == ""); n++ {
				b.text += strings.TrimPrefix(lines[n], "    ") + "\n"
			}
			d.blocks = append(d.blocks, b)
			n--
			continue
		}
		if h := headingForm.FindStringSubmatch(line); h != nil {
			s := slug(h[1])
			times[s]++
			if n := times[s]; n > 1 {
				s += "-" + strconv.Itoa(n-1)
			}
			d.anchors = append(d.anchors, s)
		}
		for _, l := range linkForm.FindAllStringSubmatch(inlineCode.ReplaceAllString(line, ""), -1) {
			d.links = append(d.links, l[1])
		}
	}
	return d
}

// documents are all pages that git knows, but for what tests read.
func documents(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("git", "-C", repository, "ls-files", "--cached", "--others", "--exclude-standard", "*.md").Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for at := range strings.FieldsSeq(string(out)) {
		if _, err := os.Stat(filepath.Join(repository, at)); err == nil && !strings.Contains(at, "testdata/") {
			all = append(all, at)
		}
	}
	if len(all) < 40 {
		t.Fatalf("found %d pages, the law would hold of few", len(all))
	}
	return all
}

// Whoever follows a link arrives, and at the part of the page that was meant.
func TestLinksOfDocuments(t *testing.T) {
	links := 0
	for _, at := range documents(t) {
		for _, link := range readDocument(t, at).links {
			to, err := url.Parse(link)
			if err != nil {
				t.Errorf("%s: %s: %v", at, link, err)
				continue
			}
			if to.Scheme != "" {
				continue // what others keep is not for us to test
			}
			links++
			file := at
			if to.Path != "" {
				file = path.Join(path.Dir(at), to.Path)
			}
			if _, err := os.Stat(filepath.Join(repository, file)); err != nil {
				t.Errorf("%s: the link %s leads to nothing", at, link)
				continue
			}
			if to.Fragment != "" && !slices.Contains(readDocument(t, file).anchors, to.Fragment) {
				t.Errorf("%s: %s has no heading %s", at, file, to.Fragment)
			}
		}
	}
	if links < 60 {
		t.Errorf("only %d links were looked at", links)
	}
}

// navigation are the pages that the site shows, by sections.
type navigation []struct {
	Name, About string
	Pages       []struct{ Page, Title string }
}

// Each page of docs/ stands in the navigation, once: one that does not is one that nobody
// finds.
func TestNavigationHasEveryPage(t *testing.T) {
	text, err := os.ReadFile(repository + "/site/data/navigation.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var sections navigation
	if err := yaml.Unmarshal(text, &sections); err != nil {
		t.Fatal(err)
	}
	shown := map[string]int{}
	for _, s := range sections {
		if s.Name == "" || s.About == "" || len(s.Pages) == 0 {
			t.Errorf("the section %q is for nothing", s.Name)
		}
		for _, p := range s.Pages {
			shown[p.Page+".md"]++
			if p.Title == "" || shown[p.Page+".md"] > 1 {
				t.Errorf("%s has no title, or stands in the navigation twice", p.Page)
			}
		}
	}
	for _, at := range documents(t) {
		if strings.HasPrefix(at, "docs/") && shown[at] == 0 {
			t.Errorf("%s is not in site/data/navigation.yaml", at)
		}
	}
}

// page is a page of the site that was built.
type page struct {
	ids         map[string]bool
	links, uses []string // where it leads, and what a browser loads for it
}

func readPage(t *testing.T, file string) page {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	root, err := html.Parse(f)
	if err != nil {
		t.Fatal(err)
	}
	p := page{ids: map[string]bool{}}
	for n := range root.Descendants() {
		for _, a := range n.Attr {
			switch {
			case a.Key == "id":
				p.ids[a.Val] = true
			case a.Key == "href" && n.Data == "a":
				p.links = append(p.links, a.Val)
			case a.Key == "href", a.Key == "src":
				p.uses = append(p.uses, a.Val)
			}
		}
	}
	return p
}

// sourcePages is where links to files of the repository lead that are no pages of the site.
const sourcePages = "https://github.com/dragoman-gateway/dragoman/blob/main/"

// The site has what its pages link to, loads nothing from others, and is found by its search.
func TestSite(t *testing.T) {
	needs.Program(t, "hugo", "version")
	to := t.TempDir()
	if out, err := exec.Command("hugo", "--source", repository+"/site", "--destination", to, "--quiet").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	pages := map[string]page{}
	files, _ := filepath.Glob(to + "/*.html")
	below, _ := filepath.Glob(to + "/*/*.html")
	deeper, _ := filepath.Glob(to + "/*/*/*.html")
	for _, file := range slices.Concat(files, below, deeper) {
		pages[strings.TrimPrefix(filepath.ToSlash(file), filepath.ToSlash(to)+"/")] = readPage(t, file)
	}
	if len(pages) < 30 {
		t.Fatalf("the site has %d pages", len(pages))
	}
	for name, p := range pages {
		for _, use := range p.uses {
			if u, err := url.Parse(use); err != nil || u.Host != "" {
				t.Errorf("%s loads %s from elsewhere", name, use)
			} else if u.Scheme == "" {
				if _, err := os.Stat(filepath.Join(to, path.Dir(name), u.Path)); err != nil {
					t.Errorf("%s loads %s, which is not there", name, use)
				}
			}
		}
		for _, link := range p.links {
			leads(t, pages, name, link)
		}
	}
	index, err := os.ReadFile(to + "/search-index.js")
	if err != nil || !strings.HasPrefix(string(index), "window.pages=[{") || strings.Count(string(index), `"at":`) < 25 {
		t.Errorf("the index of the search has too little: %.200s, %v", index, err)
	}
}

// leads fails where a link of a page leads nowhere.
func leads(t *testing.T, pages map[string]page, name, link string) {
	t.Helper()
	if file, ok := strings.CutPrefix(link, sourcePages); ok {
		file, _, _ = strings.Cut(file, "#")
		if _, err := os.Stat(filepath.Join(repository, file)); err != nil {
			t.Errorf("%s: %s is not in the repository", name, file)
		}
		return
	}
	u, err := url.Parse(link)
	if err != nil || u.Host != "" {
		return
	}
	at := name
	if u.Path != "" {
		at = path.Join(path.Dir(name), u.Path)
	}
	to, ok := pages[at]
	switch {
	case !ok:
		t.Errorf("%s: the link %s leads to no page", name, link)
	case u.Fragment != "" && !to.ids[u.Fragment]:
		t.Errorf("%s: the page of %s has no such part", name, link)
	}
}
