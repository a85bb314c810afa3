#include "Audio/Phrases/PhraseRecorder.h"

#include <utility>

namespace starling
{
void PhraseRecorder::write(const juce::MidiBuffer& events, const HostTime& host, int frames,
                           bool isOn) noexcept
{
    shownTempo = host.tempo;
    shownBar = host.barBeats;
    shownMetre = (host.numerator & 0x7fff) << 16 | (host.denominator & 0xffff);
    PlayedEvent event;
    event.beat = now;

    if (std::exchange(isRecording, isOn) != isOn)
    {
        event.kind = isOn ? PlayedEvent::Kind::recordingBegins : PlayedEvent::Kind::recordingEnds;
        push(event);
    }
    event.kind = PlayedEvent::Kind::note;
    event.isHostPlaying = host.isPlaying;
    event.barBeats = host.barBeats;

    for (const auto each : events)
    {
        const auto kind = each.data[0] & 0xf0;

        if (each.numBytes < 3 || (kind != 0x80 && kind != 0x90))
            continue;

        const auto passed = each.samplePosition * host.beatsPerFrame;
        const auto inBar = host.beat - host.barStart + passed;
        const auto bars = std::floor(inBar / host.barBeats); // the block may cross a bar line
        event.beat = now + passed;
        event.inBar = inBar - bars * host.barBeats;
        event.hostBar = host.barStart + bars * host.barBeats;
        event.channel = each.data[0] & 0x0f;
        event.key = each.data[1] & 0x7f;
        event.velocity = kind == 0x90 ? each.data[2] & 0x7f : 0;
        push(event);
    }
    now += frames * host.beatsPerFrame;
    shownBeat = now;
}

void PhraseRecorder::push(const PlayedEvent& event) noexcept
{
    const auto scope = fifo.write(1);

    if (scope.blockSize1 == 1)
        ring[static_cast<size_t>(scope.startIndex1)] = event;
}

bool PhraseRecorder::read(PlayedEvent& event) noexcept
{
    const auto scope = fifo.read(1);

    if (scope.blockSize1 == 1)
        event = ring[static_cast<size_t>(scope.startIndex1)];

    return scope.blockSize1 == 1;
}
} // namespace starling
