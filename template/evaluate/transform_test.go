package evaluate_test

import (
	"testing"

	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/evaluate"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// A transform gets loops and inclusions written out and the values of parameters. Faults in
// what it made have the path and the logical id that were written, and are told once.
func TestTransform(t *testing.T) {
	root, faults := source.Read("t.yaml", []byte(`
Parameters: {Stage: {Type: String, Default: prod}, Secret: {Type: String, NoEcho: true, Default: hunter2}}
Resources:
  Chat:
    Type: Own::Chat
    Properties:
      Routes: {hello: !GetAtt Nobody.Arn}
      "Fn::ForEach::Loop": [N, [a], {"Tag${N}": !Ref N}]
`))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	transform := func(template tree.Node, parameter func(string) (tree.Node, bool)) (tree.Node, []source.Fault) {
		stage, ok := parameter("Stage")
		region, known := parameter("AWS::Region")
		if _, missing := parameter("Nothing"); !ok || stage.Text() != "prod" || !known || region.Text() != "us-east-1" || missing {
			t.Errorf("parameters are %q, %v, %q, %v, %v", stage.Text(), ok, region.Text(), known, missing)
		}
		if _, removed := parameter("AWS::NoValue"); removed {
			t.Error("AWS::NoValue has a value")
		}
		properties := template.Get("Resources", "Chat", "Properties")
		if tag := properties.Get("Taga").Text(); tag != "a" {
			t.Errorf("the loop made %q", tag)
		}
		made := tree.Object()
		for _, id := range []string{"ChatRoute", "ChatIntegration"} {
			made.Set(id, tree.Object().Set("Type", tree.Text("AWS::ApiGatewayV2::Route")).Set("Properties", tree.Object().Set("Target", properties.Get("Routes", "hello"))))
		}
		return tree.Object().Set("Resources", made), []source.Fault{source.At(properties, "Resources.Chat.Properties", "hunter2 is no route", "")}
	}
	_, faults = evaluate.Evaluate([]evaluate.Stack{{Name: "app", Template: root}}, evaluate.Options{Transform: transform})
	want := `t.yaml:7:7: Resources.Chat.Properties: **** is no route
t.yaml:7:23: Resources.Chat.Properties.Routes.hello: there is no resource or parameter "Nobody" (declare it in Resources or Parameters)`
	if got := told(faults); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if len(faults) == 2 && faults[1].LogicalID != "Chat" {
		t.Errorf("the logical id is %s", faults[1].LogicalID)
	}
}
