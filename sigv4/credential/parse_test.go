package credential

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
)

func TestParseReadsProfiles(t *testing.T) {
	tests := []struct {
		name string
		text string
		want []Key
	}{
		{
			name: "plain profile",
			text: "[default]\naws_access_key_id = AKIA1\naws_secret_access_key = s/e+c=ret\n",
			want: []Key{{ID: "AKIA1", Secret: "s/e+c=ret", Profile: "default"}},
		},
		{
			name: "every member, upper case, no spaces, CRLF and a byte order mark",
			text: "\xef\xbb\xbf[ci]\r\nAWS_ACCESS_KEY_ID=AKIA2\r\naws_secret_access_key=x\r\naws_session_token=tok==\r\n" +
				"dragoman_account=123456789012\r\ndragoman_policy=read-only\r\ndragoman_apis= a1 ,b2,\r\n",
			want: []Key{{
				ID: "AKIA2", Secret: "x", SessionToken: "tok==", Profile: "ci",
				Account: "123456789012", ReadOnly: true, APIs: []string{"a1", "b2"},
			}},
		},
		{
			name: "comments, blank lines, nested settings and foreign members",
			text: "# head\n; also\n\n[a] # of a\naws_access_key_id = AKIA3 # the id\nregion = eu-west-1\ns3 =\n  max_concurrent_requests = 20\n" +
				"aws_secret_access_key = x#y ; tail\n",
			want: []Key{{ID: "AKIA3", Secret: "x#y", Profile: "a"}},
		},
		{
			name: "a profile that comes twice is merged, [profile x] names x",
			text: "[profile x]\naws_access_key_id = AKIA4\n[y]\nrole_arn = arn:aws:iam::1:role/r\n[x]\naws_secret_access_key = z\naws_account_id = 000000000001\n",
			want: []Key{{ID: "AKIA4", Secret: "z", Profile: "x", Account: "000000000001"}},
		},
		{
			name: "full is a policy too",
			text: "[a]\naws_access_key_id=A\naws_secret_access_key=B\ndragoman_policy=full\n",
			want: []Key{{ID: "A", Secret: "B", Profile: "a"}},
		},
		{
			name: "deployer",
			text: "[a]\naws_access_key_id=A\naws_secret_access_key=B\ndragoman_policy = deployer\n",
			want: []Key{{ID: "A", Secret: "B", Profile: "a", Deployer: true}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Parse([]byte(tt.text))
			if err != nil {
				t.Fatalf("Parse: %v", err)
			}
			if want := Of(tt.want...); !reflect.DeepEqual(got, want) {
				t.Errorf("got %d keys, want %d; first wanted %+v, got %+v", len(got), len(want), tt.want[0], got[tt.want[0].ID])
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	const ok = "[a]\naws_access_key_id=A\naws_secret_access_key=sesame\n"
	tests := []struct {
		name, text, want string
	}{
		{"nothing", "", "no access key"},
		{"only comments", "# x\n", "no access key"},
		{"only roles", "[a]\nrole_arn = x\n", "no access key"},
		{"setting first", "a = b\n", "line 1"},
		{"unclosed section", ok + "[b\n", "line 4"},
		{"text behind a section", "[a] b\n", "line 1"},
		{"section without name", "[ ]\n", "needs a name"},
		{"no equal sign", "[a]\nsesame\n", "line 2"},
		{"no name", "[a]\n= sesame\n", "line 2"},
		{"id without secret", "[a]\naws_access_key_id=A\n", `profile "a"`},
		{"secret without id", "[a]\naws_secret_access_key=sesame\n", "belong together"},
		{"id with a slash", "[a]\naws_access_key_id=A/B\naws_secret_access_key=sesame\n", "slashes"},
		{"same id twice", ok + "[b]\naws_access_key_id=A\naws_secret_access_key=sesame2\n", `"a" and "b"`},
		{"unknown policy", ok + "dragoman_policy = admin\n", "read-only, deployer or full"},
		{"empty list of APIs", ok + "dragoman_apis = ,\n", "dragoman_apis"},
		{"bad account", ok + "dragoman_account = 12\n", "12 digits"},
		{"account of letters", ok + "dragoman_account = 12345678901x\n", "12 digits"},
		{"huge", ok + strings.Repeat("#", maxFileSize), "larger"},
		{"many profiles", ok + manyProfiles(), "more than"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			keys, err := Parse([]byte(tt.text))
			if err == nil {
				t.Fatalf("Parse took it: %d keys", len(keys))
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q does not say %q", err, tt.want)
			}
			if strings.Contains(err.Error(), "sesame") {
				t.Errorf("error %q tells the secret", err)
			}
		})
	}
}

func manyProfiles() string {
	var b strings.Builder
	for i := range maxProfiles + 1 {
		fmt.Fprintf(&b, "[p%d]\n", i)
	}
	return b.String()
}

func TestSecretIsNeverPrinted(t *testing.T) {
	k := &Key{ID: "AKIA", Secret: "sesame", SessionToken: "sesame", Profile: "p"}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("key", "key", k, "secret", k.Secret)
	doc, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	for how, text := range map[string]string{
		"%v": fmt.Sprintf("%v", k), "%+v": fmt.Sprintf("%+v", *k), "%#v": fmt.Sprintf("%#v", *k),
		"String": k.Secret.String(), "%q": fmt.Sprintf("%q", k.Secret), "json": string(doc), "slog": log.String(),
	} {
		if strings.Contains(text, "sesame") {
			t.Errorf("%s prints the secret: %s", how, text)
		}
		if !strings.Contains(text, "redacted") {
			t.Errorf("%s does not say that it hides something: %s", how, text)
		}
	}
}

func TestPermits(t *testing.T) {
	tests := []struct {
		name  string
		key   Key
		api   string
		write bool
		want  bool
	}{
		{"full key writes anything", Key{}, "", true, true},
		{"read-only key reads", Key{ReadOnly: true}, "a", false, true},
		{"read-only key does not write", Key{ReadOnly: true}, "a", true, false},
		{"limited key writes its API", Key{APIs: []string{"a"}}, "a", true, true},
		{"limited key does not read another", Key{APIs: []string{"a"}}, "b", false, false},
		{"limited key does not reach what belongs to none", Key{APIs: []string{"a"}}, "", false, false},
		{"both rules hold", Key{APIs: []string{"a"}, ReadOnly: true}, "a", true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.key.Permits(tt.api, tt.write); got != tt.want {
				t.Errorf("Permits(%q, %v) = %v, want %v", tt.api, tt.write, got, tt.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add("[a]\naws_access_key_id = A\naws_secret_access_key = B\n")
	f.Add("[profile x] # c\ndragoman_apis = a,b\n\n[x\n=\n")
	f.Fuzz(func(t *testing.T, text string) {
		keys, err := Parse([]byte(text))
		if err != nil {
			if keys != nil {
				t.Errorf("an error with keys: %v", err)
			}
			return
		}
		for id, k := range keys {
			if id == "" || k.ID != id || k.Secret == "" || k.Profile == "" {
				t.Errorf("an incomplete key was taken: %+v", k)
			}
		}
	})
}
