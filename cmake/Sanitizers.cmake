# The folders whose unit tests `make asan` builds and runs; run and cli only put them together and would double
# the time.
set(QUARENTENA_SANITIZED base identity config net spark store table sources staging rules engine trust lookup
    history telemetry alerts overview analytics serve schedule)

# The suites of tests/serve/ that `make asan` runs over the whole binary.
set(QUARENTENA_SANITIZED_SERVE test_bounds.py test_api_fuzz.py test_life.py)

# What programs built with QUARENTENA_SANITIZE run under in ctest. Nothing is switched off or suppressed:
# libduckdb.so and the Rust archive, which are not instrumented, cause no report of their own.
set(QUARENTENA_SANITIZER_OPTIONS
  # gcc leaves it off: a reference to a local that is gone.
  "ASAN_OPTIONS=detect_stack_use_after_return=1"
  "UBSAN_OPTIONS=print_stacktrace=1")
