package up_test

import (
	"path/filepath"
	"strings"
	"testing"
)

const privateTemplate = `Parameters: {Balancer: {Type: String}}
Resources:
  Chat: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: chat, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action}}
  Link: {Type: AWS::ApiGateway::VpcLink, Properties: {Name: link, TargetArns: [!Ref Balancer]}}
  To: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Chat, IntegrationType: HTTP_PROXY, IntegrationMethod: ANY, IntegrationUri: http://balancer/x, ConnectionType: VPC_LINK, ConnectionId: !Ref Link}}
  Connect: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Chat, RouteKey: $connect, Target: !Sub "integrations/${To}"}}
  Default: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Chat, RouteKey: $default, Target: !Sub "integrations/${To}"}}
  Web: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: web, ProtocolType: HTTP}}
  Private: {Type: AWS::ApiGatewayV2::VpcLink, Properties: {Name: private, SubnetIds: [subnet-1]}}
  Behind: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Web, IntegrationType: HTTP_PROXY, IntegrationMethod: ANY, PayloadFormatVersion: "1.0", IntegrationUri: "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/web/1/2", ConnectionType: VPC_LINK, ConnectionId: !Ref Private}}
  All: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Web, RouteKey: $default, Target: !Sub "integrations/${Behind}"}}
`

// A VPC link that leads nowhere is told before anybody calls through it, with the flag
// that gives it targets.
func TestUpUnlinked(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "linked")
	place(t, dir, map[string]string{"template.yaml": privateTemplate})
	check := func(args ...string) string {
		t.Helper()
		out, err := upCommand(t, dir, append([]string{"--check", "--parameter", "Balancer=arn:aws:x"}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return string(out)
	}
	const listener = "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/web/1/2"
	out := check()
	told := "template.yaml:3: Chat: $connect goes through a VPC link, behind which is nothing here: --vpc-link "
	_, rest, found := strings.Cut(out, told)
	link, _, _ := strings.Cut(rest, "=HOST:PORT")
	if !found || strings.Count(out, "goes through a VPC link") != 2 || !strings.Contains(out, "Web: $default goes through a VPC link, behind which is nothing here: --vpc-link "+listener+"=HOST:PORT") {
		t.Fatalf("got %s", out)
	}
	if out := check("--vpc-link", link+"=127.0.0.1:9", "--vpc-link", listener+"=127.0.0.1:9"); strings.Contains(out, "VPC link") {
		t.Errorf("with targets: got %s", out)
	}
}
