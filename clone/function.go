package clone

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/resource"
)

// Function is a Lambda function that an API calls.
type Function struct {
	function.Name
	Callers []string // titles of the APIs, in order
}

// functionsOf finds the functions of integrations and authorizers, in order of their
// names; two of one name in two accounts, or two versions of one, are two.
func functionsOf(apis []*source) []Function {
	found := map[function.Name]map[string]bool{}
	for _, s := range apis {
		for _, uri := range urisOf(s) {
			name, err := function.ParseName(uri)
			if err != nil {
				continue
			}
			if found[name] == nil {
				found[name] = map[string]bool{}
			}
			found[name][s.title()] = true
		}
	}
	var all []Function
	for name, callers := range found {
		all = append(all, Function{name, slices.Sorted(maps.Keys(callers))})
	}
	slices.SortFunc(all, func(a, b Function) int {
		return cmp.Or(cmp.Compare(a.Name.Name, b.Name.Name), cmp.Compare(a.Arn, b.Arn), cmp.Compare(a.Qualifier, b.Qualifier))
	})
	return all
}

// urisOf are the URIs of functions that an API names, now or in a deployment. One with
// stage variables is one for each stage.
func urisOf(s *source) []string {
	configurations := []*resource.Snapshot{&s.Snapshot}
	for _, id := range slices.Sorted(maps.Keys(s.frozen)) {
		configurations = append(configurations, s.frozen[id])
	}
	var uris []string
	add := func(uri string) {
		switch {
		case !resource.LambdaURI(uri):
		case !strings.Contains(uri, "${"):
			uris = append(uris, uri)
		default:
			for i := range s.stages {
				uris = append(uris, inStage(uri, &s.stages[i]))
			}
		}
	}
	for _, c := range configurations {
		for i := range c.Integrations {
			add(c.Integrations[i].IntegrationUri)
		}
		for i := range c.Authorizers {
			add(c.Authorizers[i].AuthorizerUri)
		}
	}
	return uris
}

var variable = regexp.MustCompile(`\$\{stageVariables\.([A-Za-z0-9_]+)\}`)

// inStage puts the variables of a stage in place.
func inStage(uri string, stage *resource.Stage) string {
	return variable.ReplaceAllStringFunc(uri, func(m string) string {
		return stage.StageVariables[variable.FindStringSubmatch(m)[1]]
	})
}

var accountInArn = regexp.MustCompile(`arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:([0-9]{12}):`)

// accountOf finds the account that the APIs belong to, for no operation of the V2 API
// tells it: that in the ARN of a routing rule, or else the one that most ARNs name; ""
// for none.
func accountOf(apis []*source, domains []*domain) string {
	for _, d := range domains {
		for i := range d.rules {
			if m := accountInArn.FindStringSubmatch(d.rules[i].RoutingRuleArn); m != nil {
				return m[1]
			}
		}
	}
	named := map[string]int{}
	for _, s := range apis {
		for _, m := range accountInArn.FindAllStringSubmatch(text(s.Integrations)+text(s.Authorizers)+text(s.stages), -1) {
			named[m[1]]++
		}
	}
	most := ""
	for _, account := range slices.Sorted(maps.Keys(named)) {
		if most == "" || named[account] > named[most] {
			most = account
		}
	}
	return most
}
