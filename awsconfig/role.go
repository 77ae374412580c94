package awsconfig

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/dragoman-gateway/dragoman/message"
)

// CallerIdentity is the credentials ARN that means "whoever called the API". The
// gateway has no credentials of its callers, so its own are used.
const CallerIdentity = "arn:aws:iam::*:user/*"

const (
	maxRoles = 1024
	// early is how long before their end assumed credentials are renewed.
	// Assumed: SDKs renew before the end too, and nobody documents how long before.
	early = 5 * time.Minute
)

// roles remembers assumed credentials by role and region. One call to STS serves
// all who wait for the same role.
type roles struct {
	mu   sync.Mutex // Protects fields below.
	held map[string]*role
}

// role is one assumed role, or the attempt at it: ready is closed when it ended.
type role struct {
	ready       chan struct{}
	credentials aws.Credentials
	renew       time.Time
	err         error
}

func (r *role) done() bool {
	select {
	case <-r.ready:
		return true
	default:
		return false
	}
}

// assumed gives the credentials of a role, from memory while they last.
func (c *Client) assumed(ctx context.Context, arn, region string) (aws.Credentials, error) {
	key := region + " " + arn
	for {
		r, mine := c.roles.claim(key, c.now())
		if mine {
			r.credentials, r.renew, r.err = c.ask(ctx, arn, region)
			if r.err != nil {
				c.roles.forget(key, r)
			}
			close(r.ready)
			return r.credentials, r.err
		}
		select {
		case <-r.ready:
		case <-ctx.Done():
			return aws.Credentials{}, message.Failure(ctx.Err())
		}
		if r.err == nil || ctx.Err() != nil || !abandoned(r.err) {
			return r.credentials, r.err
		}
		// Whoever asked went away before STS answered: ask again.
	}
}

func abandoned(err error) bool {
	f, ok := err.(*message.Error)
	return ok && (f.Class == message.ErrCanceled || f.Class == message.ErrTimeout)
}

// claim finds a role that is fresh or being fetched, or makes the caller the one
// who fetches it.
func (s *roles) claim(key string, now time.Time) (r *role, mine bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, ok := s.held[key]; ok && (!r.done() || now.Before(r.renew)) {
		return r, false
	}
	if len(s.held) >= maxRoles {
		s.evict(now)
	}
	r = &role{ready: make(chan struct{})}
	s.held[key] = r
	return r, true
}

// evict drops what is stale, or any one when all are fresh.
func (s *roles) evict(now time.Time) {
	before := len(s.held)
	var last string
	for key, r := range s.held {
		if !r.done() {
			continue
		}
		if last = key; !now.Before(r.renew) {
			delete(s.held, key)
		}
	}
	if len(s.held) == before {
		delete(s.held, last)
	}
}

func (s *roles) forget(key string, r *role) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held[key] == r {
		delete(s.held, key)
	}
}

// ask asks STS for the credentials of a role.
func (c *Client) ask(ctx context.Context, arn, region string) (aws.Credentials, time.Time, error) {
	// Documented: AWS STS API, AssumeRole: 3600 seconds is the default and what any role
	// allows; the session's name is what CloudTrail shows of who called.
	form := url.Values{
		"Action": {"AssumeRole"}, "Version": {"2011-06-15"},
		"RoleArn": {arn}, "RoleSessionName": {"dragoman"}, "DurationSeconds": {"3600"},
	}
	var none aws.Credentials
	reply, err := c.Do(ctx, &Call{
		ID: "STS", Host: "sts", Signing: "sts", Region: region, MaxReply: 64 << 10,
		Header: message.Header{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}},
		Body:   []byte(form.Encode()),
	})
	if err != nil {
		return none, time.Time{}, err
	}
	if reply.Status != 200 {
		return none, time.Time{}, message.Fail(message.ErrDenied,
			fmt.Errorf("assuming %s: STS answered %d: %.300s", arn, reply.Status, reply.Body))
	}
	return parseAssumed(reply.Body, c.now())
}

func parseAssumed(body []byte, now time.Time) (aws.Credentials, time.Time, error) {
	var answer struct {
		AccessKeyId     string    `xml:"AssumeRoleResult>Credentials>AccessKeyId"`
		SecretAccessKey string    `xml:"AssumeRoleResult>Credentials>SecretAccessKey"`
		SessionToken    string    `xml:"AssumeRoleResult>Credentials>SessionToken"`
		Expiration      time.Time `xml:"AssumeRoleResult>Credentials>Expiration"`
	}
	if err := xml.Unmarshal(body, &answer); err != nil || answer.AccessKeyId == "" || answer.SecretAccessKey == "" {
		return aws.Credentials{}, time.Time{}, message.Fail(message.ErrDenied,
			fmt.Errorf("STS answered without credentials (%v)", err))
	}
	found := aws.Credentials{
		AccessKeyID: answer.AccessKeyId, SecretAccessKey: answer.SecretAccessKey,
		SessionToken: answer.SessionToken, CanExpire: true, Expires: answer.Expiration,
	}
	// Short-lived credentials are renewed half way.
	life := answer.Expiration.Sub(now)
	return found, answer.Expiration.Add(-min(early, life/2)), nil
}
