# quarentena_folder(name DEPS a b LINK lib...): one folder is one static library; its *_test.cpp
# files become one GoogleTest binary, so a test file needs no line here.
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
    target_link_libraries(${name}_test PRIVATE ${target} ${arg_LINK} GTest::gmock_main)
    target_compile_definitions(${name}_test PRIVATE
      QUARENTENA_SOURCE_DIR="${CMAKE_SOURCE_DIR}" QUARENTENA_BINARY_DIR="${CMAKE_BINARY_DIR}")
    add_test(NAME unit.${name} COMMAND ${name}_test)
  endif()

  # Each *_fuzz.cpp is a libFuzzer program of its own, run by hand or by CI: build/.../x_fuzz CORPUS.
  if(QUARENTENA_FUZZ)
    foreach(file IN LISTS fuzzers)
      get_filename_component(fuzzer ${file} NAME_WE)
      add_executable(${fuzzer} ${file})
      target_compile_options(${fuzzer} PRIVATE ${QUARENTENA_WARNINGS})
      target_link_options(${fuzzer} PRIVATE -fsanitize=fuzzer)
      target_link_libraries(${fuzzer} PRIVATE ${target} ${arg_LINK})
    endforeach()
  endif()
endfunction()
