// What was heard of the last note, as a sound that the project keeps. Worker thread only.
#include "Sounds/Textures/TextureStreams.h"

namespace starling
{
namespace
{
constexpr double freezeMs = 30000.0; // the engine copies and hashes at most mostFrozen
}

void TextureStreams::noteHeard()
{
    if (const auto newest = voices.newestFeed(); newest >= 0)
        if (const auto heard = streams[static_cast<size_t>(newest)].heard(); heard.frames > 0)
            last = heard;
}

void TextureStreams::freeze()
{
    if (last.stream == 0 || !link.isOpen())
        return say(link.isOpen() ? "Hold a key first: what is heard of it can be frozen."
                                 : "This needs the engine, and it is not connected.",
                   true);

    const auto frames = juce::jmin(last.frames, static_cast<int>(mostFrozen * last.rate));
    Request request;
    request.address = protocol::Freeze::address;
    request.values = {last.stream, last.frames - frames, frames};
    request.timeoutMs = freezeMs;
    request.done = [this, era = desk.era()](const auto& done, const auto&)
    { frozen(soundFrom(done), era); };
    request.failed = [this](const auto&, const auto& sentence)
    {
        shown.isFreezing = false;
        say(sentence, true);
    };
    shown.isFreezing = true;
    link.send(std::move(request));
}

void TextureStreams::frozen(const SoundPointer& sound, int era)
{
    shown.isFreezing = false;

    if (sound == nullptr)
        return say("The frozen sound cannot be read.", true);

    if (era != desk.era())
        return; // of another project

    desk.keep(sound, true);

    if (!palette.contents().keeps(sound))
        return say(desk.view().message, true);

    say(juce::String(sound->frames() / sound->info.rate, 1) +
            " s are kept with the project: Sounds, Kept.",
        false);
}
} // namespace starling
