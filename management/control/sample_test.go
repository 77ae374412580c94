package control

import "testing"

func TestSampleTemplate(t *testing.T) {
	for name, c := range map[string]struct{ schema, want string }{
		"an object": {`{"type":"object","properties":{"id":{"type":"integer"},"name":{"type":"string"}}}`,
			"#set($inputRoot = $input.path('$'))\n{\n  \"id\" : $inputRoot.id,\n  \"name\" : \"$inputRoot.name\"\n}"},
		"nothing":      {`{}`, "#set($inputRoot = $input.path('$'))\n{\n}"},
		"not a schema": {`x`, "#set($inputRoot = $input.path('$'))\n{\n}"},
		"a list": {`{"type":"array","items":{"type":"object","properties":{"n":{"type":"number"}}}}`,
			"#set($inputRoot = $input.path('$'))\n[\n#foreach($elem in $inputRoot)\n  {\n    \"n\" : $elem.n\n  }#if($foreach.hasNext),#end\n#end\n]"},
		"a reference": {`{"definitions":{"N":{"type":"string"}},"properties":{"n":{"$ref":"#/definitions/N"}}}`,
			"#set($inputRoot = $input.path('$'))\n{\n  \"n\" : \"$inputRoot.n\"\n}"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := sampleTemplate(c.schema); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
	if got := len(sampleTemplate(`{"properties":{"a":{"$ref":"#"}}}`)); got > 2000 {
		t.Errorf("a schema that refers to itself: got %d bytes, want an end", got)
	}
}
