package up_test

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"testing"
)

// deployedTemplate has a stage with a deployment of its own.
const deployedTemplate = `Resources:
  Chat:
    Type: AWS::ApiGatewayV2::Api
    Properties: {Name: chat, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action}
  Deployment:
    Type: AWS::ApiGatewayV2::Deployment
    Properties: {ApiId: !Ref Chat, Description: of the template}
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: {ApiId: !Ref Chat, StageName: prod, DeploymentId: !Ref Deployment, StageVariables: {greeting: hello}}
  Echo:
    Type: AWS::ApiGatewayV2::Integration
    Properties: {ApiId: !Ref Chat, IntegrationType: MOCK, RequestTemplates: {$default: '{"statusCode":200}'}}
  Said:
    Type: AWS::ApiGatewayV2::IntegrationResponse
    Properties: {ApiId: !Ref Chat, IntegrationId: !Ref Echo, IntegrationResponseKey: $default, ResponseTemplates: {$default: '{"said":"first"}'}}
  Hello:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Chat, RouteKey: hello, Target: !Sub "integrations/${Echo}", RouteResponseSelectionExpression: $default}
  Back:
    Type: AWS::ApiGatewayV2::RouteResponse
    Properties: {ApiId: !Ref Chat, RouteId: !Ref Hello, RouteResponseKey: $default}
Outputs:
  Ref: {Value: !Ref Deployment}
  GetAtt: {Value: !GetAtt Deployment.DeploymentId}
`

// What is saved of a route is a new deployment, in the place of the one before; what is
// saved of anything else is served by the one that there is.
func TestUpDeploysAnew(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "template.yaml")
	place(t, dir, map[string]string{"template.yaml": deployedTemplate})
	p := startUp(t, dir, "--stack-name", "chat")
	ready := p.next("ready")
	api := ready.Management + "/v2/apis/" + ready.Apis[0].ID
	first := p.deployed(api, ready)
	socket := p.dial(ready.Apis[0].URLs[0])
	socket.send(`{"action":"hello"}`, "first")
	for _, save := range []struct {
		from, to string
		anew     bool
		says     string
	}{
		{"greeting: hello", "greeting: hi", false, "first"},
		{`"said":"first"`, `"said":"second"`, true, "second"},
		{"Name: chat", "Name: talk", false, "second"},
		{"RouteKey: hello", "RouteKey: more", true, ""},
		{"RouteKey: more", "RouteKey: hello", true, "second"},
	} {
		edit(t, file, save.from, save.to)
		second := p.deployed(api, p.next("changed"))
		if anew := second.DeploymentId != first.DeploymentId; anew != save.anew {
			t.Errorf("%s: the deployment is %s, and was %s", save.to, second.DeploymentId, first.DeploymentId)
		}
		if save.says != "" {
			socket.send(`{"action":"hello"}`, save.says)
		}
		first = second
	}
	p.end()
	p = startUp(t, dir, "--stack-name", "chat")
	ready = p.next("ready")
	if again := p.deployed(ready.Management+"/v2/apis/"+ready.Apis[0].ID, ready); again != first {
		t.Errorf("the next time the deployment is %+v, and was %+v", again, first)
	}
	p.end()
}

// upDeployment is a deployment as GetDeployments answers it.
type upDeployment struct{ DeploymentId, CreatedDate, Description, DeploymentStatus string }

// deployed is the one deployment of an API, which its stage and the outputs of an event
// name.
func (p *upProcess) deployed(api string, e upEvent) upDeployment {
	p.Helper()
	var all struct{ Items []upDeployment }
	var stage struct{ DeploymentId string }
	if err := json.Unmarshal([]byte(p.get(api+"/deployments", 200, "")), &all); err != nil || len(all.Items) != 1 {
		p.Fatalf("got the deployments %+v, %v", all.Items, err)
	}
	one := all.Items[0]
	if one.CreatedDate == "" || one.Description != "of the template" || one.DeploymentStatus != "DEPLOYED" {
		p.Errorf("got the deployment %+v", one)
	}
	if err := json.Unmarshal([]byte(p.get(api+"/stages/prod", 200, "")), &stage); err != nil || stage.DeploymentId != one.DeploymentId {
		p.Errorf("the stage serves %s, and the deployment is %s (%v)", stage.DeploymentId, one.DeploymentId, err)
	}
	if e.Outputs["Ref"] != one.DeploymentId || e.Outputs["GetAtt"] != one.DeploymentId {
		p.Errorf("the outputs are %v, and the deployment is %s", e.Outputs, one.DeploymentId)
	}
	return one
}

// A stage that is deployed by itself shows what it would show on AWS: a deployment that nobody
// asked for, and that it has succeeded.
func TestUpDeploysByItself(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "template.yaml")
	place(t, dir, map[string]string{"template.yaml": `Resources:
  Web: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: web, ProtocolType: HTTP, Description: first}}
  Call: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Web, IntegrationType: HTTP_PROXY, IntegrationMethod: GET, IntegrationUri: "http://127.0.0.1:1/", PayloadFormatVersion: "1.0"}}
  Get: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Web, RouteKey: GET /, Target: !Sub "integrations/${Call}"}}
  Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Web, StageName: $default, AutoDeploy: true}}
`})
	p := startUp(t, dir)
	ready := p.next("ready")
	api := ready.Management + "/v2/apis/" + ready.Apis[0].ID
	var ids []string
	for _, save := range []string{"", "Description: second", "GET /more"} {
		switch save {
		case "Description: second":
			edit(t, file, "Description: first", save)
			p.next("changed")
		case "GET /more":
			edit(t, file, "RouteKey: GET /", "RouteKey: "+save)
			p.next("changed")
		}
		var stages struct {
			Items []struct {
				AutoDeploy                                bool
				DeploymentId, LastDeploymentStatusMessage string
			}
		}
		var all struct {
			Items []struct {
				AutoDeployed                                bool
				DeploymentId, Description, DeploymentStatus string
			}
		}
		if err := json.Unmarshal([]byte(p.get(api+"/stages", 200, "")), &stages); err != nil || len(stages.Items) != 1 {
			t.Fatalf("got the stages %+v, %v", stages, err)
		}
		if err := json.Unmarshal([]byte(p.get(api+"/deployments", 200, "")), &all); err != nil || len(all.Items) == 0 {
			t.Fatalf("got the deployments %+v, %v", all, err)
		}
		stage, made := stages.Items[0], all.Items[0]
		if !stage.AutoDeploy || stage.DeploymentId != made.DeploymentId || stage.LastDeploymentStatusMessage != "Successfully deployed stage with deployment ID '"+made.DeploymentId+"'" {
			t.Errorf("%q: got the stage %+v", save, stage)
		}
		if !made.AutoDeployed || made.Description != "Automatic deployment triggered by changes to the Api configuration" || made.DeploymentStatus != "DEPLOYED" {
			t.Errorf("%q: got the deployment %+v", save, made)
		}
		// Documented: API Gateway V2 API Reference, Stages, autoDeploy: updates to an API, of which
		// its description is one, trigger a new deployment.
		if slices.Contains(ids, made.DeploymentId) {
			t.Errorf("%q: the deployment is the one before", save)
		}
		ids = append(ids, made.DeploymentId)
	}
	p.end()
}
