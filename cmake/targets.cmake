# What a user links: sealsync::core, and one INTERFACE target per optional dependency. No target carries a flag:
# how a user compiles is his own business.

set(SEALSYNC_INCLUDE_DIR "${PROJECT_SOURCE_DIR}/include")
# Each after those that it needs. What they need is said once more, for users, in sealsync-config.cmake.in.
set(SEALSYNC_PARTS botan curl pugixml simdjson simdjson_merge sqlite s3 default_engine)
set(SEALSYNC_botan_NEEDS Botan::Botan)
set(SEALSYNC_curl_NEEDS CURL::libcurl)
set(SEALSYNC_pugixml_NEEDS pugixml::pugixml)
set(SEALSYNC_simdjson_NEEDS simdjson::simdjson)
set(SEALSYNC_simdjson_merge_NEEDS sealsync::simdjson)
set(SEALSYNC_sqlite_NEEDS SQLite::SQLite3)
set(SEALSYNC_s3_NEEDS sealsync::botan sealsync::curl sealsync::pugixml)
set(SEALSYNC_default_engine_NEEDS sealsync::s3 sealsync::sqlite)

# name, dependencies... with the headers in SEALSYNC_${name}_HEADERS
function(sealsync_add_target name)
    add_library(sealsync_${name} INTERFACE)
    add_library(sealsync::${name} ALIAS sealsync_${name})
    set_target_properties(sealsync_${name} PROPERTIES EXPORT_NAME ${name})
    target_sources(
        sealsync_${name} INTERFACE FILE_SET HEADERS BASE_DIRS "${SEALSYNC_INCLUDE_DIR}"
                                   FILES ${SEALSYNC_${name}_HEADERS})
    target_compile_features(sealsync_${name} INTERFACE cxx_std_20)
    target_link_libraries(sealsync_${name} INTERFACE ${ARGN})
endfunction()

file(GLOB_RECURSE SEALSYNC_core_HEADERS CONFIGURE_DEPENDS "${SEALSYNC_INCLUDE_DIR}/sealsync/*.hpp")
list(FILTER SEALSYNC_core_HEADERS EXCLUDE REGEX "/sealsync/(ext/|sealsync_)")
foreach(part IN ITEMS merge basic_s3 merge_policies)
    list(APPEND SEALSYNC_core_HEADERS "${SEALSYNC_INCLUDE_DIR}/sealsync/sealsync_${part}.hpp")
endforeach()
sealsync_add_target(core)

# A part is there, and is installed, whether or not its dependency is on this machine: only who links it needs it.
find_package(Botan QUIET)
find_package(CURL QUIET)
find_package(pugixml CONFIG QUIET)
find_package(simdjson CONFIG QUIET)
find_package(SQLite3 QUIET)
foreach(part IN LISTS SEALSYNC_PARTS)
    file(GLOB_RECURSE SEALSYNC_${part}_HEADERS CONFIGURE_DEPENDS "${SEALSYNC_INCLUDE_DIR}/sealsync/ext/${part}/*.hpp"
         "${SEALSYNC_INCLUDE_DIR}/sealsync/ext/${part}.hpp" "${SEALSYNC_INCLUDE_DIR}/sealsync/sealsync_${part}.hpp")
    sealsync_add_target(${part} sealsync::core ${SEALSYNC_${part}_NEEDS})
    set(usable TRUE)
    foreach(need IN LISTS SEALSYNC_${part}_NEEDS)
        string(REPLACE "sealsync::" "" needed_part "${need}")
        if(NOT TARGET ${need} OR (needed_part IN_LIST SEALSYNC_PARTS AND NOT needed_part IN_LIST SEALSYNC_USABLE_PARTS))
            set(usable FALSE)
        endif()
    endforeach()
    if(usable)
        list(APPEND SEALSYNC_USABLE_PARTS ${part})
    endif()
endforeach()
