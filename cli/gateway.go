package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/spf13/cobra"

	"github.com/dragoman-gateway/dragoman/sigv4"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// maxConfiguration is how many bytes of an answer are read.
const maxConfiguration = 256 << 20

// callFlags are those by which a gateway and a key for it are found.
func (o *apiOptions) callFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.endpoint, "endpoint-url", "", "the management listener (default "+defaultEndpoint+", or DRAGOMAN_ENDPOINT)")
	f.StringVar(&o.region, "region", "", "the region that is signed for")
	f.StringVar(&o.profile, "profile", "", "the profile of the AWS configuration that holds the key")
	f.BoolVar(&o.noSign, "no-sign-request", false, "send the management API no signature")
}

// at is the management listener that is called.
func (o *apiOptions) at() string {
	return strings.TrimSuffix(cmp.Or(o.endpoint, os.Getenv("DRAGOMAN_ENDPOINT"), os.Getenv("AWS_ENDPOINT_URL_APIGATEWAYV2"), defaultEndpoint), "/")
}

// addressed says what is wrong with the address of a management listener. Without a scheme it
// is no address of this machine, and what is missing would seem to be a key.
func addressed(endpoint string) error {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("%q is no address of a management listener: want one such as %s (--endpoint-url, DRAGOMAN_ENDPOINT)", endpoint, defaultEndpoint)
	}
	return nil
}

// refusedError is what a gateway said instead of an answer.
type refusedError struct {
	status int
	said   string
}

func (e *refusedError) Error() string { return e.said }

// call calls one of our own operations, signed. The body of the answer is the caller's
// to close; a status other than 2xx is a *refusedError.
func (o *apiOptions) call(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	endpoint := o.at()
	if err := addressed(endpoint); err != nil {
		return nil, misused(err)
	}
	r, err := http.NewRequestWithContext(ctx, method, endpoint+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("User-Agent", "dragoman-cli/"+Version)
	if err := o.sign(r, endpoint, body); err != nil {
		return nil, err
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("no gateway answers at %s: %w", endpoint, err)
	}
	if response.StatusCode/100 == 2 {
		return response, nil
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxConfiguration))
	if err != nil {
		return nil, err
	}
	return nil, refused(response, answer)
}

// fetch is call for answers of JSON, which it decodes.
func (o *apiOptions) fetch(ctx context.Context, method, path string, body []byte, into any) error {
	response, err := o.call(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if err := json.NewDecoder(io.LimitReader(response.Body, maxConfiguration)).Decode(into); err != nil {
		return fmt.Errorf("what answers at %s is no management listener of a Dragoman that knows this: %w", o.at(), err)
	}
	return nil
}

func refused(response *http.Response, body []byte) error {
	var said struct{ Message string }
	if json.Unmarshal(body, &said) != nil || said.Message == "" {
		return &refusedError{response.StatusCode, "what answers is no management listener of a Dragoman that knows this: " + response.Status}
	}
	return &refusedError{response.StatusCode, "the gateway refused: " + said.Message}
}

func (o *apiOptions) sign(r *http.Request, endpoint string, body []byte) error {
	if o.noSign {
		return nil
	}
	loaded, err := config.LoadDefaultConfig(r.Context(), config.WithSharedConfigProfile(o.profile), config.WithRegion(o.region),
		config.WithEC2IMDSClientEnableState(imds.ClientDisabled))
	if err != nil {
		return err
	}
	key, err := credentialsOf(loaded, endpoint)(r.Context())
	if err != nil {
		return err
	}
	signer := sigv4.Signer{Region: cmp.Or(o.region, loaded.Region, "us-east-1"), Service: "apigateway", Credentials: sigv4.Credentials{
		AccessKeyID: key.AccessKeyID, SecretAccessKey: credential.Secret(key.SecretAccessKey), SessionToken: credential.Secret(key.SessionToken)}}
	// With the hash a gateway verifies the signature by the head alone, so that it
	// takes large documents even while unknown callers use up the memory that is
	// theirs.
	hash := sigv4.HashBytes(body)
	r.Header.Set("X-Amz-Content-Sha256", hash)
	return signer.Sign(r, hash, time.Now())
}
