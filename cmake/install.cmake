include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(config_dir "${CMAKE_INSTALL_DATADIR}/cmake/sealsync")
set(pkgconfig_dir "${CMAKE_INSTALL_DATADIR}/pkgconfig")

# One export per component, so that a component whose dependency is missing can be refused by itself.
foreach(component IN ITEMS core ${SEALSYNC_PARTS})
    install(
        TARGETS sealsync_${component}
        EXPORT sealsync-${component}
        FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
    install(
        EXPORT sealsync-${component}
        FILE sealsync-${component}.cmake
        NAMESPACE sealsync::
        DESTINATION "${config_dir}")
endforeach()

configure_package_config_file(cmake/sealsync-config.cmake.in "${PROJECT_BINARY_DIR}/sealsync-config.cmake"
                              INSTALL_DESTINATION "${config_dir}" NO_SET_AND_CHECK_MACRO)
# The minor number breaks while the major is 0.
write_basic_package_version_file(
    "${PROJECT_BINARY_DIR}/sealsync-config-version.cmake" COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(
    FILES "${PROJECT_BINARY_DIR}/sealsync-config.cmake" "${PROJECT_BINARY_DIR}/sealsync-config-version.cmake"
          "${PROJECT_SOURCE_DIR}/cmake/FindBotan.cmake"
    DESTINATION "${config_dir}")

# Relative to the file, so that an installed tree can be moved.
file(RELATIVE_PATH prefix_from_pc "/${pkgconfig_dir}" "/")
configure_file(cmake/sealsync.pc.in "${PROJECT_BINARY_DIR}/sealsync.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/sealsync.pc" DESTINATION "${pkgconfig_dir}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/sealsync")
