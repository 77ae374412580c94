package naming

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func resource(kind string, properties map[string]string) Resource {
	return Resource{
		Stack: "shop", LogicalID: "Thing", Type: kind, Region: "eu-west-1", Account: "123456789012",
		Property: func(name string) (string, bool) { return properties[name], true },
	}
}

// Every form of the table can be filled in, and words are spelt as word knows them.
func TestFormsAreFilled(t *testing.T) {
	for _, kind := range slices.Sorted(maps.Keys(forms())) {
		r := resource(kind, map[string]string{"FunctionName": "f", "DomainName": "d.example", "StageName": "s", "KeyId": "k", "UsagePlanId": "u", "AliasName": "alias/a", "Domain": "d", "DomainNameArn": "arn:d", "TopicArn": "arn:t", "Name": "n"})
		ref, ok := r.Ref()
		if !ok || ref == "" || strings.ContainsAny(ref, "{}") {
			t.Errorf("%s: Ref is %q, %v", kind, ref, ok)
		}
		names, _, _ := r.Attributes()
		for _, name := range names {
			value, known, ok := r.Attribute(name)
			if !known || !ok || value == "" || strings.ContainsAny(value, "{}|") {
				t.Errorf("%s: %s is %q, %v, %v", kind, name, value, known, ok)
			}
		}
	}
}

// The ids of API Gateway have the letters and lengths that it gives out.
func TestIDs(t *testing.T) {
	for kind, length := range map[string]int{"Api": 10, "Integration": 7, "IntegrationResponse": 7, "Route": 7, "RouteResponse": 6, "Model": 6, "Deployment": 6, "Authorizer": 6, "ApiMapping": 6, "VpcLink": 6} {
		id, _ := resource("AWS::ApiGatewayV2::"+kind, nil).Ref()
		if len(id) != length || strings.Trim(id, lowerLetters) != "" {
			t.Errorf("%s: got %q, want %d characters of [a-z0-9]", kind, id, length)
		}
	}
	if id, _ := resource("AWS::ApiGatewayV2::Api", nil).Ref(); id != APIID("shop", "Thing") {
		t.Errorf("an API is called %q and %q", id, APIID("shop", "Thing"))
	}
}

// The same names give the same ids; another stack or logical id gives others.
func TestIDsAreDerived(t *testing.T) {
	one := resource("AWS::ApiGatewayV2::Api", nil)
	first, _ := one.Ref()
	again, _ := one.Ref()
	one.Stack = "other"
	stack, _ := one.Ref()
	one.Stack, one.LogicalID = "shop", "Other"
	id, _ := one.Ref()
	if first != again || stack == first || id == first || id == stack {
		t.Errorf("got %s, %s, %s and %s", first, again, stack, id)
	}
}

func TestMadeUpNames(t *testing.T) {
	form := regexp.MustCompile(`^[A-Za-z0-9-]+-[A-Z0-9]{8}$`)
	for _, names := range [][2]string{{"shop", "Fn"}, {strings.Repeat("s", 100), "Fn"}, {"shop", strings.Repeat("F", 200)}, {strings.Repeat("s", 100), strings.Repeat("F", 200)}} {
		r := resource("AWS::Lambda::Function", nil)
		r.Stack, r.LogicalID = names[0], names[1]
		name, _ := r.Ref()
		if len(name) > 64 || !form.MatchString(name) || !strings.HasPrefix(name, names[0][:1]) {
			t.Errorf("%.20s, %.20s: got %q", names[0], names[1], name)
		}
	}
	for kind, want := range map[string]string{"AWS::S3::Bucket": `^shop-thing-[a-z0-9]{8}$`, "AWS::SQS::Queue": `/shop-Thing-[A-Z0-9]{8}\.fifo$`, "AWS::Logs::LogGroup": `^shop-Thing-`, "Custom::Thing": `^shop-Thing-`} {
		if name, _ := resource(kind, map[string]string{"FifoQueue": "true"}).Ref(); !regexp.MustCompile(want).MatchString(name) {
			t.Errorf("%s: got %q, want %s", kind, name, want)
		}
	}
}

// Attributes of which nothing is known look as their names say.
func TestLikely(t *testing.T) {
	for attribute, want := range map[string]string{
		"Arn": "arn:aws:future:eu-west-1:123456789012:widget/shop-Thing-", "Config.BaseUrl": "https://shop-thing-", "Endpoint.Port": "443",
		"Endpoint.Address": "shop-thing-", "WidgetId": "", "Answer": "shop-Thing-",
	} {
		if value, ok := resource("AWS::Future::Widget", nil).Likely(attribute); !ok || value == "" || !strings.HasPrefix(value, want) {
			t.Errorf("%s: got %q, want %s…", attribute, value, want)
		}
	}
}

// What hangs on a property that cannot be worked out cannot be, either.
func TestUnknownProperties(t *testing.T) {
	r := resource("AWS::Lambda::Alias", nil)
	r.Property = func(string) (string, bool) { return "", false }
	if name, ok := r.Ref(); ok {
		t.Errorf("got %q of an unknown function", name)
	}
}

func TestPartitions(t *testing.T) {
	for region, want := range map[string]string{"us-east-1": "aws amazonaws.com", "cn-north-1": "aws-cn amazonaws.com.cn", "us-gov-west-1": "aws-us-gov amazonaws.com"} {
		if partition, suffix := Partition(region); partition+" "+suffix != want {
			t.Errorf("%s: got %s %s, want %s", region, partition, suffix, want)
		}
	}
}
