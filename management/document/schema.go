package document

import (
	"encoding/json"
	"maps"
	"reflect"
	"strings"

	"github.com/dragoman-gateway/dragoman/resource"
)

// object is one of JSON Schema's.
type object = map[string]any

// Schema is the JSON Schema (draft 7) of documents, for editors. It knows every member by its
// name and type, and takes nothing else; what the rules say of values it leaves to them.
func Schema() []byte {
	s := schema{defined: object{}}
	text := object{"type": "string"}
	api := s.noun(resource.Api{}, s.configuration())
	region := s.closed(object{
		"vpcLinks": s.mapOf(s.noun(resource.VpcLink{}, nil)),
		"apis":     s.mapOf(api),
		"domains": s.mapOf(s.noun(resource.DomainName{}, object{
			"mappings": s.mapOf(s.noun(resource.ApiMapping{}, nil)), "rules": s.mapOf(s.noun(resource.RoutingRule{}, nil)),
		})),
		"apiKeys":    s.mapOf(s.noun(resource.ApiKey{}, nil)),
		"usagePlans": s.mapOf(s.noun(resource.UsagePlan{}, object{"keys": object{"type": "array", "items": text}})),
		"portalProducts": s.mapOf(s.noun(resource.PortalProduct{}, object{
			"pages": s.mapOf(s.noun(resource.ProductPage{}, nil)), "endpoints": s.mapOf(s.noun(resource.ProductRestEndpointPage{}, nil)), "sharingPolicy": text,
		})),
		"portals": s.mapOf(s.noun(resource.Portal{}, nil)),
	})
	root := s.closed(object{
		"dragoman":  object{"const": version, "description": "the version of the document's form"},
		"account":   object{"type": "string", "pattern": accountForm.String()},
		"regions":   object{"type": []string{"object", "null"}, "additionalProperties": nullable(region)},
		"functions": object{"type": []string{"object", "null"}, "description": "functions that run here, of documents that a command line names"},
	})
	root["$schema"], root["title"] = "http://json-schema.org/draft-07/schema#", "Configuration of Dragoman"
	root["required"], root["definitions"] = []string{"dragoman"}, s.defined
	// Keys of maps are sorted, so that the file is the same for the same program.
	out, _ := json.MarshalIndent(root, "", "  ") // maps, lists and texts
	return append(out, '\n')
}

// schema makes schemas of Go's types, each struct once.
type schema struct{ defined object }

// configuration are the parts of an API.
func (s *schema) configuration() object {
	parts := object{
		"authorizers":  s.mapOf(s.noun(resource.Authorizer{}, nil)),
		"models":       s.mapOf(s.noun(resource.Model{}, nil)),
		"integrations": s.mapOf(s.noun(resource.Integration{}, object{"responses": s.mapOf(s.noun(resource.IntegrationResponse{}, nil))})),
		"routes":       s.mapOf(s.noun(resource.Route{}, object{"responses": s.mapOf(s.noun(resource.RouteResponse{}, nil))})),
	}
	frozen := s.noun(resource.Api{}, maps.Clone(parts))
	parts["deployments"] = s.mapOf(s.noun(resource.Deployment{}, object{"configuration": nullable(frozen)}))
	parts["stages"] = s.mapOf(s.noun(resource.Stage{}, object{"idle": boolean()}))
	return parts
}

// noun is a noun with more members.
func (s *schema) noun(of any, more object) object {
	members := s.members(reflect.TypeOf(of))
	maps.Copy(members, more)
	return s.closed(members)
}

func (s *schema) closed(members object) object {
	return object{"type": "object", "properties": members, "additionalProperties": false}
}

// mapOf is a mapping by ids, whose values may be left empty: "prod:".
func (s *schema) mapOf(value object) object {
	return object{"type": []string{"object", "null"}, "additionalProperties": nullable(value)}
}

func nullable(value object) object {
	return object{"anyOf": []any{value, object{"type": "null"}}}
}

// variable is a value that the environment gives, which may become a number or yes or no.
var variable = object{"type": "string", "pattern": `^\$\{env:`}

func boolean() object { return object{"anyOf": []any{object{"type": "boolean"}, variable}} }

func (s *schema) members(t reflect.Type) object {
	all := object{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || f.Anonymous || name == "-" || name == "" {
			continue
		}
		// A member that is left empty is one that is not said, for every type.
		all[name] = nullable(s.of(f.Type))
	}
	return all
}

// of is the schema of a type. One that writes itself as a text is a text.
func (s *schema) of(t reflect.Type) object {
	if t.Kind() == reflect.Pointer {
		return s.of(t.Elem())
	}
	if t == reflect.TypeFor[resource.Time]() {
		return object{"type": "string"}
	}
	switch t.Kind() {
	case reflect.Bool:
		return boolean()
	case reflect.Int, reflect.Int32, reflect.Int64:
		return object{"anyOf": []any{object{"type": "integer"}, variable}}
	case reflect.Float64:
		return object{"anyOf": []any{object{"type": "number"}, variable}}
	case reflect.String:
		return object{"type": []string{"string", "number", "boolean"}} // YAML has texts without quotes
	case reflect.Slice:
		// Bytes are base64 or JSON as it came, which the type does not tell: anything is taken.
		if t.Elem().Kind() == reflect.Uint8 {
			return object{}
		}
		return object{"type": "array", "items": s.of(t.Elem())}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": s.of(t.Elem())}
	case reflect.Struct:
		return s.named(t)
	}
	return object{}
}

// named defines a struct once, and refers to it.
func (s *schema) named(t reflect.Type) object {
	if _, there := s.defined[t.Name()]; !there {
		s.defined[t.Name()] = object{} // before its members, which may hold it
		s.defined[t.Name()] = s.closed(s.members(t))
	}
	return object{"$ref": "#/definitions/" + t.Name()}
}
