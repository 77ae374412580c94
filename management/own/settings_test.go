package own

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestFlagsTellNoSecrets(t *testing.T) {
	for value, want := range map[Flag]string{
		{Name: "store", Value: "postgres://app:hunter2@db/x?sslmode=off"}: "postgres://****@db/x?sslmode=off",
		{Name: "function", Value: "[a=http://u:p@h:1,b=http://h/@x]"}:     "[a=http://****@h:1,b=http://h/@x]",
		{Name: "credentials", Value: "/etc/keys"}:                         "/etc/keys",
		{Name: "parameter", Value: "[Db=hunter2,Stage=dev]"}:              "[Db=****,Stage=****]",
		{Name: "parameter", Value: `["Db=hun,ter2",Stage=dev]`}:           "****",
		{Name: "some-token", Value: "hunter2"}:                            "****",
		{Name: "listen", Value: "127.0.0.1:8080", Changed: true}:          "127.0.0.1:8080",
	} {
		if got := value.Shown(); got != want {
			t.Errorf("%v: got %s, want %s", value, got, want)
		}
	}
}

// Every module that the program is made with is told, and no other.
func TestLicencesAreWhole(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}", "../../cmd/dragoman").Output()
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Fields(string(out))
	slices.Sort(want)
	want = slices.Compact(want)
	var got []string
	for _, l := range Licences() {
		got = append(got, l.Module)
		if l.Licence == "" {
			t.Errorf("%s has no licence", l.Module)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("licences.txt has\n%v\nand the program is made with\n%v", got, want)
	}
}
