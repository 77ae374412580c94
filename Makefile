# The two commands of a developer's day: `make test` and `make check`.
export CGO_ENABLED = 0
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

.PHONY: build test check lint bench bench-websocket bench-management bench-http clean

build: ## one static binary: ./dragoman
	go build -trimpath -ldflags "-s -w -X github.com/dragoman-gateway/dragoman/cli.Version=$(VERSION)" -o dragoman ./cmd/dragoman

test: ## every test that this machine has the tools for
	go test ./...

check: lint test ## test, and the rules of the house

lint: ## the rules of the house: format, vet, staticcheck, import laws
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "not gofmt-ed:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...
	go test -count=1 ./internal/laws

bench: bench-websocket bench-management bench-http ## the figures of bench/RESULTS.md, one after the other

bench-websocket: ## beside a plain echo server
	go run ./bench/websocket

bench-management: ## beside moto_server, where it is installed
	go run ./bench/management

bench-http: ## beside nginx, HAProxy and Caddy, whichever are installed
	go run ./bench/http

clean:
	rm -f dragoman
