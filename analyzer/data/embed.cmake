# Writes an assembler file that makes files parts of the program.
#
#   cmake -DOUTPUT=embedded.S "-DINPUTS=a/x.json;a/y.json" [-DPREFIX=data_] -P embed.cmake
#
# For each input: `const unsigned char data_x_json[]`, a NUL behind it, and
# `const size_t data_x_json_size`. Assembled, not compiled: a C array of the same bytes
# would take seconds.
if(NOT OUTPUT OR NOT INPUTS)
  message(FATAL_ERROR "embed.cmake needs OUTPUT and INPUTS")
endif()
if(NOT DEFINED PREFIX)
  set(PREFIX data_)
endif()

set(text "\t.section .rodata\n")
foreach(input IN LISTS INPUTS)
  get_filename_component(path "${input}" ABSOLUTE)
  get_filename_component(name "${input}" NAME)
  string(MAKE_C_IDENTIFIER "${PREFIX}${name}" symbol)
  string(APPEND text
    "\t.balign 8\n"
    "\t.globl ${symbol}\n"
    "\t.type ${symbol}, %object\n"
    "${symbol}:\n"
    "\t.incbin \"${path}\"\n"
    ".Lend_${symbol}:\n"
    "\t.byte 0\n"
    "\t.size ${symbol}, . - ${symbol}\n"
    "\t.balign 8\n"
    "\t.globl ${symbol}_size\n"
    "\t.type ${symbol}_size, %object\n"
    "\t.size ${symbol}_size, 8\n"
    "${symbol}_size:\n"
    "\t.quad .Lend_${symbol} - ${symbol}\n")
endforeach()
string(APPEND text "\t.section .note.GNU-stack,\"\",%progbits\n")
file(WRITE "${OUTPUT}" "${text}")
