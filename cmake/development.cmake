# What only our own programs are compiled with; nothing here reaches a user's target.

add_library(sealsync_dev INTERFACE)
target_compile_features(sealsync_dev INTERFACE cxx_std_20)
if(MSVC)
    target_compile_options(sealsync_dev INTERFACE /W4 /permissive- $<$<BOOL:${SEALSYNC_WERROR}>:/WX>)
else()
    target_compile_options(sealsync_dev INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                                                  $<$<BOOL:${SEALSYNC_WERROR}>:-Werror>)
    # No cast from one type of pointer to another loses alignment; what comes from void* is bytes, an intrinsic's, or was
    # a pointer of that type. Checks at run time would ask at every access, and cost a fourth of the time to compile with
    # sanitizers, as those of null do, which AddressSanitizer finds.
    target_compile_options(sealsync_dev INTERFACE $<$<CXX_COMPILER_ID:Clang,AppleClang>:-Wcast-align>)
    # Line numbers for a debugger cost an eighth of the time that compiling takes; in CI nobody debugs.
    target_compile_options(sealsync_dev INTERFACE $<$<AND:$<CONFIG:Debug>,$<NOT:$<BOOL:$ENV{CI}>>>:-g1>)
endif()

if(NOT PROJECT_IS_TOP_LEVEL)
    return()
endif()

set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")

find_program(SEALSYNC_CCACHE ccache)
mark_as_advanced(SEALSYNC_CCACHE)
if(SEALSYNC_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    # What ccache needs to share objects that use a precompiled header, here and in the flags below.
    set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env CCACHE_SLOPPINESS=pch_defines,time_macros
                                    "${SEALSYNC_CCACHE}")
    target_compile_options(
        sealsync_dev INTERFACE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>
                               "$<$<CXX_COMPILER_ID:Clang,AppleClang>:SHELL:-Xclang -fno-pch-timestamp>")
endif()

# The parts that a source needs, by its place or by what it includes.
function(sealsync_needed_parts out)
    set(needed "")
    foreach(source IN LISTS ARGN)
        file(STRINGS "${source}" includes REGEX "^ *# *include .*(ext/|sealsync_)")
        foreach(part IN LISTS SEALSYNC_PARTS)
            if(source MATCHES "/ext/${part}/" OR includes MATCHES "(ext/|sealsync_)${part}[./]")
                list(APPEND needed ${part})
            endif()
        endforeach()
    endforeach()
    list(REMOVE_DUPLICATES needed)
    set(${out} "${needed}" PARENT_SCOPE)
endfunction()

# Those of `parts` that cannot be used here: a dependency is not on this machine.
function(sealsync_missing_parts out)
    set(missing ${ARGN})
    if(SEALSYNC_USABLE_PARTS)
        list(REMOVE_ITEM missing ${SEALSYNC_USABLE_PARTS})
    endif()
    set(${out} "${missing}" PARENT_SCOPE)
endfunction()

# An executable of ours, with every part that its sources include.
function(sealsync_add_program name)
    add_executable(${name} ${ARGN})
    sealsync_needed_parts(parts ${ARGN})
    list(TRANSFORM parts PREPEND sealsync::)
    target_link_libraries(${name} PRIVATE sealsync::core ${parts} sealsync_dev)
endfunction()
