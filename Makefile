# What a developer runs. `make check` is what a change has to pass before it is
# sent; .ci/run does that and more, with the tools it needs.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c

# ./... does not descend into testdata, where the corpus generator and its users live.
PACKAGES := ./... ./testdata/bench/... ./testdata/fleet/...

GOLANGCI_LINT := go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

FUZZTIME := 60s

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "%-12s %s\n", $$1, $$2}' Makefile

.PHONY: help build release test check lint fuzz bench bench-peers bench-blame bench-spike demo-stack deploy-test fleet-proof integration kafka-proof stories

# Static and reproducible. The version is the tag's where there is one; the commit is stamped by the Go command.
VERSION := $(shell git describe --tags --exact-match 2>/dev/null)

build: ## bin/wvwatch, one static binary
	CGO_ENABLED=0 go build -trimpath -ldflags "-X main.version=$(VERSION:v%=%)" -o bin/ ./cmd/wvwatch

release: ## archives, packages, image, chart, SBOMs and checksums of this commit, in dist/
	deploy/release.sh

# Simulations of hours take minutes under the race detector. They have one goroutine, and run without it: two packages that start none, and the
# slow tests of replay, which skip themselves under it.
SIMULATIONS := wvwatch/internal/alert/detect wvwatch/internal/blame

test: ## all tests, with the race detector; needs only Go
	packages=$$(go list $(PACKAGES) | grep -vxF "$$(printf '%s\n' $(SIMULATIONS))") && go test -race -shuffle=on -timeout 30m $$packages
	go test -shuffle=on $(SIMULATIONS)
	go test -shuffle=on -run '^(TestStor(y|ies)|TestParityWithPrometheus|TestDayStaysFlat)' ./internal/replay ./cmd/wvwatch

check: build ## what a change has to pass: build, gofmt, go vet, test
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "not formatted, run gofmt -w:"; echo "$$unformatted"; exit 1; }
	go vet $(PACKAGES)
	$(MAKE) --no-print-directory test

lint: ## golangci-lint
	$(GOLANGCI_LINT) run $(PACKAGES)

# Every story of a rotation, a restart, a kill: how many lines were written, how
# many of them lost, how many counted twice.
stories: ## rotations, restarts and kills: lines written, lost, counted twice
	@out=$$(go test -count=1 -v ./internal/tailer -stories 2>&1) && status=0 || status=$$?; \
	sed -n '/^story /,/ stories /p' <<<"$$out"; \
	if [ $$status -ne 0 ]; then grep -A40 -e '--- FAIL' <<<"$$out"; fi; exit $$status

# Every fuzz target of every package, one after the other, FUZZTIME each. On a
# busy machine the fuzzer may miss its own deadline (golang/go#75804).
fuzz: ## every fuzz target, FUZZTIME each
	@targets=$$(go test -list '^Fuzz' ./... | awk '/^Fuzz/ {name[n++] = $$1} /^ok/ {for (i = 0; i < n; i++) print $$2, name[i]; n = 0}'); \
	test -n "$$targets" || { echo "no fuzz targets found"; exit 1; }; \
	while read -r package target; do \
		echo "$$package $$target $(FUZZTIME)"; \
		out=$$(go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$package" </dev/null 2>&1) && status=0 || status=$$?; \
		echo "$$out"; \
		if [ $$status -ne 0 ]; then \
			grep -q 'context deadline exceeded' <<<"$$out" && ! grep -q 'Failing input' <<<"$$out" || exit 1; \
			echo "that was the fuzzer's own deadline, not a find"; \
		fi; \
	done <<<"$$targets"

bench: ## benchmarks of all packages
	go test -run '^$$' -bench . -benchmem $(PACKAGES)

# The daemon beside other programs on corpora of LINES lines, and its budgets, as Markdown; docs/speed.md is made of it. It takes a
# quarter of an hour and 5 GB in $TMPDIR; `make bench-peers LINES=20000 ARGS="-rounds 1 -window 2s -samples 3"` is a try of a minute.
# Beside Debian's mtail runs NEWEST_MTAIL, a binary of your own build, and an OpenTelemetry Collector built from modules (1 GB).
LINES := 3500000
ARGS :=
NEWEST_MTAIL :=
bench-peers: ## the daemon beside other programs, as Markdown
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && { [ -z "$(NEWEST_MTAIL)" ] || cp "$(NEWEST_MTAIL)" "$$dir/mtail"; } && \
	{ go -C testdata/senders build -o "$$dir/" ./collector || echo "no collector: its modules can not be had"; } && \
	go run ./testdata/bench/peers -peers "$$dir" -lines $(LINES) $(ARGS)

# The processor's instructions for a record, as valgrind counts them: the same on a busy machine. It fails where a corpus has become
# dearer than testdata/bench/peers/instructions.tsv, which holds for amd64 and the Go version of go.mod.
.PHONY: instructions
instructions: ## instructions a record, against their budgets
	go run ./testdata/bench/peers -what instructions

# The spike detector beside what others do, on simulated streams from fixed seeds.
bench-spike: ## the detector beside others, on simulated streams
	go test -run '^$$' -bench SpikeTable -benchtime 1x -timeout 60m ./internal/alert/detect

bench-blame: ## contributors of 2,000 simulated incidents a row
	BLAME_RUNS=2000 go test -run 'Contributor|Pair|Tenants|Value$$|Named|Uneven|Witnesses' -v -timeout 30m ./internal/blame

# Senders that are no Debian packages, built from their modules: an OpenTelemetry Collector, OpenTelemetry's Go SDK, vlagent.
integration: ## real senders deliver their logs: minutes, and 1 GB of modules
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && \
	go -C testdata/senders build -o "$$dir/" ./otlp ./collector github.com/VictoriaMetrics/VictoriaLogs/app/vlagent && \
	SENDERS=$$dir go test -count=1 -v -run TestSenders ./cmd/wvwatch

# A group of daemons against a real Apache Kafka, whose jars Maven fetches, and a real Prometheus: leaders are killed and stopped, members join
# and leave, the broker restarts. It takes ten minutes; ARGS="-kills 2 -rebalances 2 -zombie 0 -restart=false -catchup 0 -kill-rate 2000"
# is a try of a minute.
KAFKA_JARS ?= $(or $(TMPDIR),/tmp)/wvwatch-kafka-jars
kafka-proof: build ## exactly-once over Kafka: kills, rebalances, a restart, a zombie, as Markdown
	testdata/kafka/broker fetch $(KAFKA_JARS)
	go run ./testdata/kafka/proof -jars $(KAFKA_JARS) $(ARGS)

# Telegraf with the plugins that are needed, from a module of its own: its graph is larger than that of the rest together.
TELEGRAF := v1.37.2

# Fluent Bit is no module either: its binary, where there is one.
FLUENT_BIT ?= $(shell command -v fluent-bit)

.PHONY: integration-more apiserver-test
integration-more: apiserver-test ## what takes long to build: Telegraf, five minutes; kube-apiserver, ten; Fluent Bit where it is installed or FLUENT_BIT names it
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && cd "$$dir" && go mod init senders.example/telegraf && \
	go get github.com/influxdata/telegraf/cmd/telegraf@$(TELEGRAF) && \
	go build -tags custom,inputs.tail,parsers.value,outputs.http,outputs.loki,outputs.syslog,serializers.json -o . github.com/influxdata/telegraf/cmd/telegraf && \
	cd - >/dev/null && { test -z "$(FLUENT_BIT)" || cp "$(FLUENT_BIT)" "$$dir/fluent-bit"; } && \
	SENDERS=$$dir go test -count=1 -v -run 'TestSendersTelegraf|TestSendersOverKills/(telegraf|Fluent)' ./cmd/wvwatch

# What deploy/ ships for registries, Kubernetes and Grafana, by the libraries of Helm, Kubernetes, the Prometheus operator and jsonnet:
# modules of their own, which nothing of wvwatch links.
deploy-test: ## the container image, the Helm chart, the dashboards; 0.6 GB of modules
	go test -C deploy/image -timeout 20m ./...
	go test -C testdata/deploy -timeout 20m ./...

# A real API server of Kubernetes, with etcd, judges what deploy/ ships. It is built from 1 GB of modules, with ten minutes of processor
# time; with that in Go's cache the test takes half a minute.
apiserver-test: ## the Helm chart with --dry-run=server, by a real API server
	@if go -C testdata/apiserver list -deps -test ./... >/dev/null; then \
		go test -C testdata/apiserver -count=1 -timeout 40m ./...; \
	else \
		echo "skipped: the modules of kube-apiserver can not be fetched here"; \
	fi

# 500 daemons in one process and a real Prometheus: an outage on three of them, as Markdown; docs/fleet.md quotes it. A quarter of an
# hour and 3 GB of memory; `make fleet-proof ARGS="-daemons 50 -calm 2m"` is a try.
fleet-proof: ## an outage on 3 of 500 daemons, found by a real Prometheus
	go run ./testdata/fleet $(ARGS)

# The demo, with a real Prometheus and Alertmanager beside it where Debian's packages of them are installed.
demo-stack: build ## the demo with a real Prometheus and Alertmanager
	@if command -v prometheus >/dev/null && { command -v prometheus-alertmanager || command -v alertmanager; } >/dev/null; then \
		bin/wvwatch demo --stack; \
	else \
		echo "no Prometheus or Alertmanager here (apt-get install prometheus prometheus-alertmanager): the demo alone"; \
		bin/wvwatch demo; \
	fi
