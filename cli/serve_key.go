package cli

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/dragoman-gateway/dragoman/server"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// keyVariable holds the one access key of a container. There is no flag for it: command lines
// can be read by everybody on the machine, and settings files by more than is thought.
const keyVariable = "DRAGOMAN_KEY"

const keyFileUsage = "one more access key, a `FILE` with ID:SECRET; " + keyVariable + " holds one itself"

const mostKey = 4096 // bytes of such a file

// readKey reads the access key of the environment, or of the file that is named. A variable
// that is empty names none.
func readKey(c *server.Config, path string) error {
	pair := os.Getenv(keyVariable)
	switch {
	case pair != "" && path != "":
		return fmt.Errorf("%s and --key-file (%s_FILE) say the same: give one of them", keyVariable, keyVariable)
	case path != "":
		file, err := os.Open(path)
		if err != nil {
			return fmt.Errorf("--key-file: %w", err)
		}
		defer file.Close()
		text, err := io.ReadAll(io.LimitReader(file, mostKey+1))
		if err != nil {
			return fmt.Errorf("--key-file: %w", err)
		}
		if pair = strings.TrimSpace(string(text)); pair == "" || len(text) > mostKey {
			return fmt.Errorf("--key-file %s: it does not hold ID:SECRET", path)
		}
	}
	c.Key = credential.Secret(pair)
	return nil
}
