# flex and bison, with the generated files kept out of the source tree.
set(spl_grammar_sources "")
if(EXISTS ${CMAKE_SOURCE_DIR}/grammar/spl.l)
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/generated)
  bison_target(spl_parser ${CMAKE_SOURCE_DIR}/grammar/spl.y ${CMAKE_BINARY_DIR}/generated/spl_parser.c
               DEFINES_FILE ${CMAKE_BINARY_DIR}/generated/spl_parser.h COMPILE_FLAGS "-Werror")
  flex_target(spl_scanner ${CMAKE_SOURCE_DIR}/grammar/spl.l ${CMAKE_BINARY_DIR}/generated/spl_scanner.c
              DEFINES_FILE ${CMAKE_BINARY_DIR}/generated/spl_scanner.h)
  add_flex_bison_dependency(spl_scanner spl_parser)
  set(spl_grammar_sources ${BISON_spl_parser_OUTPUTS} ${FLEX_spl_scanner_OUTPUTS})
  set_source_files_properties(${FLEX_spl_scanner_OUTPUTS} PROPERTIES COMPILE_OPTIONS
                              "-Wno-sign-compare;-Wno-unused-parameter;-Wno-unused-function;-Wno-missing-prototypes")
endif()
