package sam

import (
	"regexp"
	"strings"

	"github.com/dragoman-gateway/dragoman/management/tree"
)

var (
	domainShape = members(`DomainName! CertificateArn! EndpointConfiguration:t SecurityPolicy:t OwnershipVerificationCertificateArn MutualTlsAuthentication:o
		BasePath:tl Route53:o`)
	mutualTLS = members("TruststoreUri:t TruststoreVersion:t")
	route53   = members("EvaluateTargetHealth HostedZoneId:t HostedZoneName:t IpV6:t Region:t SetIdentifier:t DistributionDomainName SeparateRecordSetGroup VpcEndpointDomainName VpcEndpointHostedZoneId")
)

// zone is a hosted zone that domains of several APIs may have records in.
type zone struct {
	named   tree.Node // HostedZoneId or HostedZoneName with its key
	key     string
	records []tree.Node
}

// domain makes the domain name that an API has with its mappings and records.
// Documented: AWS SAM Developer Guide, HttpApiDomainConfiguration.
func (t *transform) domain(r *resource, tag string) {
	s := t.known(r.props.get("Domain"))
	if s.Len() == 0 || intrinsic(s.Node) != "" {
		return
	}
	domainShape.loose(s, "Domain")
	domainShape.needed(s, "Domain")
	name := s.get("DomainName")
	if name.Null() || s.get("CertificateArn").Null() {
		return
	}
	// Observed: the translator makes the id of the name alone, so APIs that share a domain
	// make one resource together.
	from, id := s.begin(), "ApiGatewayDomainNameV2"+digest(name.Node)
	properties := object(from).Put(name.key, name.Node).Put(text(from, "DomainNameConfigurations"), list(from, t.domainConfiguration(s)))
	if mutual := s.get("MutualTlsAuthentication"); mutual.Len() > 0 {
		mutualTLS.check(mutual, "MutualTlsAuthentication")
		trust := copied(object(mutual.key), mutual.Node, "TruststoreUri")
		// Observed: the translator writes no version 0, which counts as nothing in its
		// language.
		if v := mutual.get("TruststoreVersion"); v.Text() != "0" {
			copied(trust, mutual.Node, "TruststoreVersion")
		}
		properties.Put(mutual.key, trust)
	}
	tags := object(from).Put(text(from, tag), text(from, "SAM"))
	// Documented: AWS SAM Developer Guide,
	// AWS::Serverless::HttpApi, PropagateTags: false is the default, and a domain then has
	// the mark of its maker alone.
	if own := r.props.get("Tags"); yes(r.props.Node.Get("PropagateTags")) && own.IsObject() {
		tags = own.Node
	}
	r.beside(id, "AWS::ApiGatewayV2::DomainName", properties.Put(text(from, "Tags"), tags))
	t.references.add(r.id, "DomainName", id)
	t.mappings(r, s, id)
	t.records(r, s, id)
}

// domainConfiguration is the certificate and the endpoint of a domain.
// Documented: AWS SAM Developer Guide, HttpApiDomainConfiguration,
// EndpointConfiguration: REGIONAL is the default and the only value.
func (t *transform) domainConfiguration(s spot) tree.Node {
	from := s.begin()
	c := copied(object(from), s.Node, "CertificateArn")
	switch kind := s.get("EndpointConfiguration"); {
	case kind.Null():
		c.Put(text(from, "EndpointType"), text(from, "REGIONAL"))
	case kind.Text() != "REGIONAL":
		kind.fault("domains of these APIs are REGIONAL", "")
	default:
		c.Put(text(kind.key, "EndpointType"), kind.Node)
	}
	return copied(c, s.Node, "OwnershipVerificationCertificateArn", "SecurityPolicy")
}

var (
	notOfBasePath = regexp.MustCompile(`[^0-9a-zA-Z/_-]`)
	notOfID       = regexp.MustCompile(`[-_/]+`)
)

// mappings make an API answer below each base path of a domain, or at its root.
func (t *transform) mappings(r *resource, s spot, domain string) {
	paths := s.get("BasePath")
	items := paths.Items()
	if isText(paths.Node) && paths.Text() != "" {
		items = []tree.Node{paths.Node}
	}
	if len(items) == 0 {
		t.mapping(r, s.begin(), domain, r.id+"ApiMapping")
	}
	for _, item := range items {
		switch path := item.Text(); {
		case !isText(item):
			paths.as(item).fault("a base path must be a text", "")
		case notOfBasePath.MatchString(path):
			paths.as(item).fault("a base path has letters, digits, /, - and _ alone", "")
		default:
			// Documented: CloudFormation User Guide, Resources: logical ids are
			// alphanumeric, so a path leaves its other characters out of them.
			// Observed: the translator takes the slashes off both ends of the key alone.
			mapping := t.mapping(r, item, domain, r.id+notOfID.ReplaceAllString(path, "")+"ApiMapping")
			mapping.Put(text(item, "ApiMappingKey"), text(item, strings.Trim(path, "/")))
		}
	}
}

// mapping names the stage by reference, for the id of the stage hangs on a name that is
// read later.
func (t *transform) mapping(r *resource, from tree.Node, domain, id string) tree.Node {
	mapping := object(from).Put(text(from, "DomainName"), ref(from, domain)).Put(text(from, "ApiId"), ref(from, r.id)).
		Put(text(from, "Stage"), ref(from, r.id+".Stage"))
	r.beside(id, "AWS::ApiGatewayV2::ApiMapping", mapping)
	return mapping
}

// records make the records of a domain in the zone that its API names. One group has all
// records of a zone, whichever API they are of.
func (t *transform) records(r *resource, s spot, domain string) {
	route := s.get("Route53")
	if route.Len() == 0 || intrinsic(route.Node) != "" {
		return
	}
	route53.loose(route, "Route53")
	// Documented: AWS SAM Developer Guide, Route53Configuration:
	// either of the two names the zone.
	// Observed: the translator takes the id where both are given.
	name := "HostedZoneId"
	if route.get(name).Null() {
		name = "HostedZoneName"
	}
	hosted := route.get(name)
	if hosted.Null() {
		route.fault("Route53 needs a HostedZoneId or a HostedZoneName", "")
		return
	}
	id := "RecordSetGroup" + digest(hosted.Node)
	z := t.zones[id]
	if z == nil {
		z = &zone{named: hosted.Node, key: name}
		t.zones[id] = z
	}
	from := route.begin()
	for _, kind := range []string{"A", "AAAA"} {
		// Documented: AWS SAM Developer Guide,
		// Route53Configuration, IpV6: only then there is a record of the type AAAA beside
		// the one of the type A.
		if kind == "AAAA" && !yes(route.Node.Get("IpV6")) {
			continue
		}
		target := copied(object(from), route.Node, "EvaluateTargetHealth").Put(text(from, "HostedZoneId"), attribute(from, domain, "RegionalHostedZoneId")).
			Put(text(from, "DNSName"), attribute(from, domain, "RegionalDomainName"))
		record := object(from).Put(text(from, "Name"), s.get("DomainName").Node).Put(text(from, "Type"), text(from, kind)).Put(text(from, "AliasTarget"), target)
		z.records = append(z.records, copied(record, route.Node, "Region", "SetIdentifier"))
	}
	group := object(from).Put(text(from, z.key), z.named).Put(text(from, "RecordSets"), list(from, z.records...))
	r.beside(id, "AWS::Route53::RecordSetGroup", group)
}
