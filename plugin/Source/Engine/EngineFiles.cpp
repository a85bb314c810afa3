#include "Engine/EngineFiles.h"

#include "Wire/Json.h"

#if JUCE_WINDOWS
#include <windows.h>
#else
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
extern char** environ;
#endif

namespace starling
{
namespace
{
juce::String environment(const char* name)
{
    return juce::SystemStats::getEnvironmentVariable(name, {});
}

juce::File home()
{
    return juce::File::getSpecialLocation(juce::File::userHomeDirectory);
}

/** platformdirs' user_cache_dir and user_config_dir for each system. */
juce::File userFolder(const char* xdgName, const char* xdgDefault, const char* macName)
{
#if JUCE_WINDOWS
    juce::ignoreUnused(xdgName, xdgDefault, macName);
    return juce::File::getSpecialLocation(juce::File::windowsLocalAppData).getChildFile("starling");
#elif JUCE_MAC
    juce::ignoreUnused(xdgName, xdgDefault);
    return home().getChildFile("Library").getChildFile(macName).getChildFile("starling");
#else
    juce::ignoreUnused(macName);
    const auto base = environment(xdgName);
    return (base.isNotEmpty() ? juce::File(base) : home().getChildFile(xdgDefault))
        .getChildFile("starling");
#endif
}

juce::File starlingHome()
{
    const auto path = environment("STARLING_HOME");
    return path.isEmpty() ? juce::File()
                          : juce::File::getCurrentWorkingDirectory().getChildFile(path);
}

juce::var readJson(const juce::File& file)
{
    return file.existsAsFile() ? parseJson(file.loadFileAsString()) : juce::var();
}

bool isRunning(int pid)
{
#if JUCE_WINDOWS
    const auto process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, (DWORD) pid);
    if (process != nullptr)
        CloseHandle(process);
    return process != nullptr;
#else
    siginfo_t child{};

    if (pid <= 0 ||
        (waitid(P_PID, static_cast<id_t>(pid), &child, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         child.si_pid == pid))
        return false; // an engine of ours that ended and was not waited for yet

    return kill(pid, 0) == 0 || errno == EPERM;
#endif
}

juce::var launchFile()
{
    return readJson(configFolder().getChildFile("launch.json"));
}

juce::StringArray launchCommand(const juce::var& launch)
{
    juce::StringArray command;

    if (const auto* words = launch["command"].getArray())
        for (const auto& word : *words)
            command.add(word.toString());

    return command;
}

#if !JUCE_WINDOWS
/** The host's variables without those that would load its libraries into Python, and with
    launch.json's in the place of its own. */
juce::StringArray childEnvironment(const juce::var& launch)
{
    juce::StringArray result;
    juce::StringArray unwanted{"LD_LIBRARY_PATH", "LD_PRELOAD", "PYTHONHOME", "PYTHONPATH"};
    auto* extra = launch["env"].getDynamicObject();

    if (extra != nullptr)
        for (const auto& each : extra->getProperties())
            unwanted.add(each.name.toString());

    for (auto** entry = environ; *entry != nullptr; ++entry)
    {
        const juce::String text = juce::String::fromUTF8(*entry);

        if (!unwanted.contains(text.upToFirstOccurrenceOf("=", false, false)))
            result.add(text);
    }

    if (extra != nullptr)
        for (const auto& each : extra->getProperties())
            result.add(each.name.toString() + "=" + each.value.toString());

    return result;
}

std::vector<char*> pointers(const juce::StringArray& words)
{
    std::vector<char*> result;

    for (const auto& word : words)
        result.push_back(const_cast<char*>(word.toRawUTF8()));

    result.push_back(nullptr);
    return result;
}
#endif
} // namespace

juce::File runFolder()
{
    if (const auto root = starlingHome(); root != juce::File())
        return root.getChildFile("run");

#if JUCE_LINUX
    if (const auto runtime = environment("XDG_RUNTIME_DIR"); runtime.isNotEmpty())
        return juce::File(runtime).getChildFile("starling");
#endif
#if JUCE_WINDOWS
    return userFolder("", "", "").getChildFile("Cache").getChildFile("run");
#else
    return userFolder("XDG_CACHE_HOME", ".cache", "Caches").getChildFile("run");
#endif
}

juce::File configFolder()
{
    if (const auto root = starlingHome(); root != juce::File())
        return root.getChildFile("config");

    return userFolder("XDG_CONFIG_HOME", ".config", "Application Support");
}

std::optional<EngineAddress> findEngine()
{
    const auto json = readJson(runFolder().getChildFile("engine.json"));
    EngineAddress address{json["port"], json["pid"], json["token"].toString()};

    if (address.port <= 0 || address.port > 65535 || !isRunning(address.pid))
        return {};

    return address;
}

bool canLaunchEngine()
{
    return !launchCommand(launchFile()).isEmpty();
}

#if JUCE_WINDOWS
int launchEngine()
{
    juce::ChildProcess process; // leaves the engine running when it goes out of scope
    return process.start(launchCommand(launchFile()), 0) ? 1 : 0;
}

bool hasEnded(int)
{
    return false;
}
#else
int launchEngine()
{
    const auto launch = launchFile();
    const auto command = launchCommand(launch);
    const auto variables = childEnvironment(launch);

    if (command.isEmpty())
        return 0;

    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 34)
    posix_spawn_file_actions_addclosefrom_np(&files, 3); // the host's own files
#endif
    sigset_t none;
    sigemptyset(&none); // a host may block SIGTERM; the engine must not inherit that
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
#ifdef POSIX_SPAWN_SETSID
    constexpr auto ownSession = POSIX_SPAWN_SETSID; // a host's Ctrl-C is not for it
#else
    constexpr auto ownSession = 0;
#endif
    posix_spawnattr_setflags(&attributes, static_cast<short>(POSIX_SPAWN_SETSIGMASK | ownSession));

    pid_t pid = 0;
    const auto failed = posix_spawn(&pid, command[0].toRawUTF8(), &files, &attributes,
                                    pointers(command).data(), pointers(variables).data());
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return failed ? 0 : static_cast<int>(pid);
}

bool hasEnded(int launchedPid)
{
    return waitpid(launchedPid, nullptr, WNOHANG) != 0; // so that no zombie stays
}
#endif
} // namespace starling
