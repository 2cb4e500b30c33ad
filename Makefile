# callgate: what to do is in `make help`. Everything here needs only Go, git,
# make and bash; `make test` installs the rest (.ci/deps).

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
LDFLAGS := -s -w -X main.version=$(VERSION)
PREFIX  ?= /usr/local
FUZZTIME ?= 20s

# grpcnotrace leaves out gRPC's trace pages, and with their templates' calls by
# name a quarter of the shim: the linker keeps every method while there are any.
static := CGO_ENABLED=0 $(GO) build -trimpath -tags grpcnotrace -ldflags '$(LDFLAGS)'
# Programs that are no tests and not shipped; ./... leaves testdata out.
programs := ./testdata/bench ./testdata/demo ./testdata/demo/kubectl ./testdata/pty ./testdata/vm
lint   := $(GO) tool -modfile=.ci/tools.mod golangci-lint

.PHONY: build build-all packages test test-root test-long test-vm test-quiet bench fuzz lint generate check-generated demo install clean help

build: ## build the static binaries for this machine into bin/
	$(static) -o bin/ ./cmd/...

build-all: ## build the static binaries for amd64 and arm64 into dist/
	for arch in amd64 arm64; do \
		mkdir -p dist/linux-$$arch; \
		GOOS=linux GOARCH=$$arch $(static) -o dist/linux-$$arch/ ./cmd/...; \
	done

packages: build-all ## make deb and rpm packages for amd64 and arm64 in dist/
	for arch in amd64 arm64; do \
		for packager in deb rpm; do .ci/package $$arch $$packager dist/linux-$$arch dist "$(VERSION)"; done; \
	done

test: ## install what the tests need, then run every tier: ordinary user, race detector, root, another kernel
	.ci/deps
	.ci/test-user
	$(GO) test -race ./...
	$(MAKE) --no-print-directory test-root
	$(GO) run ./testdata/vm

test-root: ## run the tests as root (through sudo when it is there)
	.ci/test-root

test-vm: ## run the tests that touch the kernel on Debian's, in an emulated machine
	.ci/deps
	$(GO) run ./testdata/vm

test-long: ## run the tests as root in their long form, on every containerd
	.ci/deps
	CALLGATE_LONG=1 .ci/test-root

test-quiet: ## show that the default rules have nothing to say of ordinary work
	CALLGATE_LONG=1 $(GO) test -count=1 -timeout=30m -run=TestQuiet -v ./cmd/callgate

bench: build ## measure what an interception costs and write docs/benchmarks.md
	.ci/deps
	$(GO) run ./testdata/bench -o docs/benchmarks.md
	.ci/parts
	$(GO) run ./runtime/internal/bench -o docs/benchmarks.md # containers, as root
	$(GO) generate ./docs/... # the README quotes it

fuzz: ## run every fuzz target for FUZZTIME (20s)
	FUZZTIME=$(FUZZTIME) .ci/fuzz

lint: ## check formatting, vet for both architectures, run golangci-lint
	@unformatted=$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go')); \
	if [ -n "$$unformatted" ]; then echo "not formatted by gofmt:" $$unformatted >&2; exit 1; fi
	$(GO) vet ./... $(programs)
	$(GO) vet -tags docs ./cmd/callgate
	GOARCH=arm64 CGO_ENABLED=0 $(GO) vet ./...
	$(lint) run ./... $(programs)

generate: ## make the generated tables, man pages and reference pages anew
	$(GO) generate ./...

check-generated: ## fail when a generated file differs from what its source gives
	.ci/check-generated

demo: build ## run an attack script under callgate and show what the rules say
	testdata/demo/run.sh

install: build ## install binary, man pages and completions below PREFIX (/usr/local)
	install -Dm0755 bin/callgate $(DESTDIR)$(PREFIX)/bin/callgate
	install -d $(DESTDIR)$(PREFIX)/share/man/man1
	install -m0644 docs/man/*.1 $(DESTDIR)$(PREFIX)/share/man/man1/
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/site-functions $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	bin/callgate completion bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/callgate
	bin/callgate completion zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_callgate
	bin/callgate completion fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/callgate.fish

clean: ## remove bin/ and dist/
	rm -rf bin dist

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
