package services

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"

	"github.com/dragoman-gateway/dragoman/sigv4"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// Client calls CloudFormation.
type Client struct {
	endpoint string
	region   string
	http     *http.Client
	key      func(context.Context) (aws.Credentials, error)
	pause    time.Duration // between two looks at a stack
}

// callTime bounds one call, and maxAnswer its answer in bytes.
const (
	callTime  = 30 * time.Second
	maxAnswer = 16 << 20
)

// New makes a Client of the server at a URL. Keys are those of the AWS configuration; a
// server on this machine is called with any where there are none.
func New(ctx context.Context, endpoint, region string) (*Client, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("%q: want an http or https URL", endpoint)
	}
	loaded, err := config.LoadDefaultConfig(ctx, config.WithRegion(region), config.WithEC2IMDSClientEnableState(imds.ClientDisabled))
	if err != nil {
		return nil, err
	}
	key := loaded.Credentials.Retrieve
	if !Public(endpoint) {
		key = func(ctx context.Context) (aws.Credentials, error) {
			if found, err := loaded.Credentials.Retrieve(ctx); err == nil {
				return found, nil
			}
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}
	}
	return &Client{endpoint: strings.TrimSuffix(endpoint, "/") + "/", region: region, http: &http.Client{Timeout: callTime}, key: key, pause: 200 * time.Millisecond}, nil
}

// Public says whether a URL leads to AWS itself.
func Public(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	for _, name := range []string{"amazonaws.com", "amazonaws.com.cn", "api.aws"} {
		if host == name || strings.HasSuffix(host, "."+name) {
			return net.ParseIP(host) == nil
		}
	}
	return false
}

// refusal is an exception of the service.
type refusal struct {
	Code    string `xml:"Error>Code"`
	Message string `xml:"Error>Message"`
}

func (r *refusal) Error() string { return r.Code + ": " + r.Message }

// call makes one call of the Query protocol and reads its answer into result.
// Documented: AWS CloudFormation API Reference, Making API requests: version
// 2010-05-15.
func (c *Client) call(ctx context.Context, action string, form url.Values, result any) error {
	form.Set("Action", action)
	form.Set("Version", "2010-05-15")
	body := []byte(form.Encode())
	r, err := http.NewRequestWithContext(ctx, "POST", c.endpoint, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	key, err := c.key(ctx)
	if err != nil {
		return fmt.Errorf("no keys to call %s with: %w", c.endpoint, err)
	}
	signer := sigv4.Signer{Region: c.region, Service: "cloudformation", Credentials: sigv4.Credentials{
		AccessKeyID: key.AccessKeyID, SecretAccessKey: credential.Secret(key.SecretAccessKey), SessionToken: credential.Secret(key.SessionToken)}}
	if err := signer.Sign(r, sigv4.HashBytes(body), time.Now()); err != nil {
		return err
	}
	response, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		refused := &refusal{}
		if xml.Unmarshal(text, refused) != nil || refused.Code == "" {
			return fmt.Errorf("%s of %s: status %s", action, c.endpoint, response.Status)
		}
		return refused
	}
	if result == nil {
		return nil
	}
	if err := xml.Unmarshal(text, result); err != nil {
		return fmt.Errorf("%s of %s: %w", action, c.endpoint, err)
	}
	return nil
}
