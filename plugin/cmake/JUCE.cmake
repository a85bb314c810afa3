# JUCE from JUCE_DIR (a variable of CMake or of the environment) or from Debian's package.
# Sets STARLING_CODECS: the system libraries that these modules expect for FLAC and Vorbis.
if(NOT JUCE_DIR AND DEFINED ENV{JUCE_DIR})
    set(JUCE_DIR "$ENV{JUCE_DIR}" CACHE PATH "JUCE's source, or the folder of JUCEConfig.cmake")
endif()

if(JUCE_DIR AND EXISTS "${JUCE_DIR}/modules/juce_core")
    add_subdirectory("${JUCE_DIR}" JUCE EXCLUDE_FROM_ALL)
else()
    find_package(JUCE CONFIG REQUIRED)
endif()

get_target_property(juce_modules juce::juce_core INTERFACE_JUCE_MODULE_PATH)
file(STRINGS "${juce_modules}/juce_core/juce_core.h" declared REGEX "^ *version: *[0-9.]+")
string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" STARLING_JUCE_VERSION "${declared}")
if(STARLING_JUCE_VERSION VERSION_LESS 7 OR STARLING_JUCE_VERSION VERSION_GREATER_EQUAL 10)
    message(FATAL_ERROR "JUCE ${STARLING_JUCE_VERSION} in ${juce_modules}: Starling needs 7 to 9")
endif()
message(STATUS "JUCE ${STARLING_JUCE_VERSION} from ${juce_modules}")

# Debian ships the program that writes an LV2 plugin's Turtle files already built, but under a name
# that JUCE's own rule then tries to define again. The rule leaves a target of this name alone:
if(TARGET juce::juce_lv2_helper AND NOT TARGET juce_lv2_helper)
    get_target_property(helper juce::juce_lv2_helper IMPORTED_LOCATION_NONE)
    add_executable(juce_lv2_helper IMPORTED GLOBAL)
    set_target_properties(juce_lv2_helper PROPERTIES IMPORTED_LOCATION "${helper}")
endif()

# Debian removes JUCE's copies of the codecs.
set(STARLING_CODECS)
if(CMAKE_SYSTEM_NAME STREQUAL "Linux"
   AND NOT EXISTS "${juce_modules}/juce_audio_formats/codecs/flac/all.h")
    find_package(PkgConfig REQUIRED)
    pkg_check_modules(codecs REQUIRED IMPORTED_TARGET flac vorbis vorbisfile vorbisenc ogg)
    set(STARLING_CODECS PkgConfig::codecs)
endif()
