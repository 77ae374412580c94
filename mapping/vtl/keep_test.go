package vtl

import (
	"context"
	"testing"
)

// What a template stores in an override prints in the next template of the call
// as it would have printed in its own.
func TestOverridesLastFromRequestToResponse(t *testing.T) {
	const override = "$context.requestOverride.path.x"
	for _, c := range []struct{ name, store, show string }{
		{"text", "#set(" + override + "='a b')", override},
		{"the message", "#set(" + override + "=$input.body)", `{"echo":` + override + `}`},
		{"numbers", "#set(" + override + "=[1,100000000000,1.5,123456789012345678901,true])", override},
		{"list", "#set(" + override + "=[1,'a',[2,[3]]])", override + "[2][1][0] " + override},
		{"map", "#set(" + override + "={'b':1,'a':{'c':[1]}})", override + ".a.c " + override + " " + override + ".keySet()"},
		{"payload", "#set(" + override + "=$input.path('$'))", override + " " + override + ".l[2].a " + override + ".o.keySet()"},
		{"payload array", "#set(" + override + "=$input.path('$.l'))", override + " " + override + ".size()"},
		{"payload with a template's values", "#set($p=$input.path('$'))#set($p.l[1]={'t':'x/y'})#set($x=$p.l.add([1..3]))#set(" + override + "=$p)", override + " " + override + ".l[1].t"},
		{"within itself", "#set($m={})#set($l=[$m])#set($m.l=$l)#set($m.m=$m)#set(" + override + "=$m)", override + ".l[0].l.size()"},
		{"payload within itself", "#set($p=$input.path('$.o'))#set($p.me=$p)#set(" + override + "=$p)", override + ".me.me.a"},
		{"one value twice", "#set($l=[1])#set(" + override + "=[$l,$l])", "#set($x=" + override + "[0].add(2))" + override},
		{"context", "#set(" + override + "=$context)", "[" + override + "]" + override + ".stage " + override + ".requestOverride.path.x.stage"},
		{"identity", "#set(" + override + "=$context.identity)", "[" + override + "]" + override + ".sourceIp"},
		{"parameters", "#set(" + override + "=$input.params())", override},
		{"stage variables", "#set(" + override + "=$stageVariables)", override},
		{"views", "#set($m={'b':1,'a':2})#set(" + override + "=[$m.keySet(),$m.values(),$m.entrySet()])", override},
		{"entry", "#set($m={'b':[1]})#foreach($e in $m.entrySet())#set(" + override + "=$e)#end", override + " " + override + ".key " + override + ".value[0]"},
		{"sublist", "#set($l=[1,2,3])#set(" + override + "=$l.subList(1,3))", override},
		{"array", "#set($s='a,b')#set(" + override + "=$s.split(','))", override + ".size() " + override + "[1]"},
		{"block", "#define($d)a$nope b#end#set(" + override + "=$d)", override},
		{"class", "#set($s='a')#set(" + override + "=$s.getClass())", override},
		{"util", "#set(" + override + "=$util)", override + ".base64Encode('a')"},
		{"null within", "#set($l=[1])#set($x=$l.add(null))#set(" + override + "=$l)", override},
		{"header with a dash", "#set($context.requestOverride.header.Content-Type='a')", "$context.requestOverride.header.Content-Type $context.requestOverride.header.get('Content-Type')"},
		{"by brackets", "#set($context.requestOverride['querystring']['q r']=[1,2])", "$context.requestOverride.querystring['q r']"},
		{"by put", "#set($x=$context.requestOverride.path.put('k','v'))", "$context.requestOverride.path.k $context.requestOverride.path.size()"},
		{"a group of its own", "#set($context.requestOverride.custom={'a':1})", "$context.requestOverride.custom"},
		{"the whole group", "#set($context.requestOverride={'a':{'b':1}})", "$context.requestOverride.a.b [$context.requestOverride] [$context.requestOverride.path]"},
		{"no group", "#set($context.requestOverride='text')", "$context.requestOverride"},
		{"emptied", "#set($x=$context.requestOverride.clear())", "[$context.requestOverride.size()][$context.requestOverride.path]"},
		{"order of names", "#foreach($n in ['k1','zz','Ab','k0'])#set($x=$context.requestOverride.path.put($n,$n))#end", "#foreach($k in $context.requestOverride.path.keySet())$k #end$context.requestOverride.keySet()"},
		{"response", "#set($context.responseOverride.status=201)#set($context.responseOverride.header.A=['b'])", "$context.responseOverride.status $context.responseOverride.header.A"},
		{"after a walk over $context", "#foreach($k in $context.keySet())#end#set(" + override + "='x')", override},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := renderKept(t, keptVars(), c.store+"|"+c.show)
			vars := keptVars()
			got := renderKept(t, vars, c.store) + "|"
			if again := renderKept(t, vars, c.show); got+again != want {
				t.Errorf("got %q, want %q", got+again, want)
			}
			renderKept(t, vars, "no override here: $stageVariables")
			if again := renderKept(t, vars, c.show); c.name != "one value twice" && got+again != want {
				t.Errorf("after a template without $context: got %q, want %q", got+again, want)
			}
		})
	}
}

func keptVars() *Vars {
	return &Vars{
		Text:           `{"l":[1,"x/y",{"a":2.50}],"o":{"b":1,"a":[true,null,12345678901234567890,1.23456789012345678901]},"n":null,"s":"\u00e9\n"}`,
		Context:        fixed{"stage": "prod", "identity": fixed{"sourceIp": "192.0.2.1"}},
		StageVariables: map[string]string{"a": "1", "b": "2"},
		Params: func() Params {
			return Params{Query: []Param{{Name: "q", Value: "1"}}, Header: []Param{{Name: "h", Value: "2"}}}
		},
	}
}

// fixed is an Object of values at hand; its names have no order.
type fixed map[string]any

func (f fixed) Get(name string) (any, bool) { v, ok := f[name]; return v, ok }
func (f fixed) Names() []string {
	var names []string
	for n := range f {
		names = append(names, n)
	}
	return names
}

func renderKept(t *testing.T, vars *Vars, template string) string {
	t.Helper()
	tt, err := Parse(template)
	if err != nil {
		t.Fatal(err)
	}
	out, err := tt.Append(context.Background(), nil, vars)
	if err != nil {
		t.Fatalf("%s: %v", template, err)
	}
	return string(out)
}

// Plain Go sees what was stored, without the groups that are empty.
func TestOverridesAsGoSeesThem(t *testing.T) {
	vars := &Vars{}
	renderKept(t, vars, "#set($context.requestOverride.path.id='x')#set($context.responseOverride.status=201)")
	if got := vars.ResponseOverride()["status"]; got != int64(201) || len(vars.ResponseOverride()) != 1 {
		t.Errorf("got %v, want the status 201 alone", vars.ResponseOverride())
	}
	if got := vars.RequestOverride()["path"].(map[string]any)["id"]; got != "x" {
		t.Errorf("got %v, want x", vars.RequestOverride())
	}
}
