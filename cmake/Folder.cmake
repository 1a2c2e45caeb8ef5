# quarentena_folder(name DEPS a b LINK lib...): one folder is one static library; its *_test.cpp
# files become one GoogleTest binary, so a test file needs no line here.
add_custom_target(sanitized_tests)
add_custom_target(fuzzers)
configure_file(${CMAKE_SOURCE_DIR}/cmake/source_folder.cpp.in ${CMAKE_BINARY_DIR}/source_folder.cpp @ONLY)
add_library(source_folder_for_tests STATIC ${CMAKE_BINARY_DIR}/source_folder.cpp)
target_include_directories(source_folder_for_tests PRIVATE ${CMAKE_SOURCE_DIR}/src)
function(quarentena_folder name)
  cmake_parse_arguments(arg "" "" "DEPS;LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp
       ${CMAKE_CURRENT_SOURCE_DIR}/*/*.cpp)
  set(tests ${sources})
  set(fuzzers ${sources})
  list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "(_test|_fuzz|main)\\.cpp$")

  set(target quarentena_${name})
  add_library(${target} STATIC ${sources})
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR}/src)
  target_compile_options(${target} PRIVATE ${QUARENTENA_WARNINGS})
  list(TRANSFORM arg_DEPS PREPEND quarentena_)
  target_link_libraries(${target} PUBLIC ${arg_DEPS} PRIVATE ${arg_LINK})

  if(tests)
    add_executable(${name}_test ${tests})
    target_compile_options(${name}_test PRIVATE ${QUARENTENA_WARNINGS})
    target_link_libraries(${name}_test PRIVATE ${target} ${arg_LINK} source_folder_for_tests GTest::gmock_main)
    add_test(NAME unit.${name} COMMAND ${name}_test)
    if(QUARENTENA_SANITIZE AND name IN_LIST QUARENTENA_SANITIZED)
      add_dependencies(sanitized_tests ${name}_test)
      set_tests_properties(unit.${name} PROPERTIES LABELS sanitized ENVIRONMENT "${QUARENTENA_SANITIZER_OPTIONS}")
    endif()
  endif()

  if(QUARENTENA_FUZZ)
    foreach(file IN LISTS fuzzers)
      quarentena_fuzzer(${file} ${target} ${arg_LINK})
    endforeach()
  endif()
endfunction()

# quarentena_fuzzer(file lib...): one x_fuzz.cpp is a libFuzzer program of its own and a ctest fuzz.x, which
# starts from the files of the testdata folder beside it. What it learns stays in build-fuzz/corpus/x; the input
# that broke it in build-fuzz/found/.
function(quarentena_fuzzer file)
  get_filename_component(fuzzer ${file} NAME_WE)
  get_filename_component(seeds ${file} DIRECTORY)
  string(REPLACE "_fuzz" "" name ${fuzzer})
  add_executable(${fuzzer} ${file})
  target_compile_options(${fuzzer} PRIVATE ${QUARENTENA_WARNINGS})
  target_link_options(${fuzzer} PRIVATE -fsanitize=fuzzer)
  target_link_libraries(${fuzzer} PRIVATE ${ARGN})
  add_dependencies(fuzzers ${fuzzer})

  set(learnt ${CMAKE_BINARY_DIR}/corpus/${name})
  file(MAKE_DIRECTORY ${learnt} ${CMAKE_BINARY_DIR}/found)
  add_test(NAME fuzz.${name} COMMAND ${fuzzer} -max_total_time=${QUARENTENA_FUZZ_SECONDS} -seed=${QUARENTENA_FUZZ_SEED} -max_len=20000
    -timeout=10 -rss_limit_mb=2048 -verbosity=0 -print_final_stats=1
    -artifact_prefix=${CMAKE_BINARY_DIR}/found/${name}- ${learnt} ${seeds}/testdata)
  set_tests_properties(fuzz.${name} PROPERTIES ENVIRONMENT "${QUARENTENA_SANITIZER_OPTIONS}")
endfunction()
