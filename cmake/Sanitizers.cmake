# What the programs built with QUARENTENA_SANITIZE run under in ctest.
#
# libduckdb.so and the Rust archive are not instrumented.
set(QUARENTENA_SANITIZER_OPTIONS
  "ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1"
  "UBSAN_OPTIONS=print_stacktrace=1")
