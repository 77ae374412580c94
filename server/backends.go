package server

import (
	"fmt"

	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/gateway/wsapi"
	"github.com/dragoman-gateway/dragoman/integration"
	"github.com/dragoman-gateway/dragoman/integration/awsconfig"
	"github.com/dragoman-gateway/dragoman/integration/http"
	"github.com/dragoman-gateway/dragoman/integration/lambda"
	"github.com/dragoman-gateway/dragoman/integration/mock"
)

// backends makes the invokers of integrations and what gives their connections
// back.
func (s *Server) backends() (wsapi.Invokers, func() error, error) {
	aws := awsconfig.New(awsconfig.Options{Region: s.config.Region, AssumeRoles: s.config.AssumeRoles})
	functions, err := function.New(aws, s.config.Functions)
	if err != nil {
		return wsapi.Invokers{}, nil, fmt.Errorf("--function: %w", err)
	}
	web := http.New(http.Options{})
	return wsapi.Invokers{
			HTTP:     web,
			Mock:     mock.Invoker{},
			Function: lambda.New(functions),
			Service:  unavailable{},
		}, func() error {
			web.Close()
			aws.Close()
			return nil
		}, nil
}

var _ integration.Invoker = unavailable{}
