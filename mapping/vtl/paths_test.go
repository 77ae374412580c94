package vtl_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/dragoman-gateway/dragoman/mapping/vtl"
)

// Paths are remembered in fewer rows than there are paths: each template reads its own all the same, whoever
// has compiled another in the same row meanwhile.
func TestEachTemplateReadsItsOwnPath(t *testing.T) {
	const members = 300
	var body strings.Builder
	for i := range members {
		fmt.Fprintf(&body, `,"m%d":{"long_name_of_a_member":%d}`, i, i)
	}
	text := "{" + body.String()[1:] + "}"
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := range 3 * members {
				i %= members
				template := fmt.Sprintf("$input.path('$.m%d.long_name_of_a_member') $input.json('$.m%d')", i, i)
				want := fmt.Sprintf(`%d {"long_name_of_a_member":%d}`, i, i)
				tt, err := vtl.Parse(template)
				if err != nil {
					t.Error(err)
					return
				}
				var out strings.Builder
				if err := tt.Render(&out, &vtl.Vars{Text: text}); err != nil || out.String() != want {
					t.Errorf("%s: got %q, %v; want %q", template, out.String(), err, want)
				}
			}
		})
	}
	all.Wait()
}
