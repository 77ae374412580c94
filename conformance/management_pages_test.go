package conformance

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"

	"github.com/dragoman-gateway/dragoman/server"
)

// routePage asks for one page of the route keys of an API.
func routePage(t *testing.T, sdk *apigatewayv2.Client, api string, size int, token *string) (keys []string, next *string) {
	t.Helper()
	page, err := sdk.GetRoutes(t.Context(), &apigatewayv2.GetRoutesInput{ApiId: &api, MaxResults: aws.String(fmt.Sprint(size)), NextToken: token})
	must(t, err)
	for _, route := range page.Items {
		keys = append(keys, *route.RouteKey)
	}
	return keys, page.NextToken
}

// A list that was begun before a restart is ended after it.
func TestPagesSurviveARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(c *server.Config) { c.DataDir = dir }
	g := start(t, at)
	a := g.webApi()
	var made []string
	for i := range 25 {
		key := fmt.Sprintf("GET /%02d", (i*7)%25) // not in the order of names
		_, err := g.sdk.CreateRoute(t.Context(), &apigatewayv2.CreateRouteInput{ApiId: &a.id, RouteKey: &key})
		must(t, err)
		made = append(made, key)
	}
	first, token := routePage(t, g.sdk, a.id, 10, nil)
	if token == nil {
		t.Fatal("the first page has no token")
	}
	again, same := routePage(t, g.sdk, a.id, 10, nil)
	if !slices.Equal(first, again) || *same != *token {
		t.Errorf("the same page twice: got %v %s and %v %s", first, *token, again, *same)
	}
	g.stop()

	g = start(t, at)
	second, next := routePage(t, g.sdk, a.id, 10, token)
	third, last := routePage(t, g.sdk, a.id, 10, next)
	if got := slices.Concat(first, second, third); !slices.Equal(got, made) {
		t.Errorf("got %v, want %v", got, made)
	}
	if last != nil {
		t.Errorf("the last page has the token %s", *last)
	}
	for _, bad := range []string{"x", "AAAA", *next + "A", "\x00"} {
		_, err := g.sdk.GetRoutes(t.Context(), &apigatewayv2.GetRoutesInput{ApiId: &a.id, NextToken: &bad})
		refused(t, fmt.Sprintf("token %q", bad), err, 400, "BadRequestException", "Invalid value specified for NextToken")
	}
}

// While others create and delete, who lists sees everything once that was there
// all the time, in one order.
func TestPagesUnderConcurrentWrites(t *testing.T) {
	t.Parallel()
	a := start(t).webApi()
	ctx := t.Context()
	create := func(key string) (string, error) {
		route, err := a.sdk.CreateRoute(ctx, &apigatewayv2.CreateRouteInput{ApiId: &a.id, RouteKey: &key})
		if err != nil {
			return "", err
		}
		return *route.RouteId, nil
	}
	var stay []string
	for i := range 30 {
		key := fmt.Sprintf("GET /stay/%02d", 29-i)
		_, err := create(key)
		must(t, err)
		_, err = create(fmt.Sprintf("GET /between/%02d", i))
		must(t, err)
		stay = append(stay, key)
	}
	var writers sync.WaitGroup
	over := make(chan struct{})
	for w := range 3 {
		writers.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-over:
					return
				default:
				}
				id, err := create(fmt.Sprintf("GET /go/%d/%d", w, i))
				if err == nil && i%3 > 0 {
					_, err = a.sdk.DeleteRoute(ctx, &apigatewayv2.DeleteRouteInput{ApiId: &a.id, RouteId: &id})
				}
				if err != nil {
					t.Errorf("writer %d: %v", w, err)
					return
				}
			}
		})
	}
	for range 10 {
		var seen []string
		for token, more := (*string)(nil), true; more; more = token != nil {
			var keys []string
			keys, token = routePage(t, a.sdk, a.id, 7, token)
			seen = append(seen, keys...)
		}
		kept := slices.DeleteFunc(slices.Clone(seen), func(key string) bool { return !slices.Contains(stay, key) })
		if !slices.Equal(kept, stay) {
			t.Errorf("got %v, want what stays once and in order: %v", kept, stay)
		}
		slices.Sort(seen)
		if len(slices.Compact(slices.Clone(seen))) != len(seen) {
			t.Errorf("something was listed twice: %v", seen)
		}
	}
	close(over)
	writers.Wait()
}

// Whatever has pages is walked one item at a time.
func TestEveryListHasPages(t *testing.T) {
	t.Parallel()
	a := start(t).webApi()
	ctx := t.Context()
	for i := range 3 {
		_, err := a.sdk.CreateApi(ctx, &apigatewayv2.CreateApiInput{Name: aws.String(fmt.Sprint("n", i)), ProtocolType: types.ProtocolTypeHttp})
		must(t, err)
		for _, count := range a.counts()[:5] {
			must(t, count.one(i))
		}
	}
	one := aws.String("1")
	lists := map[string]func(token *string) (int, *string, error){
		"GetApis": func(token *string) (int, *string, error) {
			out, err := a.sdk.GetApis(ctx, &apigatewayv2.GetApisInput{MaxResults: one, NextToken: token})
			return len(out.Items), out.NextToken, err
		},
		"GetStages": func(token *string) (int, *string, error) {
			out, err := a.sdk.GetStages(ctx, &apigatewayv2.GetStagesInput{ApiId: &a.id, MaxResults: one, NextToken: token})
			return len(out.Items), out.NextToken, err
		},
		"GetIntegrations": func(token *string) (int, *string, error) {
			out, err := a.sdk.GetIntegrations(ctx, &apigatewayv2.GetIntegrationsInput{ApiId: &a.id, MaxResults: one, NextToken: token})
			return len(out.Items), out.NextToken, err
		},
		"GetAuthorizers": func(token *string) (int, *string, error) {
			out, err := a.sdk.GetAuthorizers(ctx, &apigatewayv2.GetAuthorizersInput{ApiId: &a.id, MaxResults: one, NextToken: token})
			return len(out.Items), out.NextToken, err
		},
		"GetVpcLinks": func(token *string) (int, *string, error) {
			out, err := a.sdk.GetVpcLinks(ctx, &apigatewayv2.GetVpcLinksInput{MaxResults: one, NextToken: token})
			return len(out.Items), out.NextToken, err
		},
	}
	for name, list := range lists {
		want := 3
		if name == "GetApis" {
			want = 4
		}
		pages := 0
		for token, more := (*string)(nil), true; more; more = token != nil {
			n, next, err := list(token)
			must(t, err)
			if n != 1 {
				t.Fatalf("%s: page %d has %d items, want 1", name, pages, n)
			}
			token = next
			pages++
		}
		if pages != want {
			t.Errorf("%s: got %d pages, want %d", name, pages, want)
		}
	}
	for _, size := range []string{"0", "-1", "x", "1.5"} {
		_, err := a.sdk.GetApis(ctx, &apigatewayv2.GetApisInput{MaxResults: &size})
		refused(t, "maxResults "+size, err, 400, "BadRequestException", "")
	}
}

// boto3's paginator and the AWS CLI with a starting token walk the same pages.
func TestPagesWithForeignClients(t *testing.T) {
	t.Parallel()
	g := start(t)
	a := g.webApi()
	var want []string
	for n := range 25 {
		key := fmt.Sprint("GET /", n)
		_, err := g.sdk.CreateRoute(t.Context(), &apigatewayv2.CreateRouteInput{ApiId: &a.id, RouteKey: &key})
		must(t, err)
		want = append(want, key)
	}
	t.Run("boto3", func(t *testing.T) {
		cmd := exec.Command(tool(t, "python3", "-c", "import boto3"), "-c", `
import boto3, json, sys
v2 = boto3.client("apigatewayv2", endpoint_url="http://" + sys.argv[1])
pages = list(v2.get_paginator("get_routes").paginate(ApiId=sys.argv[2], PaginationConfig={"PageSize": 7}))
assert [len(p["Items"]) for p in pages] == [7, 7, 7, 4], pages
print(json.dumps([r["RouteKey"] for p in pages for r in p["Items"]]))`, g.ManagementAddr(), a.id)
		cmd.Env = g.environment()
		out, err := cmd.CombinedOutput()
		var got []string
		if err != nil || json.Unmarshal(out, &got) != nil || !slices.Equal(got, want) {
			t.Errorf("got %s (%v), want %v", out, err, want)
		}
	})
	t.Run("CLI", func(t *testing.T) {
		command := tool(t, "aws", "apigatewayv2", "help")
		var got []string
		for token := ""; ; {
			arguments := []string{"apigatewayv2", "get-routes", "--api-id", a.id, "--page-size", "4", "--max-items", "10", "--output", "json"}
			if token != "" {
				arguments = append(arguments, "--starting-token", token)
			}
			cmd := exec.Command(command, arguments...)
			cmd.Env = g.environment()
			out, err := cmd.Output()
			must(t, err)
			var page struct {
				Items     []struct{ RouteKey string }
				NextToken string
			}
			must(t, json.Unmarshal(out, &page))
			for _, route := range page.Items {
				got = append(got, route.RouteKey)
			}
			if token = page.NextToken; token == "" {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}
