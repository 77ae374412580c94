package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/spf13/cobra"

	"github.com/dragoman-gateway/dragoman/management/document"
	"github.com/dragoman-gateway/dragoman/sigv4"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
	"github.com/dragoman-gateway/dragoman/store"
	"github.com/dragoman-gateway/dragoman/store/sqlite"
)

// maxConfiguration is how many bytes of an answer are read.
const maxConfiguration = 256 << 20

// configuration is where export and import find the configuration: in a gateway
// that runs, or in the directory of one that does not.
type configuration struct {
	apiOptions
	dir     string
	account string
}

func (c *configuration) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&c.endpoint, "endpoint-url", "", "the management listener (default "+defaultEndpoint+", or DRAGOMAN_ENDPOINT)")
	f.StringVar(&c.region, "region", "", "the region that requests are signed for")
	f.StringVar(&c.profile, "profile", "", "the profile of the AWS configuration that holds the key")
	f.BoolVar(&c.noSign, "no-sign-request", false, "send no signature")
	f.StringVar(&c.dir, "data-dir", "", "open the state in `DIR`, which no gateway may be using")
	f.StringVar(&c.account, "account", document.DefaultAccount, "account id of the state in --data-dir")
	cmd.MarkFlagsMutuallyExclusive("endpoint-url", "data-dir")
}

// open opens the directory.
func (c *configuration) open() (store.Store, error) {
	if _, err := os.Stat(c.dir); err != nil {
		return nil, fmt.Errorf("--data-dir: %w", err)
	}
	opened, err := sqlite.Open(c.dir, sqlite.Options{})
	if damage, ok := errors.AsType[*sqlite.Damage](err); ok {
		return nil, fmt.Errorf("--data-dir %s: %w; dragoman restore puts a backup in its place, dragoman serve --accept-loss goes on with what is whole", c.dir, damage)
	}
	if err != nil { // or else the interface would hold a nil DB
		return nil, err
	}
	return opened, nil
}

// send calls the gateway, and answers what it says.
func (c *configuration) send(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	endpoint := strings.TrimSuffix(cmp.Or(c.endpoint, os.Getenv("DRAGOMAN_ENDPOINT"), defaultEndpoint), "/")
	r, err := http.NewRequestWithContext(ctx, method, endpoint+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("User-Agent", "dragoman-cli/"+Version)
	if err := c.sign(r, endpoint, body); err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, fmt.Errorf("no gateway answers at %s: %w; --data-dir opens the state of one that does not run", endpoint, err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxConfiguration))
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, refused(response, answer)
	}
	return answer, nil
}

func refused(response *http.Response, body []byte) error {
	var said struct{ Message string }
	if json.Unmarshal(body, &said) != nil || said.Message == "" {
		return fmt.Errorf("what answers is no management listener of a Dragoman that knows this: %s", response.Status)
	}
	return fmt.Errorf("the gateway refused: %s", said.Message)
}

func (c *configuration) sign(r *http.Request, endpoint string, body []byte) error {
	if c.noSign {
		return nil
	}
	loaded, err := config.LoadDefaultConfig(r.Context(), config.WithSharedConfigProfile(c.profile), config.WithRegion(c.region),
		config.WithEC2IMDSClientEnableState(imds.ClientDisabled))
	if err != nil {
		return err
	}
	key, err := credentialsOf(loaded, endpoint)(r.Context())
	if err != nil {
		return err
	}
	signer := sigv4.Signer{Region: cmp.Or(c.region, loaded.Region, "us-east-1"), Service: "apigateway", Credentials: sigv4.Credentials{
		AccessKeyID: key.AccessKeyID, SecretAccessKey: credential.Secret(key.SecretAccessKey), SessionToken: credential.Secret(key.SessionToken)}}
	// With the hash a gateway verifies the signature by the head alone, so that it
	// takes large documents even while unknown callers use up the memory that is
	// theirs.
	hash := sigv4.HashBytes(body)
	r.Header.Set("X-Amz-Content-Sha256", hash)
	return signer.Sign(r, hash, time.Now())
}
