# What is installed where, and the Debian packages of it (tools/package.sh): one a component.
include(GNUInstallDirs)

set(LANEWAY_LIBEXEC ${CMAKE_INSTALL_LIBEXECDIR}/laneway)
install(TARGETS laneway-keeper laneway-engine DESTINATION ${LANEWAY_LIBEXEC} COMPONENT engine)
install(TARGETS laneway-enginectl DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT engine)
install(TARGETS lanewayd DESTINATION ${LANEWAY_LIBEXEC} COMPONENT daemon)
install(TARGETS laneway DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT cli)

set(packaging ${CMAKE_SOURCE_DIR}/packaging)
install(FILES ${packaging}/systemd/laneway.service DESTINATION /lib/systemd/system COMPONENT engine)
install(FILES ${packaging}/systemd/lanewayd.service DESTINATION /lib/systemd/system COMPONENT daemon)
install(FILES ${packaging}/sysusers.d/laneway.conf DESTINATION /usr/lib/sysusers.d COMPONENT engine)
install(FILES ${packaging}/tmpfiles.d/laneway.conf DESTINATION /usr/lib/tmpfiles.d COMPONENT engine)
install(FILES ${packaging}/apparmor.d/laneway-guest DESTINATION /etc/apparmor.d/abstractions COMPONENT engine)
install(FILES ${packaging}/prometheus/laneway.rules.yml ${packaging}/grafana/laneway.json
  DESTINATION ${CMAKE_INSTALL_DOCDIR}d/examples COMPONENT daemon)
# The console is built by tools/console.sh.
install(DIRECTORY ${CMAKE_SOURCE_DIR}/console/dist/ DESTINATION ${CMAKE_INSTALL_DATADIR}/laneway/console
  COMPONENT console OPTIONAL)

# Every package has its copyright and its changelog.
set(changelog ${CMAKE_BINARY_DIR}/changelog.gz)
add_custom_command(OUTPUT ${changelog} COMMAND ${GZIP} -9nc ${packaging}/debian/changelog >${changelog}
  DEPENDS ${packaging}/debian/changelog)
add_custom_target(laneway-changelog ALL DEPENDS ${changelog})
foreach(pair engine:laneway-engine daemon:lanewayd cli:laneway console:laneway-console)
  string(REPLACE ":" ";" pair ${pair})
  list(GET pair 0 component)
  list(GET pair 1 package)
  install(FILES ${packaging}/debian/copyright ${changelog} DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package}
    COMPONENT ${component})
  string(TOUPPER ${component} key)
  set(CPACK_DEBIAN_${key}_PACKAGE_NAME ${package})
endforeach()

# tools/package.sh builds what is packed; tests are not.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME laneway)
set(CPACK_PACKAGE_CONTACT "The Laneway authors <packages@laneway.example>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_COMPONENTS_ALL engine daemon cli console)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)

set(CPACK_COMPONENT_ENGINE_DESCRIPTION "virtual functions for guests: the engine and its keeper
The data path of Laneway: vhost-user-blk functions that guests attach to, on
iSCSI LUNs, files and block devices, with no hypervisor code per I/O. Guests
notice a crash or an upgrade of it as a short pause.")
set(CPACK_COMPONENT_DAEMON_DESCRIPTION "control plane of a Laneway host
Targets, volumes, functions and virtual machines in one place, through an
HTTP API that the command line and the web console use.")
set(CPACK_COMPONENT_CLI_DESCRIPTION "command line of Laneway
Manages a Laneway host through its control plane, and measures disks as a
guest would.")
set(CPACK_COMPONENT_CONSOLE_DESCRIPTION "web console of Laneway
The pages that the control plane serves to browsers.")
set(CPACK_DEBIAN_ENGINE_PACKAGE_DEPENDS "systemd | systemd-standalone-sysusers, init-system-helpers (>= 1.54~)")
set(CPACK_DEBIAN_ENGINE_PACKAGE_SUGGESTS "libvirt-daemon-system, tgt")
set(CPACK_DEBIAN_DAEMON_PACKAGE_DEPENDS "laneway-engine (= ${PROJECT_VERSION}), init-system-helpers (>= 1.54~)")
set(CPACK_DEBIAN_DAEMON_PACKAGE_RECOMMENDS "laneway, laneway-console")
set(CPACK_DEBIAN_CLI_PACKAGE_RECOMMENDS "lanewayd")
set(CPACK_DEBIAN_CONSOLE_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_CONSOLE_PACKAGE_RECOMMENDS "lanewayd")
# CPack wants scripts by the names that Debian gives them.
foreach(component engine daemon)
  set(scripts)
  foreach(script postinst prerm postrm)
    configure_file(${packaging}/debian/${component}.${script} ${CMAKE_BINARY_DIR}/debian/${component}/${script} COPYONLY)
    list(APPEND scripts ${CMAKE_BINARY_DIR}/debian/${component}/${script})
  endforeach()
  string(TOUPPER ${component} key)
  set(CPACK_DEBIAN_${key}_PACKAGE_CONTROL_EXTRA ${scripts})
endforeach()
file(WRITE ${CMAKE_BINARY_DIR}/debian/engine/conffiles "/etc/apparmor.d/abstractions/laneway-guest\n")
list(APPEND CPACK_DEBIAN_ENGINE_PACKAGE_CONTROL_EXTRA ${CMAKE_BINARY_DIR}/debian/engine/conffiles)

include(CPack)
