package console

import (
	"strings"
	"testing"
)

// pages are the console's, by the names of their links.
var pages = []string{"Home", "APIs", "Live", "Connections", "Playground", "Deployments", "Metrics", "Access", "Functions", "Settings"}

// addressOf is where a page is.
func addressOf(page string) string {
	if page == "Home" {
		return "/console/"
	}
	return "/console/" + strings.ToLower(page)
}

// Every page is reached by its link and has an address that back, forward and reload keep.
func TestPagesHaveAddresses(t *testing.T) {
	g := start(t)
	b := open(t, g)
	navigation := b.find("navigation", "")
	links := b.all("link", "", navigation)
	if len(links) != len(pages) {
		t.Fatalf("%d links, want %d", len(links), len(pages))
	}
	for i, page := range pages {
		if links[i].name != page {
			t.Errorf("link %d is %q, want %q", i, links[i].name, page)
		}
		b.click("link", page, navigation)
		b.find("heading", page)
		b.pictures(strings.ToLower(page))
		if at := b.address(); at != addressOf(page) {
			t.Errorf("%s is at %s, want %s", page, at, addressOf(page))
		}
	}
	b.back()
	b.find("heading", "Functions")
	b.reload()
	b.find("heading", "Functions")
	b.onward()
	b.find("heading", "Settings")
	b.find("status", "Connected")
}
