# The two commands of a developer's day: `make test` and `make check`.
export CGO_ENABLED = 0
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

COMMIT = $(shell git rev-parse HEAD 2>/dev/null)
DATE = $(shell TZ=UTC git log -1 --format=%cd --date=format-local:%Y-%m-%dT%H:%M:%SZ 2>/dev/null)
CLI = github.com/dragoman-gateway/dragoman/cli
LDFLAGS = -X $(CLI).Version=$(VERSION) -X $(CLI).Commit=$(COMMIT) -X $(CLI).Date=$(DATE)

GOTESTSUM = go run gotest.tools/gotestsum@v1.13.0 --format pkgname
FUZZTIME ?= 20s
# The rooms that start goroutines or are used by several at once.
RACE = ./authorizer/... ./awsconfig ./bus/... ./function/... ./internal/guardian ./gateway/... ./integration/... ./internal/tasks ./management/control/... ./server ./record/... ./store/...

# What deadcode may call unreachable: the Go client, what tests of several rooms and of others share, what copies counts from one store to another, two makers of values, what editors ask of a template, and what programs that embed a gateway ask it.
FOR_OTHERS = ^(client|dragomantest|bus/bustest|store/storetest|awsconfig/awstest|internal/(cost|needs))/|: (credential\.)?Of$$|exchange/.*: Begin$$|^mapping/vtl/syntax/edit.go|: MethodNames$$|: Server.(Secure|Metrics)Addr$$|: Listeners.(Secure|Policy|Metrics)$$|^store/lease/memory.go

.PHONY: test-single test-fleet chaos soak build site release release-check platforms test race cover fuzz check lint deadcode counts bench bench-websocket bench-idle bench-swap bench-handshakes bench-management bench-start bench-http bench-bodies bench-ab bench-deployments bench-functions bench-hot bench-tap bench-tap-off bench-broadcast bench-fleet bench-check profile clean

build: ## one static binary: ./dragoman
	go build -trimpath -ldflags "-s -w $(LDFLAGS)" -o dragoman ./cmd/dragoman

.PHONY: reference
reference: ## the pages of docs/reference, of the tables that they tell of
	go run ./internal/reference

site: ## the documentation as a site, in dist/site; Hugo is needed
	hugo --source site --destination ../dist/site --cleanDestinationDir --quiet

release: ## what is published of VERSION=x.y.z, in dist/
	go run ./internal/release -version "$(VERSION)"

platforms: ## the program for every platform that is released, compiled and thrown away
	@for p in linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64; do \
		echo "$$p"; GOOS=$${p%/*} GOARCH=$${p#*/} go build -pgo=off -trimpath -o /dev/null ./cmd/dragoman || exit 1; done

release-check: ## a release of linux/amd64 made twice, in two places, and compared; DRAGOMAN_RELEASE names what is left for tests
	./internal/release/check.sh "$(or $(DRAGOMAN_RELEASE),/tmp/dragoman-release)"

# The rooms of a fleet, which test-fleet runs, and the journeys of conformance that begin one of their own.
FLEET = ./store/... ./bus/... ./gateway/fleet/... ./gateway/gather/... ./roster/... ./server/...
FLEET_JOURNEYS = TestAFleetOfProcesses|TestAFleetInTrouble|TestFleetsThatAreRefused|TestADatabaseOfOneProcess|TestADatabaseThatIsAway|TestLeases|TestCopy
PACKAGES = $(filter-out $(shell go list $(FLEET) ./conformance/chaos),$(shell go list ./...))

test: ## every test that this machine has the tools for; its end tells what was skipped and why
	@status=0; $(MAKE) test-single || status=1; $(MAKE) test-fleet || status=1; exit $$status

test-single: ## all of them but those of test-fleet
	$(GOTESTSUM) -- -timeout 20m -skip '^($(FLEET_JOURNEYS))$$' $(PACKAGES)

test-fleet: ## the rooms of a fleet, the journeys behind a round robin over three nodes, a minute of chaos
	$(GOTESTSUM) -- -timeout 20m $(FLEET)
	DRAGOMAN_ROBIN=1 $(GOTESTSUM) -- -timeout 40m -count=1 ./conformance
	$(MAKE) chaos DURATION=1m TIMEOUT=15m SEED=$(or $(SEED),1)

chaos: ## DURATION (10m) of a fleet whose nodes, engines and links fail by the plan of SEED, with SOCKETS (2000) clients
	DURATION=$(or $(DURATION),10m) SEED=$(SEED) SOCKETS=$(SOCKETS) go test -v -timeout $(or $(TIMEOUT),0) -count=1 ./conformance/chaos

race: ## the rooms with goroutines under the race detector, which needs cgo
	CGO_ENABLED=1 $(GOTESTSUM) -- -race -timeout 30m $(RACE)

cover: ## the share of statements that tests reach, in cover.html too
	go test -timeout 20m -coverpkg=./... -coverprofile=cover.out ./...
	go tool cover -html=cover.out -o cover.html
	go tool cover -func=cover.out | tail -n 1

fuzz: ## each fuzz target for FUZZTIME (20s)
	./internal/fuzz.sh $(FUZZTIME)

deadcode: ## functions that no program of ours reaches, but for the client and the suites of contracts, which are for others
	@dead=$$(go run golang.org/x/tools/cmd/deadcode@v0.51.0 ./...) || exit 1; \
	dead=$$(echo "$$dead" | grep -vE '$(FOR_OTHERS)'); \
	if [ -n "$$dead" ]; then echo "$$dead"; exit 1; fi

check: lint test ## test, and the rules of the house

lint: ## the rules of the house: format, vet, staticcheck, dead code, laws
	@unformatted=$$(gofmt -l .); if [ -n "$$unformatted" ]; then echo "not gofmt-ed:"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...
	$(MAKE) -s deadcode
	go test -count=1 ./internal/laws

counts: ## how many rows of docs/compatibility.md are done, assumed and partial, and the share of comments of each room
	@go test -count=1 -v -run "TestCompatibilityCounts|TestRulesHaveReasons" ./internal/laws | grep -E "map|%"

# The programs of bench/ are compiled as the program itself is: Go reads its profile by itself only where it builds cmd/dragoman.
PROFILE = cmd/dragoman/default.pgo
BENCH = go run -pgo=$(PROFILE) ./bench

profile: ## what the hot paths spend their time on, told to the compiler of ./cmd/dragoman
	go run ./bench/check -profile $(PROFILE)

bench: bench-websocket bench-idle bench-swap bench-handshakes bench-broadcast bench-templates bench-management bench-start bench-deployments bench-functions bench-hot bench-tap bench-http bench-bodies bench-fleet ## the figures of bench/RESULTS.md, one after the other

bench-websocket: ## beside a plain echo server
	$(BENCH)/websocket
	$(BENCH)/websocket -trips

bench-idle: ## what idle WebSocket connections cost: resident memory between 1,000, 5,000 and 15,000 of them
	$(BENCH)/websocket -slope

soak: ## DURATION (30m) of 5,000 clients that connect, speak, stall, break and leave, with a backend that fails at random
	DURATION=$(or $(DURATION),30m) go test -count=1 -v -timeout 0 ./bench/soak

bench-handshakes: ## how many WebSocket clients a second can connect, beside a plain echo server
	$(BENCH)/websocket -handshakes

bench-swap: ## what deployments do to the messages of 5,000 WebSocket connections, and what taking a new one in costs
	$(BENCH)/websocket -deploy 5000
	go test -run '^$$' -bench Swap ./gateway/deployed

bench-management: ## beside moto_server, where it is installed
	$(BENCH)/management

bench-start: ## until a gateway is ready, and its memory: with nothing stored, and with ten thousand APIs
	$(BENCH)/start

bench-deployments: ## how long changes take until they are served
	$(BENCH)/deployments

bench-tap-off: ## instructions of a tap that is off, beside the same program without one; fails beyond 1 %
	go run ./bench/check -tap

bench-tap: ## what records cost: off, at a sample of 1 %, and of every exchange
	$(BENCH)/tap

bench-broadcast: ## one call of @connections for ten thousand clients, beside a call for each
	$(BENCH)/broadcast

bench-fleet: ## one node and three on PostgreSQL and NATS: writes, reads, posts to clients of another node, deployments; SECONDS (10) each
	SECONDS=$(or $(SECONDS),10) go test -count=1 -v -timeout 0 ./bench/fleet

bench-check: ## what the hot paths allocate, and their instructions where valgrind is installed, beside bench/check/baseline.json
	go run ./bench/check

bench-templates: ## beside Apache Velocity and velocityjs, where VELOCITY and VELOCITYJS name the folders that they are in
	$(BENCH)/templates

bench-hot: ## how long a saved handler or template takes until it is served
	$(BENCH)/functions -hot

bench-functions: ## beside serverless-offline, where SERVERLESS names the folder that npm has installed it in
	$(BENCH)/functions -serverless "$(SERVERLESS)"

bench-http: ## beside nginx, HAProxy and Caddy, whichever are installed
	$(BENCH)/http
	$(BENCH)/http -function
	$(BENCH)/http -growth
	if command -v h2load >/dev/null; then $(BENCH)/http -h2; fi

bench-bodies: ## the same with 500 connections, and with bodies of 100 KB and 1 MB
	$(BENCH)/http -connections 500
	$(BENCH)/http -size 100000
	$(BENCH)/http -size 1000000

bench-ab: ## our own server and client of HTTP/1.1 beside net/http's, in turn; no other program is needed
	$(BENCH)/http -ab -rounds 5

clean:
	rm -f dragoman
