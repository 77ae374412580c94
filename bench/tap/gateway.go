package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/dragoman-gateway/dragoman/bench/measured"
	"github.com/dragoman-gateway/dragoman/client"
)

const reply = `{"connectionId":"$context.connectionId","route":"$context.routeKey","requestId":"$context.requestId"}`

// serve is a gateway with a WebSocket API that answers from a MOCK and an HTTP API in front of
// a backend, until the measuring process closes its standard input.
func serve(sample, behind string) (err error) {
	config := measured.Config("")
	if sample != "off" {
		share, err := strconv.ParseFloat(sample, 64)
		if err != nil {
			return err
		}
		config.Observe.Tap, config.Observe.TapSample = []string{"all"}, &share
	}
	s, err := measured.Run(config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	ctx := context.Background()
	c := client.New(client.Options{BaseEndpoint: "http://" + s.ManagementAddr(), Region: "us-east-1"})
	mock, err := mockApi(ctx, c)
	if err != nil {
		return err
	}
	proxy, err := proxyApi(ctx, c, behind)
	if err != nil {
		return err
	}
	fmt.Println(s.DataAddr(), mock, proxy)
	_, _ = io.Copy(io.Discard, os.Stdin)
	return nil
}

// steps does one thing after the other until one fails.
func steps(all ...func() error) error {
	for _, do := range all {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

func mockApi(ctx context.Context, c *client.Client) (id string, err error) {
	var integration, route string
	err = steps(func() error {
		api, err := c.CreateApi(ctx, &client.CreateApiInput{Name: "mock", ProtocolType: "WEBSOCKET", RouteSelectionExpression: client.String("$request.body.action")})
		if err == nil {
			id = api.ApiId
		}
		return err
	}, func() error {
		made, err := c.CreateIntegration(ctx, &client.CreateIntegrationInput{ApiId: id, IntegrationType: "MOCK", RequestTemplates: map[string]string{"$default": `{"statusCode":200}`}})
		if err == nil {
			integration = made.IntegrationId
		}
		return err
	}, func() error {
		_, err := c.CreateIntegrationResponse(ctx, &client.CreateIntegrationResponseInput{
			ApiId: id, IntegrationId: integration, IntegrationResponseKey: "$default", ResponseTemplates: map[string]string{"$default": reply},
		})
		return err
	}, func() error {
		made, err := c.CreateRoute(ctx, &client.CreateRouteInput{ApiId: id, RouteKey: "echo", Target: client.String("integrations/" + integration)})
		if err == nil {
			route = made.RouteId
		}
		return err
	}, func() error {
		_, err := c.CreateRouteResponse(ctx, &client.CreateRouteResponseInput{ApiId: id, RouteId: route, RouteResponseKey: "$default"})
		return err
	}, func() error {
		_, err := c.CreateStage(ctx, &client.CreateStageInput{ApiId: id, StageName: "prod"})
		return err
	}, func() error {
		_, err := c.CreateDeployment(ctx, &client.CreateDeploymentInput{ApiId: id, StageName: client.String("prod")})
		return err
	})
	return id, err
}

func proxyApi(ctx context.Context, c *client.Client, behind string) (id string, err error) {
	var integration string
	err = steps(func() error {
		api, err := c.CreateApi(ctx, &client.CreateApiInput{Name: "proxy", ProtocolType: "HTTP"})
		if err == nil {
			id = api.ApiId
		}
		return err
	}, func() error {
		made, err := c.CreateIntegration(ctx, &client.CreateIntegrationInput{
			ApiId: id, IntegrationType: "HTTP_PROXY", IntegrationMethod: client.String("ANY"), IntegrationUri: client.String("http://" + behind + "/{id}"), PayloadFormatVersion: client.String("1.0"),
		})
		if err == nil {
			integration = made.IntegrationId
		}
		return err
	}, func() error {
		_, err := c.CreateRoute(ctx, &client.CreateRouteInput{ApiId: id, RouteKey: "GET /pets/{id}", Target: client.String("integrations/" + integration)})
		return err
	}, func() error {
		_, err := c.CreateStage(ctx, &client.CreateStageInput{ApiId: id, StageName: "$default"})
		return err
	}, func() error {
		_, err := c.CreateDeployment(ctx, &client.CreateDeploymentInput{ApiId: id, StageName: client.String("$default")})
		return err
	})
	return id, err
}
