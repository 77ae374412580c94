package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/coder/websocket"

	"github.com/dragoman-gateway/dragoman/server"
)

const (
	firstTemplate  = `{"order":"$input.path('$.order.id')","items":$input.path('$.order.items').size()}`
	secondTemplate = `#set($order = $input.path('$.order')){"order":"$order.id","buy":[#foreach($i in $order.items)"$i"#if($foreach.hasNext),#end#end]}`
	errorTemplate  = `{"order":null,"because":"$input.path('$.error')"}`
)

// story is the demo: an API is made, used, changed and used again, all of it with
// the AWS SDK and a WebSocket client.
type story struct {
	out     io.Writer
	gateway *server.Server
	backend *orders
	second  string

	sdk         *apigatewayv2.Client
	socket      *websocket.Conn
	url         string
	api         *string
	integration *string
	success     *string // id of the integration response for 2xx
}

func (s *story) tell(ctx context.Context) error {
	s.sdk = apigatewayv2.New(apigatewayv2.Options{
		BaseEndpoint: aws.String("http://" + s.gateway.ManagementAddr()),
		Region:       "us-east-1",
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "demo", SecretAccessKey: "demo"}, nil
		}),
	})
	steps := []func(context.Context) error{
		s.build, s.connect,
		s.exchange(`{"action":"order","id":"42"}`, `/2\d\d/`, `{"order":"42","items":2}`),
		s.exchange(`{"action":"order","id":"7"}`, `$default`, `{"order":null,"because":"there is no such order"}`),
		s.update,
		s.exchange(`{"action":"order","id":"42"}`, `/2\d\d/`, `{"order":"42","buy":["tea","sugar"]}`),
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return s.socket.Close(websocket.StatusNormalClosure, "")
}

func (s *story) build(ctx context.Context) error {
	api, err := s.sdk.CreateApi(ctx, &apigatewayv2.CreateApiInput{
		Name: aws.String("orders"), ProtocolType: types.ProtocolTypeWebsocket,
		RouteSelectionExpression: aws.String("$request.body.action"),
	})
	if err != nil {
		return err
	}
	s.api, s.url = api.ApiId, aws.ToString(api.ApiEndpoint)+"/prod"
	integration, err := s.sdk.CreateIntegration(ctx, &apigatewayv2.CreateIntegrationInput{
		ApiId: s.api, IntegrationType: types.IntegrationTypeHttp, IntegrationMethod: aws.String("GET"),
		IntegrationUri:    aws.String(s.backend.url),
		RequestParameters: map[string]string{"integration.request.header.X-Order": "route.request.body.id"},
	})
	if err != nil {
		return err
	}
	s.integration = integration.IntegrationId
	if s.success, err = s.response(ctx, `/2\d\d/`, firstTemplate); err != nil {
		return err
	}
	if _, err = s.response(ctx, `$default`, errorTemplate); err != nil {
		return err
	}
	route, err := s.sdk.CreateRoute(ctx, &apigatewayv2.CreateRouteInput{
		ApiId: s.api, RouteKey: aws.String("order"), Target: aws.String("integrations/" + *s.integration),
		RouteResponseSelectionExpression: aws.String("$default"),
	})
	if err != nil {
		return err
	}
	if _, err = s.sdk.CreateRouteResponse(ctx, &apigatewayv2.CreateRouteResponseInput{
		ApiId: s.api, RouteId: route.RouteId, RouteResponseKey: aws.String("$default"),
	}); err != nil {
		return err
	}
	if _, err = s.sdk.CreateStage(ctx, &apigatewayv2.CreateStageInput{ApiId: s.api, StageName: aws.String("prod")}); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "created     WebSocket API %s, route order, integration HTTP GET %s\n", *s.api, s.backend.url)
	return s.deploy(ctx)
}

func (s *story) response(ctx context.Context, key, template string) (*string, error) {
	created, err := s.sdk.CreateIntegrationResponse(ctx, &apigatewayv2.CreateIntegrationResponseInput{
		ApiId: s.api, IntegrationId: s.integration, IntegrationResponseKey: aws.String(key),
		ResponseTemplates: map[string]string{"application/json": template},
	})
	if err != nil {
		return nil, err
	}
	return created.IntegrationResponseId, nil
}

func (s *story) deploy(ctx context.Context) error {
	deployed, err := s.sdk.CreateDeployment(ctx, &apigatewayv2.CreateDeploymentInput{ApiId: s.api, StageName: aws.String("prod")})
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "deployed    %s to stage prod\n", *deployed.DeploymentId)
	return nil
}

func (s *story) connect(ctx context.Context) error {
	// By path, so that the demo needs no name service that knows *.localhost.
	at := fmt.Sprintf("ws://%s/_aws/execute-api/%s/prod", s.gateway.DataAddr(), *s.api)
	var err error
	if s.socket, _, err = websocket.Dial(ctx, at, nil); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "connected   %s\n", at)
	return nil
}

// exchange sends a message and holds the frame that comes back against want.
func (s *story) exchange(message, key, want string) func(context.Context) error {
	return func(ctx context.Context) error {
		if err := s.socket.Write(ctx, websocket.MessageText, []byte(message)); err != nil {
			return err
		}
		_, frame, err := s.socket.Read(ctx)
		if err != nil {
			return err
		}
		var answered string
		select {
		case answered = <-s.backend.last:
		default:
			answered = "nothing: it was not called"
		}
		fmt.Fprintf(s.out, "\nsent        %s\nbackend     %s\nresponse    %s\nframe       %s\n", message, answered, key, frame)
		if string(frame) != want {
			return &exitError{1, fmt.Errorf("the frame should have been %s", want)}
		}
		return nil
	}
}

func (s *story) update(ctx context.Context) error {
	_, err := s.sdk.UpdateIntegrationResponse(ctx, &apigatewayv2.UpdateIntegrationResponseInput{
		ApiId: s.api, IntegrationId: s.integration, IntegrationResponseId: s.success,
		ResponseTemplates: map[string]string{"application/json": s.second},
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "\nupdated     integration response %s with UpdateIntegrationResponse\n", *s.success)
	return s.deploy(ctx)
}
