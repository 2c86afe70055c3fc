# Warnings, hardening and instrumentation that every target of the project shares.
add_library(laneway_flags INTERFACE)
target_include_directories(laneway_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(laneway_flags INTERFACE
  -Wall -Wextra -Werror -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align -Wconversion -Wno-sign-conversion
  -Wnull-dereference -Wformat=2 -Wimplicit-fallthrough -Wvla
  -fno-omit-frame-pointer -fstack-protector-strong)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(laneway_flags INTERFACE -Wthread-safety)
else()
  # g++ 12 reports null dereferences and array bounds inside the standard library's own inlined code.
  target_compile_options(laneway_flags INTERFACE -Wno-null-dereference -Wno-array-bounds -Wno-stringop-overflow)
endif()
if(LANEWAY_SANITIZE)
  target_compile_options(laneway_flags INTERFACE -fsanitize=${LANEWAY_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(laneway_flags INTERFACE -fsanitize=${LANEWAY_SANITIZE})
endif()
if(LANEWAY_FUZZ)
  target_compile_options(laneway_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(LANEWAY_COVERAGE)
  target_compile_options(laneway_flags INTERFACE --coverage)
  target_link_options(laneway_flags INTERFACE --coverage)
endif()
