package awsconfig

import (
	"context"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"

	"github.com/dragoman-gateway/dragoman/sigv4/credential"
)

// Own is what a user's configuration has of credentials for AWS.
type Own struct {
	// Some says that there are any: keys, a profile, a role. What the machine itself
	// may have is not the user's.
	Some bool
	// Key is the one that stands in the environment or in a profile; nil where it comes
	// from elsewhere.
	Key *credential.Key
}

// OwnCredentials reads the configuration. Nobody is asked for credentials by that.
func OwnCredentials(ctx context.Context) Own {
	chosen := os.Getenv("AWS_PROFILE") != "" || os.Getenv("AWS_DEFAULT_PROFILE") != ""
	cfg, err := config.LoadDefaultConfig(ctx, config.WithEC2IMDSClientEnableState(imds.ClientDisabled))
	if err != nil { // whoever uses it is told
		return Own{Some: chosen}
	}
	own := Own{Some: chosen || !aws.IsCredentialsProvider(cfg.Credentials, (*ec2rolecreds.Provider)(nil))}
	// Others are asked over the network, or of a person with an MFA device: not for this.
	if aws.IsCredentialsProvider(cfg.Credentials, credentials.StaticCredentialsProvider{}) {
		if keys, err := cfg.Credentials.Retrieve(ctx); err == nil {
			own.Key = &credential.Key{
				ID: keys.AccessKeyID, Secret: credential.Secret(keys.SecretAccessKey), SessionToken: credential.Secret(keys.SessionToken),
			}
		}
	}
	return own
}
