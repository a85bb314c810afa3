# JUCE's VST3 and LV2 wrappers allocate and lock in the audio callback. This builds them from copies
# of their own sources, made here from the JUCE that is installed, with these lines changed:
#
#   juce_VST3Common.h      a vector was copied in every block; 7.0.6 takes a reference, as here
#   VST3 wrapper           a block longer than announced was written past its scratch buffer; here
#                          that grows, as the host has broken its word
#   both wrappers          each block took the processor's callback lock, which guards only
#                          suspendProcessing(): nothing in Starling calls that
#   both wrappers          automation called each listener under a lock. Here it sets the value, which
#                          is atomic; the editor looks for such values (Parameters::takeAutomation)
#
#   LV2 wrapper            in the plugin's description numbers are decimal, as their type is; what has
#                          steps gives them in the parameter's range, not from 0 to 1; units;
#                          parameter groups come in their order, not in that of their addresses
#
# A JUCE without one of these lines is used as it is, unless it is the one they were found in.
set(patched_dir "${CMAKE_CURRENT_BINARY_DIR}/patched")

# Write a copy of a file of JUCE's with `from` replaced by `to`, pairs of them.
function(starling_patch file)
    set(original "${juce_modules}/${file}")
    if(NOT EXISTS "${original}") # JUCE 8 has VST3Common.h elsewhere, and mended
        return()
    endif()
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${original}")
    file(READ "${original}" text)
    while(ARGN)
        list(POP_FRONT ARGN from to)
        string(FIND "${text}" "${from}" at)
        if(at EQUAL -1 AND STARLING_JUCE_VERSION VERSION_EQUAL 7.0.5)
            message(FATAL_ERROR "${original} has no `${from}`: PatchJUCE.cmake must change")
        elseif(at EQUAL -1)
            message(STATUS "${file} has no `${from}`: not patched")
        endif()
        string(REPLACE "${from}" "${to}" text "${text}")
    endwhile()
    file(CONFIGURE OUTPUT "${patched_dir}/${file}" CONTENT "${text}" @ONLY)
endfunction()

# Have a format's wrapper compiled from such a copy. Until JUCE 7.0.5 the code is in a file of its
# own in a folder, since then in the module's unit itself.
function(starling_patch_wrapper format wrapper)
    set(unit "juce_audio_plugin_client/juce_audio_plugin_client_${format}.cpp")
    set(folder "${juce_modules}/juce_audio_plugin_client")
    if(EXISTS "${juce_modules}/${wrapper}")
        starling_patch("${wrapper}" ${ARGN})
        configure_file("${juce_modules}/${unit}" "${patched_dir}/${unit}" COPYONLY)
    else()
        starling_patch("${unit}" ${ARGN})
    endif()
    get_target_property(units juce_audio_plugin_client_${format} INTERFACE_SOURCES)
    string(REPLACE "${juce_modules}/${unit}" "${patched_dir}/${unit}" units "${units}")
    set_target_properties(juce_audio_plugin_client_${format} PROPERTIES
        INTERFACE_SOURCES "${units}")
    target_include_directories(Starling_${format} BEFORE PRIVATE
        "${patched_dir}" "${folder}" "${folder}/${format}") # where its own includes start
endfunction()

starling_patch(juce_audio_processors/format_types/juce_VST3Common.h
    "const auto mapping = map[busIndex]" "const auto& mapping = map[busIndex]")
starling_patch_wrapper(VST3 juce_audio_plugin_client/VST3/juce_VST3_Wrapper.cpp
    "const ScopedLock sl (pluginInstance->getCallbackLock())" "{}"
    "remappedBuffer { bufferMapper, data }"
    "remappedBuffer { (data.numSamples > processSetup.maxSamplesPerBlock
        ? bufferMapper.prepare ((int) (processSetup.maxSamplesPerBlock = data.numSamples))
        : void(), bufferMapper), data }"
    "setValueAndNotifyIfChanged (*param, (float) change->value)"
    "param->setValue ((float) change->value)")
starling_patch_wrapper(LV2 juce_audio_plugin_client/LV2/juce_LV2_Client.cpp
    "const ScopedLock lock { processor->getCallbackLock() }" "{}"
    "param->setValueNotifyingHost (scaledValue)" "param->setValue (scaledValue)"
    "<< rangedParam->convertFrom0to1 (rangedParam->getDefaultValue())"
    "<< String (rangedParam->convertFrom0to1 (rangedParam->getDefaultValue()), 6)"
    "<< rangedParam->getNormalisableRange().start"
    "<< String (rangedParam->getNormalisableRange().start, 6)"
    "<< rangedParam->getNormalisableRange().end"
    "<< String (rangedParam->getNormalisableRange().end, 6)"
    [["\t\trdf:value " << value]]
    [["\t\trdf:value " << String (dynamic_cast<const RangedAudioParameter&> (param).convertFrom0to1 (value), 6)]]
    "std::map<const AudioProcessorParameterGroup*, String>"
    "std::vector<std::pair<const AudioProcessorParameterGroup*, String>>"
    "result.emplace (group, symbol)" "result.emplace_back (group, symbol)"
    "groupsAndSymbols.find (parent)"
    "std::find (groupsAndSymbols.cbegin(), groupsAndSymbols.cend(),
                                                     std::make_pair (parent, getSymbolForGroup (*parent)))"
    [[os << "\trdfs:range atom:Float]]
    [[os << (param.getLabel() == "s" ? "\tunits:unit units:s \x3b\n"
                   : param.getLabel() == "dB" ? "\tunits:unit units:db \x3b\n"
                   : param.getLabel() == "st" ? "\tunits:unit units:semitone12TET \x3b\n" : "")
               << "\trdfs:range atom:Float]])
