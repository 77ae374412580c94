package cli

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/dragoman-gateway/dragoman/server"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// Where the one access key of a container is told. It is no flag: command lines can be read
// by everybody on the machine.
const (
	keyVariable     = "DRAGOMAN_KEY"
	keyFileVariable = "DRAGOMAN_KEY_FILE"
)

const mostKey = 4096 // bytes of such a file

// keyFromEnvironment reads the access key of the environment, or of the file that it names.
// A variable that is empty names none.
func keyFromEnvironment(c *server.Config) error {
	pair, path := os.Getenv(keyVariable), os.Getenv(keyFileVariable)
	switch {
	case pair != "" && path != "":
		return fmt.Errorf("%s and %s say the same: give one of them", keyVariable, keyFileVariable)
	case path != "":
		file, err := os.Open(path)
		if err != nil {
			return fmt.Errorf("%s: %w", keyFileVariable, err)
		}
		defer file.Close()
		text, err := io.ReadAll(io.LimitReader(file, mostKey+1))
		if err != nil {
			return fmt.Errorf("%s: %w", keyFileVariable, err)
		}
		if len(text) == 0 || len(text) > mostKey {
			return errors.New(keyFileVariable + ": the file does not hold ID:SECRET")
		}
		pair = string(text)
	}
	c.Key = credential.Secret(pair)
	return nil
}
