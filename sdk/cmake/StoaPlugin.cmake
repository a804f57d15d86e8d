# stoa_add_plugin(NAME SOURCES file...)
#
# A plugin NAME.so from C or C++ sources, built the way the host wants it. The file lands in the folder
# `plugins` of the project's build tree, unless CMAKE_LIBRARY_OUTPUT_DIRECTORY names another one.
# NAME is an ordinary target: link further libraries to it, preferably static ones.
#
# What the flags are for:
#  - Only stoa_plugin_entry is exported (version script, hidden visibility, --exclude-libs): two
#    versions of one plugin live in one process, and neither may find the other's symbols.
#  - No STB_GNU_UNIQUE symbols (-fno-gnu-unique): the loader makes those one per process in spite of
#    RTLD_LOCAL, and version 2 would silently use the statics of version 1.
#  - No undefined symbols (-z defs): what is missing is found when linking, not when loading. A
#    sanitizer's runtime lives in the program, so there this check is left out.
#  - Nobody else can write it (chmod), whatever the umask: the host refuses a file that others can.
function(stoa_add_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "" "SOURCES")
  if(NOT ARG_SOURCES OR ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "write stoa_add_plugin(${name} SOURCES file...)")
  endif()

  set(exports "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/stoa-plugin.map")
  add_library(${name} MODULE ${ARG_SOURCES})
  get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)
  if(CXX IN_LIST languages)
    target_link_libraries(${name} PRIVATE stoa::sdk)
  else()
    target_link_libraries(${name} PRIVATE stoa::abi)
  endif()
  set_target_properties(${name} PROPERTIES
    PREFIX ""
    SUFFIX ".so"
    C_VISIBILITY_PRESET hidden
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS "${exports}")
  if(NOT CMAKE_LIBRARY_OUTPUT_DIRECTORY)
    set_target_properties(${name} PROPERTIES
      LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/plugins")
  endif()

  target_compile_options(${name} PRIVATE
    $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:GNU>>:-fno-gnu-unique>)
  target_link_options(${name} PRIVATE
    "LINKER:--version-script=${exports}"
    "LINKER:--exclude-libs,ALL")
  if(NOT STOA_SANITIZE AND NOT "${CMAKE_C_FLAGS} ${CMAKE_CXX_FLAGS}" MATCHES "-fsanitize")
    target_link_options(${name} PRIVATE "LINKER:-z,defs")
  endif()
  add_custom_command(TARGET ${name} POST_BUILD COMMAND chmod go-w $<TARGET_FILE:${name}> VERBATIM)
endfunction()
