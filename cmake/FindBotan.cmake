# Finds Botan 3 or 2 as the imported target Botan::Botan: by its own package file (3.3 and later), else by headers and
# library, with pkg-config as a hint (Debian's Botan 2 has nothing but botan-2.pc).
#
# Sets Botan_FOUND and Botan_VERSION. Botan_ROOT says where to look first.

find_package(Botan ${Botan_FIND_VERSION} CONFIG QUIET)
if(Botan_FOUND AND TARGET Botan::Botan)
    return()
endif()

find_package(PkgConfig QUIET)
if(PkgConfig_FOUND)
    pkg_search_module(Botan_PC QUIET botan-3 botan-2)
endif()

find_path(
    Botan_INCLUDE_DIR
    NAMES botan/version.h
    HINTS ${Botan_PC_INCLUDE_DIRS}
    PATH_SUFFIXES botan-3 botan-2)
find_library(
    Botan_LIBRARY
    NAMES botan-3 botan-2
    HINTS ${Botan_PC_LIBRARY_DIRS})

unset(Botan_VERSION)
if(Botan_INCLUDE_DIR)
    # Botan 2 and 3 both say it here; a part that is not found leaves the version empty.
    file(STRINGS "${Botan_INCLUDE_DIR}/botan/build.h" version_lines REGEX "define BOTAN_VERSION_(MAJOR|MINOR|PATCH) ")
    string(REGEX MATCHALL "[0-9]+" Botan_VERSION "${version_lines}")
    string(REPLACE ";" "." Botan_VERSION "${Botan_VERSION}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
    Botan
    REQUIRED_VARS Botan_LIBRARY Botan_INCLUDE_DIR
    VERSION_VAR Botan_VERSION)
mark_as_advanced(Botan_LIBRARY Botan_INCLUDE_DIR)

if(Botan_FOUND AND NOT TARGET Botan::Botan)
    add_library(Botan::Botan UNKNOWN IMPORTED)
    set_target_properties(Botan::Botan PROPERTIES IMPORTED_LOCATION "${Botan_LIBRARY}"
                                                  INTERFACE_INCLUDE_DIRECTORIES "${Botan_INCLUDE_DIR}")
endif()
