package awsconfig

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

func TestOwnCredentials(t *testing.T) {
	for name, row := range map[string]struct {
		environment map[string]string
		want        Own
	}{
		"none":                    {nil, Own{}},
		"keys":                    {map[string]string{"AWS_ACCESS_KEY_ID": "AKIA1", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"}, Own{true, &credential.Key{ID: "AKIA1", Secret: "s", SessionToken: "t"}}},
		"half of a pair":          {map[string]string{"AWS_ACCESS_KEY_ID": "AKIA1"}, Own{}},
		"a profile with keys":     {map[string]string{"AWS_PROFILE": "static"}, Own{true, &credential.Key{ID: "AKIA2", Secret: "s2", SessionToken: ""}}},
		"a profile by a process":  {map[string]string{"AWS_PROFILE": "elsewhere"}, Own{Some: true}},
		"a profile that is not":   {map[string]string{"AWS_PROFILE": "gone"}, Own{Some: true}},
		"keys before the profile": {map[string]string{"AWS_PROFILE": "static", "AWS_ACCESS_KEY_ID": "AKIA1", "AWS_SECRET_ACCESS_KEY": "s"}, Own{true, &credential.Key{ID: "AKIA1", Secret: "s", SessionToken: ""}}},
		"the default profile":     {map[string]string{"AWS_SHARED_CREDENTIALS_FILE": "default"}, Own{true, &credential.Key{ID: "AKIA3", Secret: "s3", SessionToken: ""}}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, text := range map[string]string{
				"credentials": "[static]\naws_access_key_id = AKIA2\naws_secret_access_key = s2\n",
				"default":     "[default]\naws_access_key_id = AKIA3\naws_secret_access_key = s3\n",
				"config":      "[profile elsewhere]\ncredential_process = /bin/false\n",
			} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CA_BUNDLE"} {
				t.Setenv(name, "")
			}
			t.Setenv("AWS_CONFIG_FILE", filepath.Join(dir, "config"))
			t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(dir, "credentials"))
			for name, value := range row.environment {
				if name == "AWS_SHARED_CREDENTIALS_FILE" {
					value = filepath.Join(dir, value)
				}
				t.Setenv(name, value)
			}
			if got := OwnCredentials(t.Context()); !reflect.DeepEqual(got, row.want) {
				t.Errorf("got %+v, want %+v", got, row.want)
			}
		})
	}
}
