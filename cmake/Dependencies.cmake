# Third parties. Debian's come from apt (scripts/setup); DuckDB and the Rust crate's target folder
# live in QUARENTENA_CACHE, outside the build folder, so that a clean checkout builds quickly.
set(QUARENTENA_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # gcc 12 sees overlaps in `"a" + std::string` that are not there (its bug 105651).
  list(APPEND QUARENTENA_WARNINGS -Wno-restrict)
elseif(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # Which signs a conversion loses is gcc's to tell; clang 14 counts more of them.
  list(APPEND QUARENTENA_WARNINGS -Wno-sign-conversion -Wno-implicit-int-float-conversion)
endif()
if(QUARENTENA_SANITIZE)
  # A finding of UBSan ends the program too: a line in a log of a test that passes is read by nobody.
  # gcc 12 takes std::regex, instrumented, for uninitialized.
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
                      $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  add_link_options(-fsanitize=address,undefined)
endif()
if(QUARENTENA_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(CLI11 REQUIRED)
find_package(GTest REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(Boost 1.74 REQUIRED)  # headers alone
find_library(ISAL_LIBRARY isal REQUIRED)
find_package(simdjson REQUIRED)
find_package(date REQUIRED)
find_package(CURL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(ICU REQUIRED COMPONENTS uc)
find_library(PHONENUMBER_LIBRARY phonenumber REQUIRED)
find_library(XLSXWRITER_LIBRARY xlsxwriter REQUIRED)

if(DEFINED ENV{QUARENTENA_CACHE})
  set(QUARENTENA_CACHE $ENV{QUARENTENA_CACHE})
else()
  set(QUARENTENA_CACHE $ENV{HOME}/.cache/quarentena)
endif()

# ccache keeps its objects there too; paths are made relative so that another checkout finds them.
find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_DIR=${QUARENTENA_CACHE}/ccache
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
endif()

# DUCKDB_ROOT (a folder with duckdb.h and libduckdb.so) replaces the pinned one.
if(NOT DUCKDB_ROOT)
  set(DUCKDB_ROOT ${QUARENTENA_CACHE}/duckdb)
endif()
find_path(DUCKDB_INCLUDE duckdb.h PATHS ${DUCKDB_ROOT} ${DUCKDB_ROOT}/include NO_DEFAULT_PATH REQUIRED)
find_library(DUCKDB_LIBRARY duckdb PATHS ${DUCKDB_ROOT} ${DUCKDB_ROOT}/lib NO_DEFAULT_PATH REQUIRED)
add_library(duckdb SHARED IMPORTED GLOBAL)
set_target_properties(duckdb PROPERTIES IMPORTED_LOCATION ${DUCKDB_LIBRARY} IMPORTED_NO_SONAME OFF
  INTERFACE_INCLUDE_DIRECTORIES ${DUCKDB_INCLUDE} INTERFACE_SYSTEM_INCLUDE_DIRECTORIES ${DUCKDB_INCLUDE})

# The Rust crate: cargo decides what is stale; the archive is copied only when it changed.
set(NATIVE_TARGET ${QUARENTENA_CACHE}/cargo)
set(NATIVE_LIBRARY ${CMAKE_BINARY_DIR}/native/libquarentena_native.a)
add_custom_target(native_build
  COMMAND ${CMAKE_SOURCE_DIR}/scripts/build-native ${CMAKE_SOURCE_DIR}/native/Cargo.toml
          ${NATIVE_TARGET} ${NATIVE_LIBRARY}
  BYPRODUCTS ${NATIVE_LIBRARY}
  USES_TERMINAL
  COMMENT "native: cargo build")
add_library(native STATIC IMPORTED GLOBAL)
add_dependencies(native native_build)
set_target_properties(native PROPERTIES IMPORTED_LOCATION ${NATIVE_LIBRARY})
target_include_directories(native SYSTEM INTERFACE ${CMAKE_SOURCE_DIR}/native/include)
# Without it the binary carries every part of every crate: 30 MB more.
target_link_options(native INTERFACE -Wl,--gc-sections)
target_link_libraries(native INTERFACE Threads::Threads ${CMAKE_DL_LIBS} m)
add_test(NAME unit.native COMMAND ${CMAKE_COMMAND} -E env CARGO_TARGET_DIR=${NATIVE_TARGET}
         cargo test --release --locked --quiet --manifest-path ${CMAKE_SOURCE_DIR}/native/Cargo.toml)
