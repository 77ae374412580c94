package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// save is something that a developer saves: it becomes version n, and path answers want then.
type save struct {
	name string
	do   func(n int) (path, want string, err error)

	// atOnce is from the save until the first answer of the new version, while somebody asks
	// without a pause. later is what one call takes that comes a second after the save.
	atOnce, later []time.Duration
}

// newWithin bounds how long a save may take to be served.
const newWithin = 30 * time.Second

// hot measures how long what is saved takes until it is served, under one dragoman up with
// functions of Node, Python, TypeScript and Go behind one HTTP API.
func hot(dir, binary string) error {
	p := &project{dir: filepath.Join(dir, "hot")}
	if err := p.lay(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	url, stop, err := up(ctx, binary, p.dir)
	if err != nil {
		return err
	}
	defer stop()
	url = strings.TrimSuffix(url, "/empty")
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1}}
	defer client.CloseIdleConnections()
	saves := p.saves()
	for _, s := range saves { // everything runs once before it is measured
		if err := s.round(client, url, 0, false); err != nil {
			return err
		}
	}
	for i := range *rounds {
		for _, s := range saves {
			for _, pause := range []bool{false, true} {
				n := 1 + 2*i
				if pause {
					n++
				}
				if err := s.round(client, url, n, pause); err != nil {
					return err
				}
			}
		}
	}
	fmt.Println("| saved | until it is served, asked at once ms | a call a second after the save ms |")
	fmt.Println("|---|---|---|")
	for _, s := range saves {
		fmt.Printf("| %s | %s | %s |\n", s.name, figures(s.atOnce[1:]), figures(s.later))
	}
	return nil
}

// round saves version n and measures one of both.
func (s *save) round(client *http.Client, url string, n int, pause bool) error {
	path, want, err := s.do(n)
	if err != nil {
		return fmt.Errorf("%s: %w", s.name, err)
	}
	began := time.Now()
	if pause {
		time.Sleep(time.Second)
		began = time.Now()
	}
	got := ""
	for time.Since(began) < newWithin {
		if got, err = text(client, url+path); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		} else if got == want {
			if pause {
				s.later = append(s.later, time.Since(began))
			} else {
				s.atOnce = append(s.atOnce, time.Since(began))
			}
			return nil
		}
	}
	return fmt.Errorf("%s: version %d is not served within %s: %.1000s", s.name, n, newWithin, got)
}

// text is what is answered, whatever the status.
func text(client *http.Client, url string) (string, error) {
	response, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	return string(body), err
}

// project is a folder with a template and four functions.
type project struct {
	dir    string
	added  int    // routes that were added
	target string // function that /changing leads to
}

const (
	nodeCode   = "exports.handler = async () => ({ statusCode: 200, body: \"%s\" });\n"
	pythonCode = "def handler(event, context):\n    return {'statusCode': 200, 'body': '%s'}\n"
	scriptCode = "import { word } from './word';\nexport const handler = async (): Promise<object> => ({ statusCode: 200, body: word + \"%s\" });\n"
	wordCode   = "export const word: string = '';\n"
	goCode     = `package main

import (
	"context"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

func handle(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	return events.APIGatewayV2HTTPResponse{StatusCode: 200, Body: "%s"}, nil
}

func main() { lambda.Start(handle) }
`
)

// kinds are the functions, in the order of the table.
var kinds = []struct{ id, name, runtime, handler, file, code string }{
	{"Node", "a handler of Node", "nodejs20.x", "index.handler", "node/index.js", nodeCode},
	{"Python", "a handler of Python", "python3.11", "app.handler", "python/app.py", pythonCode},
	{"Script", "a handler in TypeScript", "nodejs20.x", "index.handler", "script/index.ts", scriptCode},
	{"Go", "a handler in Go", "provided.al2023", "bootstrap", "go/main.go", goCode},
	// Nobody saves these: routes of templates lead to them.
	{"One", "", "nodejs20.x", "index.handler", "one/index.js", nodeCode},
	{"Two", "", "nodejs20.x", "index.handler", "two/index.js", nodeCode},
}

// lay writes everything as it is at first.
func (p *project) lay() error {
	module, err := goModule()
	if err != nil {
		return err
	}
	sums, err := os.ReadFile("go.sum")
	if err != nil {
		return err
	}
	p.target = "One"
	errs := []error{p.write("template.yaml", p.template()), p.write("go/go.mod", module), p.write("go/go.sum", string(sums)), p.write("script/word.ts", wordCode)}
	for _, k := range kinds {
		errs = append(errs, p.write(k.file, fmt.Sprintf(k.code, strings.ToLower(k.id))))
	}
	return errors.Join(errs...)
}

// goModule is a go.mod with the client of Lambda in the version that the tests have, and with
// the Go that this needs.
func goModule() (string, error) {
	const name = "github.com/aws/aws-lambda-go"
	versions, err := exec.Command("go", "list", "-m", "-f", "{{if .Main}}go {{.GoVersion}}{{else}}require {{.Path}} {{.Version}}{{end}}", "github.com/dragoman-gateway/dragoman", name).Output()
	if err != nil {
		return "", fmt.Errorf("the version of %s: %w", name, err)
	}
	return "module hello\n\n" + string(versions), nil
}

func (p *project) write(name, text string) error {
	path := filepath.Join(p.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o600)
}

// template is one API with a route for each function, one whose integration changes, and
// those that were added.
func (p *project) template() string {
	var b strings.Builder
	b.WriteString(`Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties: {Name: hot, ProtocolType: HTTP}
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: {ApiId: !Ref Api, StageName: $default, AutoDeploy: true}
`)
	route := func(id, path, function string) {
		fmt.Fprintf(&b, "  %sRoute:\n    Type: AWS::ApiGatewayV2::Route\n    Properties: {ApiId: !Ref Api, RouteKey: GET %s, Target: !Sub 'integrations/${%sIntegration}'}\n", id, path, function)
	}
	for _, k := range kinds {
		folder, _, _ := strings.Cut(k.file, "/")
		fmt.Fprintf(&b, "  %s:\n    Type: AWS::Serverless::Function\n    Properties: {Runtime: %s, Handler: %s, CodeUri: %s, Timeout: 30}\n", k.id, k.runtime, k.handler, folder)
		fmt.Fprintf(&b, "  %sIntegration:\n    Type: AWS::ApiGatewayV2::Integration\n    Properties: {ApiId: !Ref Api, IntegrationType: AWS_PROXY, PayloadFormatVersion: '2.0', IntegrationUri: !GetAtt %s.Arn}\n", k.id, k.id)
		route(k.id, "/"+folder, k.id)
	}
	route("Changing", "/changing", p.target)
	for i := range p.added {
		route(fmt.Sprintf("Added%d", i+1), fmt.Sprintf("/added%d", i+1), "One")
	}
	return b.String()
}

// saves are the rows of the table.
func (p *project) saves() (all []*save) {
	for _, k := range kinds {
		if k.name == "" {
			continue
		}
		all = append(all, &save{name: k.name, do: func(n int) (string, string, error) {
			folder, _, _ := strings.Cut(k.file, "/")
			want := fmt.Sprintf("version %d", n)
			return "/" + folder, want, p.write(k.file, fmt.Sprintf(k.code, want))
		}})
	}
	return append(all,
		&save{name: "a template with another route", do: func(int) (string, string, error) {
			p.added++
			return fmt.Sprintf("/added%d", p.added), "one", p.write("template.yaml", p.template())
		}},
		&save{name: "a template with another integration of a route", do: func(int) (string, string, error) {
			p.target = map[string]string{"One": "Two", "Two": "One"}[p.target]
			return "/changing", strings.ToLower(p.target), p.write("template.yaml", p.template())
		}})
}
