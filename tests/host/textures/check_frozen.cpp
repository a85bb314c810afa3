// A frozen texture in a project: frozen with an engine, opened again where there is none.
#include "harness/texture_session.h"

namespace harness
{
namespace
{
constexpr double rate = 44100.0; // as the hosts of drive.py
constexpr int block = 512, seconds = 2;

/** A note from .25 to 1 s, as a host bounces it: the left channel. */
std::vector<float> bounced(starling::PluginProcessor& plugin)
{
    constexpr int on = static_cast<int>(0.25 * rate), off = static_cast<int>(rate);
    plugin.setNonRealtime(true);
    plugin.setRateAndBufferSizeDetails(rate, block);
    plugin.prepareToPlay(rate, block);
    juce::AudioBuffer<float> audio(4, block);
    std::vector<float> result;

    for (int at = 0; at < seconds * static_cast<int>(rate); at += block)
    {
        juce::MidiBuffer midi;
        audio.clear();

        if (on >= at && on < at + block)
            midi.addEvents(noteOn(60, 127, on - at), 0, -1, 0);

        if (off >= at && off < at + block)
            midi.addEvents(noteOff(60, off - at), 0, -1, 0);

        plugin.processBlock(audio, midi);
        result.insert(result.end(), audio.getReadPointer(0), audio.getReadPointer(0) + block);
    }
    return result;
}

juce::MemoryBlock bytesOf(const std::vector<float>& samples)
{
    return {samples.data(), samples.size() * sizeof(float)};
}

/** The state of a plugin as JUCE's VST3 hosts write it into their projects. */
juce::MemoryBlock project(const juce::MemoryBlock& state)
{
    juce::XmlElement xml("VST3PluginState");
    xml.createNewChildElement("IComponent")->addTextElement(state.toBase64Encoding());
    juce::MemoryBlock result;
    juce::AudioProcessor::copyXmlToBinary(xml, result);
    return result;
}
} // namespace

int checkFreeze(const Arguments& arguments)
{
    Checks check;
    const juce::File folder(arguments[0]);
    Textures textures;
    check.that(textures.connect() && textures.press(60) >= 0.0, "a texture sounds");
    textures.session.rest(1.5);
    textures.session.post([](auto& engine) { engine.textures.freeze(); });
    textures.session.host.waitUntil([&] { return !textures.view().isFreezing; }, Session::patience);
    textures.lift(60);
    auto& plugin = textures.plugin();
    const auto kept = plugin.palette.contents().kept;
    check.that(kept.size() == 1, "it is frozen");

    if (kept.empty())
        return check.exitCode();

    textures.session.post([&](auto& engine) { engine.desk.use(kept[0]); });
    textures.session.rest(0.2);
    check.that(plugin.bank.current().sound == kept[0], "and goes on the keys");
    juce::MemoryBlock state;
    plugin.getStateInformation(state);
    const auto heard = bytesOf(bounced(plugin)), saved = project(state);
    const auto isWritten = [&folder](const char* name, const juce::MemoryBlock& bytes)
    { return folder.getChildFile(name).replaceWithData(bytes.getData(), bytes.getSize()); };
    check.that(isWritten("state", state) && isWritten("project", saved) &&
                   isWritten("bounce", heard),
               "the project and its bounce are written");
    return check.exitCode();
}

int checkReopen(const Arguments& arguments)
{
    Checks check;
    const juce::File folder(arguments[0]);
    juce::MemoryBlock state, before;
    check.that(folder.getChildFile("state").loadFileAsData(state) &&
                   folder.getChildFile("bounce").loadFileAsData(before),
               "there is a project");
    Host host;
    host.plugin.setStateInformation(state.getData(), static_cast<int>(state.getSize()));
    check.that(host.plugin.palette.contents().kept.size() == 1, "it has its frozen texture");
    const auto after = bounced(host.plugin);
    check.that(std::any_of(after.begin(), after.end(), [](auto n) { return std::abs(n) > 0.05f; }),
               "which sounds");
    check.that(bytesOf(after) == before, "bit for bit as with the engine");
    check.that(host.plugin.engine.view().state != starling::EngineState::connected,
               "and there is none");
    return check.exitCode();
}
} // namespace harness
