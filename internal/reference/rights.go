package main

import (
	"fmt"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/own/right"
)

// needs and owners are the words of the table of rights for people.
var (
	needs = map[right.Need]string{
		right.Any: "any key", right.Reads: "any policy", right.Deploys: "`deployer` or `full`", right.Full: "`full`",
	}
	owners = map[right.Whose]string{
		right.Caller: "the caller's own", right.Account: "the account's", right.Gateway: "the gateway's",
	}
)

// rights tells what each operation of our own asks of its caller.
func rights() (string, error) {
	var b strings.Builder
	b.WriteString("# Rights\n\n" + generated +
		"What a key needs for each operation that AWS does not have ([own-operations.md](../own-operations.md)), by its `dragoman_policy`\n" +
		"([operations.md](../operations.md)). What is the account's is shown and changed as far as the key's account has it: what is another's\n" +
		"is not there, and lists leave it out. What is the gateway's is refused to keys of other accounts than the one of `--account`.\n\n" +
		"| operation | | needs | works on what is |\n|---|---|---|---|\n")
	for _, row := range right.Table() {
		need, owner := needs[row.Need], owners[row.Whose]
		if need == "" || owner == "" {
			return "", fmt.Errorf("%s: no words for %q and %q", row.Name, row.Need, row.Whose)
		}
		fmt.Fprintf(&b, "| %s | `%s %s` | %s | %s |\n", row.Name, row.Method, row.Path, need, owner)
	}
	return b.String(), nil
}
