// Where the engine writes that it runs, and how to start it: the same folders as engine/config.py.
#pragma once

#include <juce_core/juce_core.h>

#include <optional>

namespace starling
{
/** What engine.json holds. */
struct EngineAddress
{
    int port = 0, pid = 0;
    juce::String token;
};

/** Folder of engine.json. $STARLING_HOME moves it, as in engine/config.py. */
juce::File runFolder();

/** Folder of launch.json, which `build.py install` writes. */
juce::File configFolder();

/** The running engine's address; nothing when no engine.json is there or its process is gone. */
std::optional<EngineAddress> findEngine();

/** True when launch.json names a command. */
bool canLaunchEngine();

/** Start the engine without the host's LD_LIBRARY_PATH and LD_PRELOAD; its pid, or 0. */
int launchEngine();

/** Whether an engine that launchEngine started has ended; after that its pid means nothing. */
bool hasEnded(int launchedPid);
} // namespace starling
