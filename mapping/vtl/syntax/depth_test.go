package syntax

import (
	"strings"
	"testing"
)

// What is left to the grammar half read is no level of the template any more: it would be taken for one that nests too
// deeply, and be read twice.
func TestWhatIsUnusualLeavesNoLevel(t *testing.T) {
	for _, unusual := range []string{"#if([1])", "#if((($a == [1])))", "#foreach($a in [1])", "#if(1)#elseif(!(!([1])))", "#if($a.b([1]))", "#if($a[$b[$c[[1]]]])x", "#set($a = (((1.5))))#if(1)"} {
		names := &counter{}
		tree := &Tree{Text: "$name" + strings.Repeat(unusual+"#end", 30)}
		err := tree.Parse(Options{Nesting: 12, Binder: names})
		if strings.Contains(unusual, "[[") {
			if err == nil {
				t.Errorf("%s was read", unusual)
			}
			continue
		}
		if err != nil || names.first != 1 {
			t.Errorf("%s: %v; the first name was told %d times, want once", unusual, err, names.first)
		}
	}
}

// counter counts how often a template's first name is told.
type counter struct {
	unbound
	first int
}

func (c *counter) Name(_ string, slot int) {
	if slot == 0 {
		c.first++
	}
}
