# The few commands of everyday work; each says what it does and is quick when there is nothing to do.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

export QUARENTENA_CACHE ?= $(HOME)/.cache/quarentena
export DUCKDB_ROOT

SEED := examples/seed/quarentena.yml
DATA_CARGA := 2024-05-28
FUZZ_SECONDS ?= 20
FUZZ_SEED ?= 1
quarentena := build/quarentena

.PHONY: help setup build run run-remote run-spark run-serve run-dashboard run-fault-week test bench format check-format asan fuzz clean

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*##  *\(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

setup:
	@scripts/setup

build: setup  ## install what is missing, build build/quarentena
	@mkdir -p build
	@cmake --preset release $(if $(DUCKDB_ROOT),-DDUCKDB_ROOT=$(DUCKDB_ROOT)) >build/configure.log 2>&1 || \
	  { cat build/configure.log >&2; exit 1; }
	@cmake --build build --target quarentena

run: build  ## load examples/seed for 2024-05-28, show the table, check two clients and an audience
	$(quarentena) run --data-carga $(DATA_CARGA) -c $(SEED)
	$(quarentena) show --data-carga $(DATA_CARGA) -c $(SEED)
	$(quarentena) check --id 1234567890 --id 0000000001 --on $(DATA_CARGA) -c $(SEED) || [ $$? = 10 ]
	$(quarentena) check --audience examples/seed/audience.csv --on $(DATA_CARGA) --out examples/seed/data/envio -c $(SEED) || [ $$? = 10 ]

run-remote: build  ## the same from six servers, started here: SharePoint, SFTP, S3, Unity Catalog, HTTPS
	@scripts/setup --tests
	@QUARENTENA=$(CURDIR)/$(quarentena) PYTHONDONTWRITEBYTECODE=1 $(QUARENTENA_CACHE)/python/tests/bin/python examples/remote/load.py

run-spark: build  ## the same on a Spark Connect server, started here
	@scripts/setup --tests
	@QUARENTENA=$(CURDIR)/$(quarentena) PYTHONDONTWRITEBYTECODE=1 $(QUARENTENA_CACHE)/python/tests/bin/python examples/spark/load.py

run-serve: build  ## serve the example over HTTP and print a curl line that works; Ctrl-C ends it
	@examples/serve/start

run-dashboard: build  ## a month of history, the daemon and the page: prints the address and a token; Ctrl-C ends it
	@PYTHONDONTWRITEBYTECODE=1 python3 examples/dashboard/start.py

run-fault-week: build  ## one bad week, told day by day: what comes wrong, and who stays in quarantine
	@python3 examples/fault-week/week.py

test: build  ## every test
	@scripts/setup --tests
	@cmake --preset release >/dev/null
	@cmake --build build
	@ctest --test-dir build --parallel 2 --output-on-failure --timeout 1800

bench: build  ## time this build and its peers on the same data, write docs/benchmark.md
	@scripts/setup --bench
	@$(QUARENTENA_CACHE)/python/bench/bin/python bench/run.py

sources = $(shell git ls-files 'src/*.cpp' 'src/*.h')

format:  ## clang-format over src/
	@clang-format-14 -i $(sources)

check-format:
	@clang-format-14 --dry-run --Werror $(sources)

asan: setup  ## the unit tests under AddressSanitizer and UBSan
	@scripts/setup --tests
	@cmake --preset asan >/dev/null
	@cmake --build build-asan --target sanitized_tests
	@ctest --test-dir build-asan --parallel 2 --output-on-failure --timeout 900 --label-regex sanitized

fuzz: setup  ## the parsers on made-up bytes, FUZZ_SECONDS (20) each; FUZZ_SEED=0 is another way each time
	@scripts/setup --tests
	@cmake --preset fuzz -DQUARENTENA_FUZZ_SECONDS=$(FUZZ_SECONDS) -DQUARENTENA_FUZZ_SEED=$(FUZZ_SEED) >/dev/null
	@cmake --build build-fuzz --target fuzzers
	@ctest --test-dir build-fuzz --parallel 2 --output-on-failure --tests-regex '^fuzz\.'

clean:  ## forget the builds (downloads stay in the cache)
	rm -rf build build-*
