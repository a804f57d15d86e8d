# What an installed SDK consists of, all of it in the component "sdk".
include(CMakePackageConfigHelpers)
# Quiet when nothing changed.
set(CMAKE_INSTALL_MESSAGE LAZY)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/stoa)

set_target_properties(stoa_abi PROPERTIES EXPORT_NAME abi)
set_target_properties(stoa_sdk PROPERTIES EXPORT_NAME sdk)
install(TARGETS stoa_abi stoa_sdk EXPORT stoa-targets)
install(EXPORT stoa-targets NAMESPACE stoa:: DESTINATION ${package_dir} COMPONENT sdk)

# An export of its own: who writes plugins need not have what the client is linked with.
if(TARGET stoa_client)
  install(TARGETS stoa_client EXPORT stoa-client-targets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT sdk)
  install(EXPORT stoa-client-targets NAMESPACE stoa:: DESTINATION ${package_dir} COMPONENT sdk)
endif()

# The package's version is the ABI's, which is what a plugin depends on.
file(STRINGS include/stoa/version.h abi REGEX "define STOA_ABI_(MAJOR|MINOR)")
string(REGEX REPLACE "[^0-9]*([0-9]+)u[^0-9]*([0-9]+)u.*" "\\1.\\2" abi_version "${abi}")
configure_package_config_file(cmake/stoa-config.cmake.in stoa-config.cmake
  INSTALL_DESTINATION ${package_dir}
  NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(stoa-config-version.cmake
  VERSION ${abi_version}
  COMPATIBILITY SameMajorVersion)

# For plugins in C that are not built by CMake.
file(RELATIVE_PATH to_prefix /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(cmake/stoa.pc.in stoa.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/stoa.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT sdk)

install(
  FILES ${CMAKE_CURRENT_BINARY_DIR}/stoa-config.cmake
        ${CMAKE_CURRENT_BINARY_DIR}/stoa-config-version.cmake
        cmake/StoaPlugin.cmake
        cmake/stoa-plugin.map
  DESTINATION ${package_dir} COMPONENT sdk)
install(DIRECTORY include/stoa DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT sdk)
install(DIRECTORY templates DESTINATION ${CMAKE_INSTALL_DATADIR}/stoa COMPONENT sdk)
install(FILES CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT sdk)

# After a build the SDK stands installed in the folder `sdk` of the build tree.
add_custom_target(stoa_sdk_tree ALL
  COMMAND ${CMAKE_COMMAND} --install ${PROJECT_BINARY_DIR} --component sdk
          --prefix ${PROJECT_BINARY_DIR}/sdk
  COMMENT "Installing the SDK into ${PROJECT_BINARY_DIR}/sdk"
  VERBATIM)
if(TARGET stoa_client)
  add_dependencies(stoa_sdk_tree stoa_client)
endif()
