package control

import (
	"strings"
	"testing"
	"time"
)

const certificateArn = "arn:aws:acm:us-east-1:000000000000:certificate/c"

// regionFixture adds to the fixture one of everything that belongs to no API.
func regionFixture(t *testing.T) *fixture {
	f := newFixture(t)
	now := time.Now()
	f.still.Store(&now) // what is under way stays so
	ws := f.names.Replace("{wsid}")
	http := strings.TrimPrefix(f.names.Replace("{http}"), "/v2/apis/")
	config := `"domainNameConfigurations":[{"certificateArn":"` + certificateArn + `"}]`
	f.must("POST", "/v2/domainnames", `{"domainName":"a.example.com",`+config+`}`)
	f.must("POST", "/v2/domainnames", `{"domainName":"b.example.com",`+config+`}`)
	mapping := f.make("/v2/domainnames/a.example.com/apimappings", `{"apiId":"`+http+`","stage":"auto","apiMappingKey":"taken"}`, "apiMappingId")
	other := f.make("/v2/domainnames/a.example.com/apimappings", `{"apiId":"`+http+`","stage":"auto"}`, "apiMappingId")
	invoke := `"actions":[{"invokeApi":{"apiId":"` + http + `","stage":"auto"}}]`
	rule := f.make("/v2/domainnames/a.example.com/routingrules", `{"priority":10,"conditions":[],`+invoke+`}`, "routingRuleId")
	f.must("POST", "/v2/domainnames/a.example.com/routingrules", `{"priority":20,"conditions":[],`+invoke+`}`)
	link := f.make("/v2/vpclinks", `{"name":"l","subnetIds":["subnet-1"]}`, "vpcLinkId")
	private := f.make("/v2/apis/"+http+"/integrations", `{"integrationType":"HTTP_PROXY","integrationMethod":"GET","payloadFormatVersion":"1.0","connectionType":"VPC_LINK","connectionId":"`+link+`","integrationUri":"arn:aws:elasticloadbalancing:us-east-1:0:listener/a"}`, "integrationId")
	user := f.make("/v2/apis/"+http+"/routes", `{"routeKey":"GET /private","target":"integrations/`+private+`"}`, "routeId")
	key := f.make("/apikeys", `{"name":"k","enabled":true,"value":"aaaaaaaaaaaaaaaaaaaa"}`, "id")
	plan := f.make("/usageplans", `{"name":"p","apiStages":[{"apiId":"`+ws+`","stage":"prod"}]}`, "id")
	rival := f.make("/usageplans", `{"name":"r","apiStages":[{"apiId":"`+ws+`","stage":"prod"}]}`, "id")
	f.must("POST", "/usageplans/"+plan+"/keys", `{"keyId":"`+key+`","keyType":"API_KEY"}`)
	product := f.must("POST", "/v2/portalproducts", `{"displayName":"Pets"}`)
	productId, productArn := product["portalProductId"].(string), product["portalProductArn"].(string)
	at := "/v2/portalproducts/" + productId
	page := f.make(at+"/productpages", `{"displayContent":{"title":"t","body":"b"}}`, "productPageId")
	endpoint := f.make(at+"/productrestendpointpages", `{"restEndpointIdentifier":{"identifierParts":{"restApiId":"a","stage":"s","path":"/p","method":"GET"}}}`, "productRestEndpointPageId")
	portal := f.make("/v2/portals", `{"authorization":{"none":{}},"endpointConfiguration":{"none":{}},"includedPortalProductArns":["`+productArn+`"],`+content+`}`, "portalId")
	public := f.make("/v2/portals", `{"authorization":{"none":{}},"endpointConfiguration":{"none":{}},`+content+`}`, "portalId")
	f.must("POST", "/v2/portals/"+public+"/publish", `{}`)
	f.names = strings.NewReplacer("{ws}", "/v2/apis/"+ws, "{http}", "/v2/apis/"+http, "{wsid}", ws, "{httpid}", http, "{d}", "/v2/domainnames/a.example.com", "{b}", "/v2/domainnames/b.example.com",
		"{cert}", certificateArn, "{config}", config, "{mapping}", mapping, "{other}", other, "{invoke}", invoke, "{rule}", rule, "{link}", link,
		"{private}", private, "{user}", user, "{key}", key, "{plan}", plan, "{rival}", rival, "{product}", at, "{page}", page, "{endpoint}", endpoint,
		"{productarn}", productArn, "{portal}", portal, "{public}", public, "{content}", content,
		"{301}", strings.Repeat("k", 301), "{129}", strings.Repeat("n", 129), "{1025}", strings.Repeat("d", 1025), "{32769}", strings.Repeat("b", 32769))
	return f
}

const content = `"portalContent":{"displayName":"Portal","theme":{"customColors":{"accentColor":"#111111","backgroundColor":"#222222","errorValidationColor":"#333333","headerColor":"#444444","navigationColor":"#555555","textColor":"#666666"}}}`

var regionRules = map[string][]rule{"domains": domainRules, "mappings": mappingRules, "routing rules": routingRules, "vpc links": linkRules,
	"keys and plans": planRules, "portals": portalRules, "products": productRules, "not found in a region": missingRegionRules}

func TestRulesOfRegions(t *testing.T) {
	f := regionFixture(t)
	before := f.everything()
	total := 0
	for name, rules := range regionRules {
		total += len(rules)
		t.Run(name, func(t *testing.T) {
			f.t = t
			for _, r := range rules {
				method, path, _ := strings.Cut(f.names.Replace(r.call), " ")
				exception, message, _ := strings.Cut(f.names.Replace(r.want), ": ")
				f.refused(method, path, f.names.Replace(r.body), statuses[exception], exception, message)
			}
		})
	}
	if after := f.everything(); before != after {
		t.Errorf("something was changed by a refused call:\n%s\n%s", before, after)
	}
	if total < 130 {
		t.Errorf("got %d rules, want 130 at least", total)
	}
}

var domainRules = []rule{
	{"POST /v2/domainnames", `{}`, "BadRequestException: 1 validation error detected"},
	{"POST /v2/domainnames", `{"domainName":"","x":1}`, "BadRequestException: "},
	{"POST /v2/domainnames", `{"domainName":"c.example.com"}`, "BadRequestException: Invalid input. Expected one domain name configuration"},
	{"POST /v2/domainnames", `{"domainName":"c.example.com","domainNameConfigurations":[]}`, "BadRequestException: Invalid input. Expected one domain name configuration"},
	{"POST /v2/domainnames", `{"domainName":"c.example.com","domainNameConfigurations":[{"certificateArn":"{cert}"},{"certificateArn":"{cert}"}]}`, "BadRequestException: Invalid input. Expected one domain name configuration"},
	{"POST /v2/domainnames", `{"domainName":"c.example.com","domainNameConfigurations":[{"certificateArn":"{cert}","endpointType":"EDGE"}]}`, "BadRequestException: Only REGIONAL domain names with a security policy of TLS 1.2 can be managed through the API Gateway V2 API."},
	{"POST /v2/domainnames", `{"domainName":"c.example.com","domainNameConfigurations":[{"certificateArn":"{cert}","securityPolicy":"TLS_1_0"}]}`, "BadRequestException: Only REGIONAL domain names"},
	{"POST /v2/domainnames", `{"domainName":"c.example.com","domainNameConfigurations":[{"certificateArn":"{cert}","securityPolicy":"TLS_1_3"}]}`, "BadRequestException: 1 validation error detected"},
	{"POST /v2/domainnames", `{"domainName":"c.example.com","domainNameConfigurations":[{"certificateArn":"{cert}","ipAddressType":"ipv6"}]}`, "BadRequestException: 1 validation error detected"},
	{"POST /v2/domainnames", `{"domainName":"c.example.com","domainNameConfigurations":[{}]}`, "BadRequestException: Invalid certificate ARN: "},
	{"POST /v2/domainnames", `{"domainName":"c.example.com","domainNameConfigurations":[{"certificateArn":"cert"}]}`, "BadRequestException: Invalid certificate ARN: cert. Certificate must be in 'us-east-1'."},
	{"POST /v2/domainnames", `{"domainName":"c.example.com","domainNameConfigurations":[{"certificateArn":"arn:aws:acm:eu-west-1:0:certificate/c"}]}`, "BadRequestException: Invalid certificate ARN: arn:aws:acm:eu-west-1:0:certificate/c. Certificate must be in 'us-east-1'."},
	{"POST /v2/domainnames", `{"domainName":"c.example.com","domainNameConfigurations":[{"certificateArn":"{cert}","ownershipVerificationCertificateArn":"x"}]}`, "BadRequestException: Invalid certificate ARN: x"},
	{"POST /v2/domainnames", `{"domainName":"-a.example.com",{config}}`, "BadRequestException: Invalid domain name specified"},
	{"POST /v2/domainnames", `{"domainName":"a..example.com",{config}}`, "BadRequestException: Invalid domain name specified"},
	{"POST /v2/domainnames", `{"domainName":"a.*.example.com",{config}}`, "BadRequestException: Invalid domain name specified"},
	{"POST /v2/domainnames", `{"domainName":"http://example.com",{config}}`, "BadRequestException: Invalid domain name specified"},
	{"POST /v2/domainnames", `{"domainName":"a.example.com",{config}}`, "BadRequestException: The domain name you provided already exists."},
	{"POST /v2/domainnames", `{"domainName":"c.example.com","routingMode":"RULES",{config}}`, "BadRequestException: 1 validation error detected"},
	{"POST /v2/domainnames", `{"domainName":"c.example.com","mutualTlsAuthentication":{"truststoreUri":"https://x/y"},{config}}`, "BadRequestException: Invalid truststore URI specified"},
	{"POST /v2/domainnames", `{"domainName":"c.example.com","mutualTlsAuthentication":{"truststoreUri":"s3://bucket"},{config}}`, "BadRequestException: Invalid truststore URI specified"},
	{"POST /v2/domainnames", `{"domainName":"c.example.com","mutualTlsAuthentication":{"truststoreVersion":"1"},{config}}`, "BadRequestException: Invalid truststore URI specified"},
	{"POST /v2/domainnames", `{"domainName":"c.example.com","tags":{"aws:x":"1"},{config}}`, "BadRequestException: Invalid tag key"},
	{"PATCH {d}", `{"domainNameConfigurations":[]}`, "BadRequestException: Invalid input. Expected one domain name configuration"},
	{"PATCH {d}", `{"domainNameConfigurations":[{"certificateArn":"{cert}","endpointType":"EDGE"}]}`, "BadRequestException: Only REGIONAL domain names"},
	{"PATCH {d}", `{"mutualTlsAuthentication":{"truststoreUri":"x"}}`, "BadRequestException: Invalid truststore URI specified"},
	{"PATCH {d}", `{"routingMode":"X"}`, "BadRequestException: 1 validation error detected"},
	{"PATCH {d}", `{"domainNameConfigurations":{}}`, "BadRequestException: 1 validation error detected"},
}

var mappingRules = []rule{
	{"POST {d}/apimappings", `{}`, "BadRequestException: 2 validation errors detected"},
	{"POST {d}/apimappings", `{"apiId":"{httpid}"}`, "BadRequestException: 1 validation error detected"},
	{"POST {d}/apimappings", `{"apiId":"nope","stage":"auto"}`, "BadRequestException: Invalid API identifier specified: nope"},
	{"POST {d}/apimappings", `{"apiId":"{httpid}","stage":"nope"}`, "BadRequestException: Invalid stage identifier specified"},
	{"POST {d}/apimappings", `{"apiId":"{httpid}","stage":"auto","apiMappingKey":"taken"}`, "ConflictException: ApiMapping key already exists for this domain name"},
	{"POST {d}/apimappings", `{"apiId":"{httpid}","stage":"auto"}`, "ConflictException: ApiMapping key already exists for this domain name"},
	{"POST {d}/apimappings", `{"apiId":"{httpid}","stage":"auto","apiMappingKey":"/a"}`, "BadRequestException: API mapping key should not start with a '/' or have consecutive '/'s."},
	{"POST {d}/apimappings", `{"apiId":"{httpid}","stage":"auto","apiMappingKey":"a//b"}`, "BadRequestException: API mapping key should not start with a '/' or have consecutive '/'s."},
	{"POST {d}/apimappings", `{"apiId":"{httpid}","stage":"auto","apiMappingKey":"a/"}`, "BadRequestException: API mapping key should not end with a '/'."},
	{"POST {d}/apimappings", `{"apiId":"{httpid}","stage":"auto","apiMappingKey":"a b"}`, "BadRequestException: An ApiMapping key may contain only letters, numbers and one of $-_.+!*'()"},
	{"POST {d}/apimappings", `{"apiId":"{httpid}","stage":"auto","apiMappingKey":"é"}`, "BadRequestException: An ApiMapping key may contain only letters"},
	{"POST {d}/apimappings", `{"apiId":"{httpid}","stage":"auto","apiMappingKey":"{301}"}`, "BadRequestException: Invalid value specified for ApiMappingKey"},
	{"POST {d}/apimappings", `{"apiId":"{wsid}","stage":"prod","apiMappingKey":"ws"}`, "BadRequestException: WEBSOCKET APIs and HTTP APIs cannot be mapped to the same custom domain name"},
	{"POST {d}/apimappings", `{"apiId":7,"stage":"prod"}`, "BadRequestException: 1 validation error detected"},
	{"PATCH {d}/apimappings/{mapping}", `{}`, "BadRequestException: 1 validation error detected"},
	{"PATCH {d}/apimappings/{mapping}", `{"apiId":"nope"}`, "BadRequestException: Invalid API identifier specified: nope"},
	{"PATCH {d}/apimappings/{mapping}", `{"apiId":"{httpid}","stage":"nope"}`, "BadRequestException: Invalid stage identifier specified"},
	{"PATCH {d}/apimappings/{mapping}", `{"apiId":"{httpid}","apiMappingKey":""}`, "ConflictException: ApiMapping key already exists for this domain name"},
	{"PATCH {d}/apimappings/{mapping}", `{"apiId":"{httpid}","apiMappingKey":"/"}`, "BadRequestException: API mapping key should not start"},
	{"DELETE {http}", ``, "BadRequestException: Deleting API {httpid} failed. Please remove all API mappings for the API from your custom domain names."},
}

var routingRules = []rule{
	{"POST {d}/routingrules", `{}`, "BadRequestException: 3 validation errors detected"},
	{"POST {d}/routingrules", `{"priority":0,"conditions":[],{invoke}}`, "BadRequestException: 1 validation error detected"},
	{"POST {d}/routingrules", `{"priority":1000001,"conditions":[],{invoke}}`, "BadRequestException: 1 validation error detected"},
	{"POST {d}/routingrules", `{"priority":10,"conditions":[],{invoke}}`, "ConflictException: A routing rule with priority 10 already exists"},
	{"POST {d}/routingrules", `{"priority":1,"conditions":[],"actions":[]}`, "BadRequestException: Invalid routing rule: exactly one action"},
	{"POST {d}/routingrules", `{"priority":1,"conditions":[],"actions":[{"invokeApi":{"apiId":"{httpid}","stage":"auto"}},{"invokeApi":{"apiId":"{httpid}","stage":"auto"}}]}`, "BadRequestException: Invalid routing rule: exactly one action"},
	{"POST {d}/routingrules", `{"priority":1,"conditions":[],"actions":[{}]}`, "BadRequestException: 1 validation error detected"},
	{"POST {d}/routingrules", `{"priority":1,"conditions":[],"actions":[{"invokeApi":{"apiId":"nope","stage":"auto"}}]}`, "BadRequestException: Invalid API identifier specified: nope"},
	{"POST {d}/routingrules", `{"priority":1,"conditions":[],"actions":[{"invokeApi":{"apiId":"{httpid}","stage":"nope"}}]}`, "BadRequestException: Invalid stage identifier specified"},
	{"POST {d}/routingrules", `{"priority":1,"conditions":[{}],{invoke}}`, "BadRequestException: Invalid routing rule: a condition has either MatchHeaders or MatchBasePaths"},
	{"POST {d}/routingrules", `{"priority":1,"conditions":[{"matchBasePaths":{"anyOf":["a"]},"matchHeaders":{"anyOf":[{"header":"h","valueGlob":"v"}]}}],{invoke}}`, "BadRequestException: Invalid routing rule: a condition has either"},
	{"POST {d}/routingrules", `{"priority":1,"conditions":[{"matchBasePaths":{"anyOf":[]}}],{invoke}}`, "BadRequestException: Invalid routing rule: AnyOf has exactly one value"},
	{"POST {d}/routingrules", `{"priority":1,"conditions":[{"matchBasePaths":{"anyOf":["a","b"]}}],{invoke}}`, "BadRequestException: Invalid routing rule: AnyOf has exactly one value"},
	{"POST {d}/routingrules", `{"priority":1,"conditions":[{"matchBasePaths":{"anyOf":["a"]}},{"matchBasePaths":{"anyOf":["b"]}}],{invoke}}`, "BadRequestException: Invalid routing rule: at most two MatchHeaders conditions and one MatchBasePaths condition"},
	{"POST {d}/routingrules", `{"priority":1,"conditions":[{"matchBasePaths":{"anyOf":["/a"]}}],{invoke}}`, "BadRequestException: Invalid routing rule: the base path"},
	{"POST {d}/routingrules", `{"priority":1,"conditions":[{"matchBasePaths":{"anyOf":["a b"]}}],{invoke}}`, "BadRequestException: Invalid routing rule: the base path"},
	{"POST {d}/routingrules", `{"priority":1,"conditions":[{"matchBasePaths":{"anyOf":["{129}"]}}],{invoke}}`, "BadRequestException: Invalid routing rule: the base path"},
	{"POST {d}/routingrules", `{"priority":1,"conditions":[{"matchHeaders":{"anyOf":[{"header":"a b","valueGlob":"v"}]}}],{invoke}}`, "BadRequestException: Invalid routing rule: \"a b\" is not the name of a header"},
	{"POST {d}/routingrules", `{"priority":1,"conditions":[{"matchHeaders":{"anyOf":[{"header":"x*","valueGlob":"v"}]}}],{invoke}}`, "BadRequestException: Invalid routing rule: \"x*\" is not the name of a header"},
	{"POST {d}/routingrules", `{"priority":1,"conditions":[{"matchHeaders":{"anyOf":[{"header":"Authorization","valueGlob":"v"}]}}],{invoke}}`, "BadRequestException: Invalid routing rule: the header Authorization is reserved"},
	{"POST {d}/routingrules", `{"priority":1,"conditions":[{"matchHeaders":{"anyOf":[{"header":"X-Amz-Date","valueGlob":"v"}]}}],{invoke}}`, "BadRequestException: Invalid routing rule: the header X-Amz-Date is reserved"},
	{"POST {d}/routingrules", `{"priority":1,"conditions":[{"matchHeaders":{"anyOf":[{"header":"h","valueGlob":"a*b"}]}}],{invoke}}`, "BadRequestException: Invalid routing rule: ValueGlob"},
	{"POST {d}/routingrules", `{"priority":1,"conditions":[{"matchHeaders":{"anyOf":[{"header":"h","valueGlob":""}]}}],{invoke}}`, "BadRequestException: Invalid routing rule: ValueGlob"},
	{"POST {d}/routingrules", `{"priority":1,"conditions":[{"matchHeaders":{"anyOf":[{"header":"h"}]}}],{invoke}}`, "BadRequestException: 1 validation error detected"},
	{"POST {d}/routingrules", `{"priority":1,"conditions":[{"matchHeaders":{"anyOf":[{"header":"a","valueGlob":"v"}]}},{"matchHeaders":{"anyOf":[{"header":"b","valueGlob":"v"}]}},{"matchHeaders":{"anyOf":[{"header":"c","valueGlob":"v"}]}}],{invoke}}`, "BadRequestException: Invalid routing rule: at most two MatchHeaders"},
	{"PUT {d}/routingrules/{rule}", `{"priority":20,"conditions":[],{invoke}}`, "ConflictException: A routing rule with priority 20 already exists"},
	{"PUT {d}/routingrules/{rule}", `{"priority":30}`, "BadRequestException: 2 validation errors detected"},
	{"GET {d}/routingrules?maxResults=101", ``, "BadRequestException: 1 validation error detected"},
	{"GET {d}/routingrules?maxResults=x", ``, "BadRequestException: 1 validation error detected"},
	{"GET {d}/routingrules?nextToken=x", ``, "BadRequestException: Invalid value specified for NextToken"},
}

var linkRules = []rule{
	{"POST /v2/vpclinks", `{}`, "BadRequestException: 2 validation errors detected"},
	{"POST /v2/vpclinks", `{"name":"","subnetIds":["subnet-1"]}`, "BadRequestException: 1 validation error detected"},
	{"POST /v2/vpclinks", `{"name":"{129}","subnetIds":["subnet-1"]}`, "BadRequestException: 1 validation error detected"},
	{"POST /v2/vpclinks", `{"name":"a","subnetIds":[]}`, "BadRequestException: Invalid value specified for SubnetIds"},
	{"POST /v2/vpclinks", `{"name":"a","subnetIds":["a b"]}`, "BadRequestException: Invalid value specified for SubnetIds"},
	{"POST /v2/vpclinks", `{"name":"a","subnetIds":["s","s"]}`, "BadRequestException: Invalid value specified for SubnetIds: s appears twice"},
	{"POST /v2/vpclinks", `{"name":"a","subnetIds":["s"],"securityGroupIds":["1","2","3","4","5","6"]}`, "BadRequestException: Invalid value specified for SecurityGroupIds"},
	{"POST /v2/vpclinks", `{"name":"a","subnetIds":["s"],"securityGroupIds":["/"]}`, "BadRequestException: Invalid value specified for SecurityGroupIds"},
	{"POST /v2/vpclinks", `{"name":"a","subnetIds":["s"],"tags":{"":"x"}}`, "BadRequestException: Invalid value specified for tag key"},
	{"PATCH /v2/vpclinks/{link}", `{"name":""}`, "BadRequestException: 1 validation error detected"},
	{"PATCH /v2/vpclinks/{link}", `{"name":"{129}"}`, "BadRequestException: 1 validation error detected"},
	{"DELETE /v2/vpclinks/{link}", ``, "BadRequestException: Cannot delete vpc link. Vpc link '{link}', is referenced in [ANY:{user}] in format of [Method:Resource]."},
}
