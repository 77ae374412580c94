package awsconfig

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"

	"github.com/dragoman-gateway/dragoman/message"
)

// NoCredentials says that a service was to be called at AWS itself and nobody has
// given the gateway anything to call it with: neither an endpoint of another place
// nor credentials, and the machine has no role.
type NoCredentials struct {
	ID string // the SDK's id of the service
}

// Error names what could be given.
func (e *NoCredentials) Error() string {
	return "no AWS_ENDPOINT_URL_" + strings.ToUpper(strings.ReplaceAll(e.ID, " ", "_")) + ", no credentials"
}

// Where no credentials are configured the machine may still have a role, which its
// metadata service tells. Asking takes seconds where there is none, so it is asked
// beside the calls, and counts once it has answered.
const (
	probeTime = 5 * time.Second       // for one question
	probeRest = time.Minute           // between two
	firstWait = 20 * time.Millisecond // of a call for the first answer, which an own machine gives at once
)

// Probe asks the machine's metadata service for a role until it has told one or
// ctx ends. It has nothing to do where credentials are configured.
func (c *Client) Probe(ctx context.Context) {
	defer c.probed()
	s, err := c.configured(ctx)
	if err != nil || !s.unset {
		return // calls tell what is wrong
	}
	// A role may be attached to a machine that runs already: it is asked again, not often.
	for !s.hasRole(ctx) {
		c.probed()
		select {
		case <-ctx.Done():
			return
		case <-time.After(probeRest):
		}
	}
	c.machine.Store(true)
}

// hasRole asks once.
func (s *settings) hasRole(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	answer, err := s.metadata.GetMetadata(ctx, &imds.GetMetadataInput{Path: "iam/security-credentials/"})
	if err != nil {
		return false
	}
	answer.Content.Close()
	return true
}

// lacking fails a call that has no credentials and cannot have any, at once.
func (c *Client) lacking(ctx context.Context, s *settings, call *Call) error {
	if !s.unset || c.machine.Load() {
		return nil
	}
	wait := time.NewTimer(firstWait)
	defer wait.Stop()
	select {
	case <-c.asked:
	case <-wait.C:
	case <-ctx.Done():
	}
	if c.machine.Load() {
		return nil
	}
	return message.Fail(message.ErrDenied, &NoCredentials{call.ID})
}
