package plan

import (
	"fmt"
	"testing"
)

func router(keys ...string) *Router {
	t := &Router{}
	for _, key := range keys {
		t.Add(&HTTPRoute{RouteConfig: RouteConfig{Key: key}})
	}
	return t
}

func TestRouterPriority(t *testing.T) {
	documented := router("GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default")
	wide := router("ANY /{proxy+}", "GET /pe/{proxy+}", "GET /pets/{proxy+}", "GET /pets/dog/{id}/{id2}/{id3}", "GET /pets/{dog}/{id}",
		"GET /pets/dog/{id}", "GET /pets/dog/1", "GET /pets/dog/cat/1", "GET /resource/{id}/subsegment/{proxy+}",
		"GET /resource/{id}/subsegment/{id2}/{proxy+}", "GET /resource/1/subsegment/3/{proxy+}")
	slashes := router("GET /hello", "GET /", "POST /form", "ANY /form", "GET /a/{x}/c", "GET /a/b/d")
	for _, row := range []struct {
		router       *Router
		method, path string
		want         string
	}{
		{documented, "GET", "/pets/dog/1", "GET /pets/dog/1"},
		{documented, "GET", "/pets/dog/2", "GET /pets/dog/{id}"},
		{documented, "GET", "/pets/cat/1", "GET /pets/{proxy+}"},
		{documented, "POST", "/test/5", "ANY /{proxy+}"},
		{documented, "POST", "/pets/dog/1", "ANY /{proxy+}"},

		{wide, "GET", "/pets/dog/cat/1", "GET /pets/dog/cat/1"},
		{wide, "GET", "/pets/dog/1", "GET /pets/dog/1"},
		{wide, "GET", "/pets/dog/cat/2", "GET /pets/{proxy+}"},
		{wide, "GET", "/pets/dog/2", "GET /pets/dog/{id}"},
		{wide, "GET", "/pets/cat/dog", "GET /pets/{dog}/{id}"},
		{wide, "GET", "/pets/cat/dog/1", "GET /pets/{proxy+}"},
		{wide, "GET", "/pets/dog/1/2/3", "GET /pets/dog/{id}/{id2}/{id3}"},
		{wide, "GET", "/pets/dog/1/2/3/4", "GET /pets/{proxy+}"},
		{wide, "GET", "/pe/dog/cat/2", "GET /pe/{proxy+}"},
		{wide, "GET", "/pet/dog/cat/2", "ANY /{proxy+}"},
		{wide, "GET", "/resource/1/subsegment/more", "GET /resource/{id}/subsegment/{proxy+}"},
		{wide, "GET", "/resource/1/subsegment/2/more", "GET /resource/{id}/subsegment/{id2}/{proxy+}"},
		{wide, "GET", "/resource/1/subsegment/3/more", "GET /resource/1/subsegment/3/{proxy+}"},
		{wide, "GET", "/pe/", "GET /pe/{proxy+}"},
		{wide, "GET", "/pe", "ANY /{proxy+}"},
		{wide, "GET", "/", "ANY /{proxy+}"},

		{slashes, "GET", "/hello", "GET /hello"},
		{slashes, "GET", "/hello/", ""},
		{slashes, "GET", "//hello", "GET /hello"},
		{slashes, "GET", "/Hello", ""},
		{slashes, "HEAD", "/hello", ""},
		{slashes, "GET", "/", "GET /"},
		{slashes, "POST", "/form", "POST /form"},
		{slashes, "PUT", "/form", "ANY /form"},
		{slashes, "GET", "/a/b/c", "GET /a/{x}/c"},
		{slashes, "GET", "/a/b/d", "GET /a/b/d"},
		{slashes, "GET", "/a//c", ""},
		{slashes, "GET", "/hel%6Co", "GET /hello"},
	} {
		got := ""
		if route, _ := row.router.Match(row.method, row.path, nil); route != nil {
			got = route.Key
		}
		if got != row.want {
			t.Errorf("%s %s: got %q, want %q", row.method, row.path, got, row.want)
		}
	}
}

func TestRouterVariables(t *testing.T) {
	r := router("GET /pets/{pet-id}/toys/{toy}", "GET /files/{path+}", "GET /pets/{id}/x")
	for _, row := range []struct{ path, want string }{
		{"/pets/6/toys/red%20ball", "[{pet-id 6 6} {toy red ball red%20ball}]"},
		{"/files/a/b%2Fc", "[{path a/b/c a/b%2Fc}]"},
		{"/files/", "[{path  }]"},
		{"/pets/7/x", "[{id 7 7}]"},
	} {
		_, vars := r.Match("GET", row.path, nil)
		if got := fmt.Sprint(vars); got != row.want {
			t.Errorf("%s: got %s, want %s", row.path, got, row.want)
		}
	}
}

func BenchmarkRouter(b *testing.B) {
	r := &Router{}
	for i := range 100 {
		for _, m := range []string{"GET", "POST", "DELETE"} {
			r.Add(&HTTPRoute{RouteConfig: RouteConfig{Key: fmt.Sprintf("%s /v1/res%d/{id}/sub/{name}", m, i)}})
		}
	}
	vars := make([]PathVariable, 0, 8)
	b.ReportAllocs()
	for b.Loop() {
		if route, _ := r.Match("DELETE", "/v1/res42/abc/sub/def", vars[:0]); route == nil {
			b.Fatal("no route")
		}
	}
}
