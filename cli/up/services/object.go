package services

import (
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/dragoman-gateway/dragoman/sigv4"
	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// fetchTime bounds how long an object may come.
const fetchTime = 10 * time.Minute

// Fetch writes an object of a bucket, of a version unless that is "", and at most so many
// bytes of it: one that is larger is an error. Names are parts of a URL and nothing else.
// Documented: Amazon S3 API Reference, GetObject; Amazon S3 User Guide, Path-style
// requests: emulators answer to them without a name for each bucket.
func (c *Client) Fetch(ctx context.Context, bucket, key, version string, to io.Writer, most int64) error {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	r, err := c.get(ctx, bucket, key, version)
	if err != nil {
		return err
	}
	// Whoever answers with another place may mean one that nobody here has named.
	calling := &http.Client{Transport: c.http.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := calling.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return objectRefused(response)
	}
	n, err := io.Copy(to, io.LimitReader(response.Body, most+1))
	if err == nil && n > most {
		err = fmt.Errorf("it has more than %d bytes", most)
	}
	return err
}

// get is a signed request for an object.
func (c *Client) get(ctx context.Context, bucket, key, version string) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, "GET", objectsOf(c.endpoint, c.region), nil)
	if err != nil {
		return nil, err
	}
	r.URL.Path = strings.TrimSuffix(r.URL.Path, "/") + "/" + bucket + "/" + key
	r.URL.RawPath = strictly(r.URL.Path)
	if version != "" {
		r.URL.RawQuery = url.Values{"versionId": {version}}.Encode()
	}
	k, err := c.key(ctx)
	if err != nil {
		return nil, fmt.Errorf("no keys to call %s with: %w", c.endpoint, err)
	}
	signer := sigv4.Signer{Region: c.region, Service: "s3", PathOnce: true, Credentials: sigv4.Credentials{
		AccessKeyID: k.AccessKeyID, SecretAccessKey: credential.Secret(k.SecretAccessKey), SessionToken: credential.Secret(k.SessionToken)}}
	return r, signer.Sign(r, sigv4.HashBytes(nil), time.Now())
}

// objectsOf is where a server has its objects: an emulator has all at one address, and AWS
// has a name for each service.
func objectsOf(endpoint, region string) string {
	u, err := url.Parse(endpoint)
	if err != nil || !Public(endpoint) {
		return endpoint
	}
	host := "s3." + region + ".amazonaws.com"
	if strings.HasSuffix(u.Hostname(), ".cn") {
		host += ".cn"
	}
	return "https://" + host + "/"
}

// strictly escapes a path as it is signed. Documented: IAM User Guide, Create a signed AWS
// API request: every byte but those that RFC 3986 reserves for nothing, and the slashes.
func strictly(path string) string {
	var b strings.Builder
	for _, c := range []byte(path) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~/", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// objectRefused is what S3 says of an object that it does not give.
// Documented: Amazon S3 API Reference, Error responses.
func objectRefused(response *http.Response) error {
	var said struct {
		Code    string `xml:"Code"`
		Message string `xml:"Message"`
	}
	text, _ := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	if xml.Unmarshal(text, &said) != nil || said.Code == "" {
		return fmt.Errorf("status %s", response.Status)
	}
	return &refusal{said.Code, said.Message}
}
