# waybill: build, run, test. Needs Go, a C compiler, make, Node with npm.

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X waybill/pipeline/cli.Version=$(VERSION)
BUNDLE  := reports/assets/echarts.min.js
DEMO    ?= .demo

# Real exports for tests, where they lie beside the checkout.
ifneq ($(wildcard ../shared/realdata/README.md),)
export WAYBILL_REALDATA ?= $(abspath ../shared/realdata)
endif

.PHONY: all build run test vet lint unit bench bench-formats bench-money clean

all: build

build: bin/waybill

bin/waybill: $(BUNDLE) FORCE
	go build -trimpath -ldflags '$(LDFLAGS)' -o $@ ./cmd/waybill

bin/bare: FORCE
	go build -trimpath -o $@ ./bench/bare

bin/money: FORCE
	go build -trimpath -o $@ ./bench/money

FORCE:

$(BUNDLE): package-lock.json reports/echarts.entry.mjs reports/bundle.mjs
	npm ci --no-audit --no-fund --silent
	npm run --silent bundle

# Makes the demo workspace once, runs its weekly job, prints the page's path.
run: build
	@test -f $(DEMO)/waybill.yaml || bin/waybill init --demo $(DEMO)
	@bin/waybill -C $(DEMO) run weekly

test: vet lint unit

vet: $(BUNDLE)
	go vet ./...

lint: $(BUNDLE)
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$unformatted" || { echo "not formatted: $$unformatted; try: gofmt -w"; exit 1; }
	go tool staticcheck ./...

unit: $(BUNDLE)
	go test -timeout 30m ./...

# SIZE parcels (about 11 scans each) through waybill and bench/bare.sql.
SIZE   ?= 200000
MEMORY ?= 8GB
bench: build bin/bare
	go run ./bench/run -shipments $(SIZE) -memory $(MEMORY)

# A workbook of a million rows and 60 columns, and a gzip file of 2 GB; FORMATS is the share of that.
FORMATS ?= 1
bench-formats: build
	go run ./bench/run -formats $(FORMATS)

# PARCELS priced under six rate cards and their bills audited, beside SQL by hand.
PARCELS ?= 1000000
bench-money: bin/bare bin/money
	go run ./bench/run -money $(PARCELS) -memory $(MEMORY)

clean:
	rm -rf bin node_modules $(BUNDLE) $(DEMO)
