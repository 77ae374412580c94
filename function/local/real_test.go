package local

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dragoman-gateway/dragoman/function"
	"github.com/dragoman-gateway/dragoman/internal/needs"
)

// javaClient stands for AWS's own, which no machine has without the network: it has its name,
// speaks the Runtime API, and calls a static method of a class by its names.
const javaClient = `-- src/main/java/com/amazonaws/services/lambda/runtime/api/client/AWSLambda.java --
package com.amazonaws.services.lambda.runtime.api.client;

import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URL;

public class AWSLambda {
    public static void main(String[] args) throws Exception {
        String base = "http://" + System.getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/";
        String[] names = args[0].split("::");
        while (true) {
            HttpURLConnection next = (HttpURLConnection) new URL(base + "next").openConnection();
            String id = next.getHeaderField("Lambda-Runtime-Aws-Request-Id");
            String event;
            try (InputStream in = next.getInputStream()) {
                event = new String(in.readAllBytes(), "UTF-8");
            }
            Object answer = Class.forName(names[0]).getMethod(names[1], String.class).invoke(null, event);
            HttpURLConnection response = (HttpURLConnection) new URL(base + id + "/response").openConnection();
            response.setDoOutput(true);
            response.getOutputStream().write(answer.toString().getBytes("UTF-8"));
            response.getInputStream().close();
        }
    }
}
`

// javaHandler answers a word of its resources, another of its code, and where it was found in.
func javaHandler(code string) string {
	return "-- src/main/java/app/Handler.java --\npackage app;\n\npublic class Handler {\n    public static String handle(String event) throws Exception {\n        " + code + "\n    }\n}\n"
}

const javaAnswer = `String word = new String(Handler.class.getResourceAsStream("/word.txt").readAllBytes(), "UTF-8").trim();
        return "[\"" + word + "\", \"WORD\", " + event + "]";`

// rustClient is a bootstrap without any crate.
func rustClient(answer string) string {
	return `-- src/main.rs --
use std::env;
use std::io::{Read, Write};
use std::net::TcpStream;

fn call(method: &str, path: &str, body: &str) -> String {
    let api = env::var("AWS_LAMBDA_RUNTIME_API").unwrap();
    let mut stream = TcpStream::connect(&api).unwrap();
    write!(stream, "{} /2018-06-01/runtime/invocation/{} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{}", method, path, api, body.len(), body).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

fn main() {
    loop {
        let next = call("GET", "next", "");
        let (head, event) = next.split_once("\r\n\r\n").unwrap();
        let id = head.lines().find_map(|l| l.to_ascii_lowercase().strip_prefix("lambda-runtime-aws-request-id: ").map(String::from)).unwrap();
        ` + answer + `
        call("POST", &format!("{}/response", id), &answer);
    }
}
`
}

const rubyClient = `-- Gemfile --
gem "aws_lambda_ric", path: "ric"
-- ric/aws_lambda_ric.gemspec --
Gem::Specification.new do |s|
  s.name, s.version, s.summary, s.authors = "aws_lambda_ric", "3.0.0", "a client", ["nobody"]
  s.bindir, s.executables = "bin", ["aws_lambda_ric"]
end
-- ric/bin/aws_lambda_ric --
#!/usr/bin/env ruby
require "net/http"
base = "http://#{ENV["AWS_LAMBDA_RUNTIME_API"]}/2018-06-01/runtime/invocation/"
file, name = ARGV[0].split(".")
require File.join(Dir.pwd, file)
loop do
  event = Net::HTTP.get_response(URI(base + "next"))
  id = event["Lambda-Runtime-Aws-Request-Id"]
  Net::HTTP.post(URI(base + id + "/response"), send(name, event.body))
end
`

// toolchain is a project that the tools of a language build on this machine.
type toolchain struct {
	name, method, runtime, handler string
	project                        string // what there is besides the code
	code                           func(word string) string
	want                           func(word string) string
	broken, fault                  string
	ready                          func(t *testing.T, dir string)
}

// offline makes Maven take what Debian has packaged for what is in a repository.
func offline(t *testing.T, dir string) {
	needs.Program(t, "mvn")
	const repository = "/usr/share/maven-repo"
	for _, plugin := range []string{"dependency", "compiler", "resources", "jar", "surefire"} {
		if _, err := os.Stat(filepath.Join(repository, "org/apache/maven/plugins/maven-"+plugin+"-plugin")); err != nil {
			needs.Missing(t, "maven-"+plugin+"-plugin", err.Error())
		}
	}
	// Maven writes into its repository, which is Debian's: it gets one of links.
	links := t.TempDir()
	if out, err := exec.Command("cp", "-rs", repository+"/.", links).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	write(t, dir, "-- .mvn/maven.config --\n-o\n-Dmaven.repo.local="+links+"\n")
}

func toolchains() []toolchain {
	java := func(word string) string { return javaHandler(strings.ReplaceAll(javaAnswer, "WORD", word)) }
	told := func(word string) string { return `["resource", "` + word + `", 1]` }
	return []toolchain{
		{name: "Maven", method: "java17", runtime: "java17", handler: "app.Handler::handle", ready: offline, code: java, want: told,
			project: javaClient + "-- src/main/resources/word.txt --\nresource\n-- pom.xml --\n" + `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>app</groupId><artifactId>app</artifactId><version>1</version>
  <properties><maven.compiler.source>11</maven.compiler.source><maven.compiler.target>11</maven.compiler.target><project.build.sourceEncoding>UTF-8</project.build.sourceEncoding></properties>
</project>
`,
			broken: javaHandler("return wrong;"), fault: "Handler.java:[5,16] cannot find symbol"},
		{name: "Gradle", method: "java17", runtime: "java17", handler: "app.Handler::handle", code: java, want: told,
			project: javaClient + "-- src/main/resources/word.txt --\nresource\n-- build.gradle --\napply plugin: 'java'\n",
			ready:   func(t *testing.T, _ string) { needs.Program(t, "gradle", "--version"); needs.Program(t, "java") },
			broken:  javaHandler("return wrong;"), fault: "Handler.java:5: error: cannot find symbol"},
		{name: "Bundler", method: "ruby3.3", runtime: "ruby3.3", handler: "app.handle", project: rubyClient,
			code: func(word string) string {
				return "-- app.rb --\ndef handle(event)\n  \"[\\\"" + word + "\\\", #{event}]\"\nend\n"
			},
			want: func(word string) string { return `["` + word + `", 1]` },
			ready: func(t *testing.T, dir string) {
				needs.Program(t, "ruby")
				needs.Program(t, "bundle", "--version")
				if err := os.Chmod(filepath.Join(dir, "ric", "bin", "aws_lambda_ric"), 0o755); err != nil {
					t.Fatal(err)
				}
			},
			broken: "-- Gemfile --\ngem \"aws_lambda_ric\", path: \"nowhere\"\n", fault: "nowhere"},
		{name: "Cargo", method: "rust-cargolambda", runtime: "provided.al2023", handler: "bootstrap",
			project: "-- Cargo.toml --\n[package]\nname = \"hello\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
			code: func(word string) string {
				return rustClient(`let answer = format!("[\"` + word + `\", {}]", event);`)
			},
			want: func(word string) string { return `["` + word + `", 1]` },
			ready: func(t *testing.T, dir string) {
				needs.Program(t, "cc")
				// It is compiled where it is, and its lock is written there if there is none.
				cmd := exec.Command(needs.Program(t, "cargo", "--version"), "generate-lockfile", "--offline")
				if cmd.Dir = dir; cmd.Run() != nil {
					t.Fatal("cargo writes no lock")
				}
			},
			broken: rustClient("let answer = wrong;"), fault: "cannot find value `wrong` in this scope"},
	}
}

// built asks a function that may have to be built first, for as long as that takes on a machine
// that is busy.
func (g *rig) built(name string) string {
	ctx, cancel := context.WithTimeout(g.t.Context(), longest)
	defer cancel()
	r, err := g.Invoke(ctx, &function.Call{Function: name, Payload: []byte("1")})
	switch {
	case err != nil:
		return err.Error()
	case r.Error != "":
		return "!" + string(r.Payload)
	}
	return string(r.Payload)
}

// longest is how long a build may take that is waited for.
const longest = 4 * time.Minute

// Projects are built by the real tools of their languages, with nothing from the network, where
// a machine has them: what they make runs, what is saved is built anew, what is wrong is told in
// the compiler's words, and the sources stay as they are.
func TestRealToolchains(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles programs")
	}
	for _, tool := range toolchains() {
		t.Run(tool.name, func(t *testing.T) {
			dir := files(t, tool.project+tool.code("one"))
			tool.ready(t, dir)
			before := state(t, dir)
			g := run(t, Options{}, Function{Name: "f", Dir: dir, Handler: tool.handler, Runtime: tool.runtime, Build: Build{Method: tool.method}, Timeout: time.Minute})
			if got, want := g.built("f"), tool.want("one"); got != want {
				t.Fatalf("got %s, want %s\n%s", got, want, g.log())
			}
			if after := state(t, dir); after != before {
				t.Errorf("the sources were\n%sand are\n%s", before, after)
			}
			write(t, dir, tool.code("two"))
			if got, want := g.built("f"), tool.want("two"); got != want {
				t.Errorf("got %s after a save, want %s\n%s", got, want, g.log())
			}
			write(t, dir, tool.broken)
			if got := g.built("f"); !strings.HasPrefix(got, "!") || !strings.Contains(got, tool.fault) {
				t.Errorf("got %s of what cannot be built, want %s", got, tool.fault)
			}
			if left, _ := filepath.Glob(filepath.Join(g.folder, "built", "*.gradle")); len(left) > 0 {
				t.Errorf("left are %q", left)
			}
		})
	}
}

// Builds of one project side by side, as two functions of a template have them, do not meet.
func TestRealBuildsSideBySide(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles programs")
	}
	tool := toolchains()[1]
	dir := files(t, tool.project+tool.code("one"))
	tool.ready(t, dir)
	var all []Function
	for _, name := range []string{"a", "b"} {
		all = append(all, Function{Name: name, Dir: dir, Handler: tool.handler, Runtime: tool.runtime, Build: Build{Method: tool.method}, Timeout: time.Minute})
	}
	g := run(t, Options{}, all...)
	answers := make(chan string, len(all))
	for _, f := range all {
		go func() { answers <- g.built(f.Name) }()
	}
	for range all {
		if got, want := <-answers, tool.want("one"); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
