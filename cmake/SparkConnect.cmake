# Spark Connect: gRPC from Debian, the protocol from Spark's own released artifact (scripts/setup checks its digest).
# Everything but protobuf, which libphonenumber brings anyway, is linked statically: as shared libraries gRPC and
# its 39 dependencies cost every start of the binary 5 ms, also of `check`; so they cost 0.6 ms.
find_program(PROTOC protoc REQUIRED)
find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)

set(spark_protos ${QUARENTENA_CACHE}/spark-protos/spark/connect)
if(NOT EXISTS ${spark_protos}/base.proto)
  message(FATAL_ERROR "Spark Connect's protocol is not in ${spark_protos}: run scripts/setup")
endif()
# What base.proto, which declares the service, imports. google/rpc's part is restated in src/spark.
set(names base catalog commands common expressions ml ml_common pipelines relations types)
set(generated ${CMAKE_BINARY_DIR}/spark-connect)
set(protos ${names})
list(TRANSFORM protos REPLACE "(.+)" "${spark_protos}/\\1.proto")
set(sources ${names})
list(TRANSFORM sources REPLACE "(.+)" "${generated}/spark/connect/\\1.pb.cc")
list(APPEND sources ${generated}/spark/connect/base.grpc.pb.cc ${generated}/error_details.pb.cc)
file(MAKE_DIRECTORY ${generated})
# `lite`: no descriptors and no reflection, which nobody asks for here and which every start would register.
add_custom_command(
  OUTPUT ${sources}
  COMMAND ${PROTOC} -I${QUARENTENA_CACHE}/spark-protos --cpp_out=lite:${generated} ${protos}
  COMMAND ${PROTOC} -I${QUARENTENA_CACHE}/spark-protos --grpc_out=${generated}
          --plugin=protoc-gen-grpc=${GRPC_CPP_PLUGIN} ${spark_protos}/base.proto
  COMMAND ${PROTOC} -I${CMAKE_SOURCE_DIR}/src/spark --cpp_out=lite:${generated}
          ${CMAKE_SOURCE_DIR}/src/spark/error_details.proto
  DEPENDS ${protos} ${CMAKE_SOURCE_DIR}/src/spark/error_details.proto
  COMMENT "Spark Connect: protoc")

add_library(spark_connect STATIC EXCLUDE_FROM_ALL ${sources})
target_compile_options(spark_connect PRIVATE -w -O1)
target_include_directories(spark_connect SYSTEM PUBLIC ${generated})

function(static_of out)
  set(archives)
  foreach(name IN LISTS ARGN)
    find_library(${name}_ARCHIVE lib${name}.a REQUIRED)
    list(APPEND archives ${${name}_ARCHIVE})
  endforeach()
  set(${out} ${archives} PARENT_SCOPE)
endfunction()
static_of(grpc_archives grpc++ grpc upb gpr address_sorting)
# All there are: the linker takes what it needs, and pkg-config takes a minute to say which.
get_filename_component(archives ${grpc++_ARCHIVE} DIRECTORY)
file(GLOB absl_archives ${archives}/libabsl_*.a)
target_link_libraries(spark_connect PUBLIC ${grpc_archives} -Wl,--start-group ${absl_archives} -Wl,--end-group
  re2 cares protobuf OpenSSL::SSL OpenSSL::Crypto z Threads::Threads)
target_link_options(spark_connect INTERFACE -Wl,--gc-sections)
