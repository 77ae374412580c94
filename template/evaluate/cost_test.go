package evaluate_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dragoman-gateway/dragoman/internal/cost"
	"github.com/dragoman-gateway/dragoman/management/tree"
	"github.com/dragoman-gateway/dragoman/template/evaluate"
	"github.com/dragoman-gateway/dragoman/template/source"
)

// evaluated reads and works out one text, which may include and nest itself.
func evaluated(text []byte) (*evaluate.Result, []source.Fault) {
	root, faults := source.Read("t.yaml", text)
	result, more := evaluate.Evaluate([]evaluate.Stack{{Name: "app", Template: root}}, evaluate.Options{
		Read:    func(name string) ([]byte, error) { return text, nil },
		Resolve: func(service, name string) (string, bool) { return name + name, len(name)%3 == 0 },
		Address: func(protocol, apiID string) string { return protocol + "://localhost/" + apiID },
	})
	return result, append(faults, more...)
}

// nest puts a text around itself so many times.
func nest(times int, open, middle, end string) string {
	return strings.Repeat(open, times) + middle + strings.Repeat(end, times)
}

// chain makes members, each a form of its own number, the one before and the one after.
func chain(times int, first, member string) string {
	var b strings.Builder
	b.WriteString(first)
	for i := 1; i <= times; i++ {
		fmt.Fprintf(&b, member, i, i-1, i+1)
	}
	return b.String()
}

const head = "Parameters: {P: {Type: CommaDelimitedList, Default: \"a,b,c,d,e,f,g,h,i,j\"}}\n"

// What functions multiply is refused before there is no memory left.
func TestBombsAreRefused(t *testing.T) {
	bombs := map[string]string{
		"Sub in Sub":     "Resources: {T: {Type: \"Custom::T\", Properties: {A: " + nest(60, `{"Fn::Sub": ["${a}${a}${a}${a}", {a: `, "x", "}]}") + "}}}",
		"Join in Join":   "Resources: {T: {Type: \"Custom::T\", Properties: {A: " + nest(60, `{"Fn::Join": ["",[x, `, "x", "]]}") + "}}}",
		"names of names": "Resources:\n" + chain(60, "  F0: {Type: \"AWS::Lambda::Function\", Properties: {FunctionName: xxxxxxxxxxxxxxxx}}\n", "  F%[1]d: {Type: \"AWS::Lambda::Function\", Properties: {FunctionName: !Sub \"${F%[2]d}${F%[2]d}\"}}\n"),
		"JSON in JSON":   "Resources: {T: {Type: \"Custom::T\", Properties: {A: " + nest(60, `{"Fn::ToJsonString": ["\"", `, "x", "]}") + "}}}",
		"loops":          head + "Resources: {T: {Type: \"Custom::T\", Properties: {" + loops(8) + "}}}\n",
		"Base64":         "Resources: {T: {Type: \"Custom::T\", Properties: {A: " + nest(90, `{"Fn::Base64": `, "xxxxxxxx", "}") + "}}}",
		"Mappings":       "Mappings: {M: {a: {b: [" + strings.Repeat("x,", 5000) + "]}}}\nResources: {T: {Type: \"Custom::T\", Properties: {" + many(500, `A%d: !FindInMap [M, a, b],`) + "}}}",
		"conditions":     "Conditions:\n" + chain(5000, "  C0: !Equals [a, b]\n", "  C%[1]d: !And [!Condition C%[2]d, !Condition C%[2]d]\n") + "Resources: {T: {Type: \"Custom::T\"}}",
		"hanging":        "Conditions:\n" + chain(5000, "", "  C%[1]d: !Not [!Condition C%[3]d]\n") + "Resources: {T: {Type: \"Custom::T\"}}",
		"exports":        "Resources: {T: {Type: \"Custom::T\"}}\nOutputs:\n" + chain(60, "  O0: {Value: xxxxxxxx, Export: {Name: e0}}\n", "  O%[1]d: {Value: !Join [\"\", [!ImportValue e%[2]d, !ImportValue e%[2]d]], Export: {Name: e%[1]d}}\n"),
	}
	for name, text := range bombs {
		t.Run(name, func(t *testing.T) {
			cost.Fuzzed(t, func() {
				_, faults := evaluated([]byte(text))
				if harmless := name == "Join in Join" || name == "conditions"; harmless == (len(faults) > 0) {
					t.Errorf("faults: %v", faults)
				}
			})
		})
	}
}

// loops are loops beside each other's insides, each with its own variable.
func loops(depth int) string {
	text := ""
	for i := range depth {
		text += fmt.Sprintf(`"Fn::ForEach::L%d": [V%d, !Ref P, {`, i, i)
	}
	text += `"K`
	for i := range depth {
		text += fmt.Sprintf("${V%d}", i)
	}
	return text + `": x` + strings.Repeat("}]", depth)
}

func many(times int, member string) string {
	var b strings.Builder
	for i := range times {
		fmt.Fprintf(&b, member, i)
	}
	return b.String()
}

// What stands in a template many times costs no more than it is long.
func TestLongTemplates(t *testing.T) {
	for _, part := range []string{
		"  R%d: {Type: \"AWS::DynamoDB::Table\"}\n", "  R%d: {Type: \"Custom::T\", Properties: {A: !Ref R0, B: !GetAtt R0.Arn}}\n", "  R%d: {Type: \"Custom::T\", Properties: {A: !Ref Nowhere%[1]d}}\n",
		"  R%d: {Type: \"Custom::T\", DependsOn: [Nowhere%[1]d]}\n", "  r-%d: {Typ: x}\n", "  R%d: {Type: \"Custom::T\", Condition: C%[1]d}\n", "  R%d: {Type: \"Custom::T\", Properties: {A: {\"Fn::Foo\": x}}}\n",
		"  R%d: {Type: \"AWS::CloudFormation::Stack\", Properties: {TemplateURL: t.yaml}}\n", "  \"Fn::ForEach::L%d\": [V, [a, b], {\"K%[1]d${V}\": {Type: a}}]\n",
		"  R%d: {Type: \"Custom::T\", Properties: {\"Fn::Transform\": {Name: \"AWS::Include\", Parameters: {Location: t.yaml}}}}\n",
	} {
		var b strings.Builder
		for i := 0; b.Len() < cost.Size; i++ {
			fmt.Fprintf(&b, part, i)
		}
		text := []byte("Resources:\n" + b.String())
		t.Run(part, func(t *testing.T) { cost.Fuzzed(t, func() { evaluated(text) }) })
	}
	for section, part := range map[string]string{
		"Parameters": "  P%d: {Type: String, NoEcho: true, Default: secret-%[1]d}\n", "Outputs": "  O%d: {Value: !Ref Nowhere%[1]d, Export: {Name: x}}\n",
		"Conditions": "  C%d: !Not [!Condition C%[1]d]\n", "Rules": "  R%d: {Assertions: [{Assert: !Equals [a, b]}]}\n", "Mappings": "  M%d: {a: {b: c}}\n",
	} {
		var b strings.Builder
		for i := 0; b.Len() < cost.Size; i++ {
			fmt.Fprintf(&b, part, i)
		}
		text := []byte(section + ":\n" + b.String())
		t.Run(section, func(t *testing.T) { cost.Fuzzed(t, func() { evaluated(text) }) })
	}
}

// large is a template of so many resources, as people write them.
func large(resources int) []byte {
	var b strings.Builder
	b.WriteString("Parameters: {Stage: {Type: String, Default: prod}}\nConditions: {Prod: !Equals [!Ref Stage, prod]}\nResources:\n  Api: {Type: \"AWS::ApiGatewayV2::Api\", Properties: {Name: !Sub \"${AWS::StackName}-api\", ProtocolType: HTTP}}\n")
	for i := range (resources - 1) / 5 {
		fmt.Fprintf(&b, `  Fn%[1]d:
    Type: AWS::Lambda::Function
    Properties:
      Handler: index.handler
      Runtime: nodejs22.x
      Role: !GetAtt Role%[1]d.Arn
      Code: {ZipFile: "exports.handler = async () => 1"}
      Environment:
        Variables:
          TABLE: !Ref Table%[1]d
          URL: !Sub "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${Stage}"
          SIZE: !If [Prod, large, small]
  Role%[1]d:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Version: 2012-10-17, Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]}
  Table%[1]d:
    Type: AWS::DynamoDB::Table
    Properties: {AttributeDefinitions: [{AttributeName: id, AttributeType: S}], KeySchema: [{AttributeName: id, KeyType: HASH}], BillingMode: PAY_PER_REQUEST}
  Integration%[1]d:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: AWS_PROXY
      IntegrationUri: !Join ["", ["arn:", !Ref "AWS::Partition", ":apigateway:", !Ref "AWS::Region", ":lambda:path/2015-03-31/functions/", !GetAtt Fn%[1]d.Arn, /invocations]]
  Route%[1]d:
    Type: AWS::ApiGatewayV2::Route
    Properties: {ApiId: !Ref Api, RouteKey: "GET /r%[1]d", Target: !Sub "integrations/${Integration%[1]d}"}
`, i)
	}
	return []byte(b.String())
}

// A template of 500 resources, which is all that CloudFormation takes, is ready before
// anybody has let go of the key.
func TestFiveHundredResources(t *testing.T) {
	text := large(501)
	var result *evaluate.Result
	var faults []source.Fault
	cost.Within(t, func() { result, faults = evaluated(text) })
	if len(faults) > 0 || len(result.Resources) != 501 {
		t.Fatalf("%d resources, faults %v", len(result.Resources), faults)
	}
	last, err := result.Resources[496].Properties.JSON(tree.Limits{Bytes: 1 << 20})
	if want := `"URL":"https://localhost/`; err != nil || !strings.Contains(string(last), want) {
		t.Errorf("got %s (%v), want %s", last, err, want)
	}
	if allocations := testing.AllocsPerRun(1, func() { evaluated(text) }); allocations > 400_000 {
		t.Errorf("%.0f allocations, want at most 800 for each resource", allocations)
	}
}

// FuzzEvaluate looks for templates that cost more than they are long, or that nobody
// answers for.
func FuzzEvaluate(f *testing.F) {
	f.Add(head+"Resources:\n", "  R: {Type: \"AWS::ApiGatewayV2::Api\", Properties: {A: !Sub \"${R.Arn}${AWS::Region}\"}}\n", "")
	f.Add(head+"Resources: {T: {Type: x, Properties: {A: ", `{"Fn::Sub": ["${a}${a}", {a: `, "")
	f.Add(head+"Resources: {T: {Type: x, Properties: {A: ", "!Join [\"\", [!Ref P]]", "}}}")
	f.Add("Resources:\n", "  \"Fn::ForEach::L\": [V, [a, b], {\"K${V}\": {Type: a}}]\n", "")
	f.Add("Resources: {A: {Type: \"AWS::CloudFormation::Stack\", Properties: {TemplateURL: x}}", ", B: {\"Fn::Transform\": {Name: \"AWS::Include\", Parameters: {Location: x}}}", "}")
	f.Add("Conditions: {A: ", "!Not [!And [!Condition A, !Equals [a, b]]]", "}\nResources: {T: {Type: x, Condition: A}}")
	f.Add("Rules: {A: {Assertions: [{Assert: ", "{\"Fn::Contains\": [{\"Fn::RefAll\": x}, y]}", "}]}}\nOutputs: {O: {Value: !ImportValue a, Export: {Name: a}}}")
	f.Add("Resources: {T: {Type: x, Properties: {A: [", "!Select [0, !Cidr [10.0.0.0/8, 256, 8]], !Base64 x, !GetAZs \"\", \"{{resolve:ssm:abc}}\",", "]}}}")
	f.Fuzz(func(t *testing.T, open, part, end string) {
		text := []byte(cost.Stretched(open, part, end))
		cost.Fuzzed(t, func() { evaluated(text) })
	})
}
