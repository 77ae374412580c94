package clone

import (
	"strings"

	"github.com/dragoman-gateway/dragoman/resource"
)

// tell lists what no copy can have, with what would take its place.
func tell(report *Report, apis []*source, domains []*domain, links []resource.VpcLink) {
	for _, s := range apis {
		for i := range s.stages {
			if id := s.stages[i].ClientCertificateId; id != "" {
				report.left(s.title()+", stage "+s.stages[i].StageName, "the private key of the client certificate %s, which AWS gives to nobody", id)
			}
		}
		for i := range s.Integrations {
			// A WebSocket API has links of the older API, which are known by their ids alone.
			integration := &s.Integrations[i]
			if id := integration.ConnectionId; s.Api.ProtocolType == resource.WebSocket && integration.ConnectionType == resource.VpcLinkType && !strings.HasPrefix(id, "${") {
				network(report, id)
			}
		}
		var keyed []string
		for i := range s.Routes {
			if s.Routes[i].ApiKeyRequired {
				keyed = append(keyed, s.Routes[i].RouteKey)
			}
		}
		if len(keyed) > 0 {
			report.left(s.title(), "the API keys and usage plans for %s: they are secrets, and belong to the older API", enumerate("route", keyed))
		}
	}
	for _, d := range domains {
		if d.refused {
			continue
		}
		name := "domain " + d.DomainName.DomainName
		arn := d.DomainNameConfigurations[0].CertificateArn
		report.left(name, "the private key of its certificate, which AWS gives to nobody: serve --certificate %s=CERT,KEY, or --acme-email", arn)
		if m := d.MutualTlsAuthentication; m != nil {
			report.left(name, "its truststore of mutual TLS, which lies in S3: serve --truststore %s=FILE", m.TruststoreUri)
		}
	}
	for i := range links {
		network(report, links[i].VpcLinkId)
	}
}

func network(report *Report, link string) {
	report.left("VPC link "+link, "its network: serve --vpc-link %s=HOST:PORT", link)
}
