#include "Audio/Chips/SongPlayer.h"

#include <utility>

namespace starling
{
namespace
{
constexpr int midiBytes = 65536; // more than a block's worth, so that adding never allocates
constexpr int eventBytes = 16;   // more than one takes
constexpr int expressionController = 11;
constexpr double jump = 0.02; // beats: hosts round their positions
} // namespace

SongPlayer::SongPlayer()
{
    played.ensureSize(midiBytes);
}

bool SongPlayer::choose(ChipSongPointer next, std::optional<int> since)
{
    const std::lock_guard lock(mutex);

    if (since && *since != currentEra)
        return false;

    put(std::move(next));
    return true;
}

void SongPlayer::restore(ChipSongPointer next)
{
    const std::lock_guard lock(mutex);
    ++currentEra;
    put(std::move(next));
}

void SongPlayer::put(ChipSongPointer next)
{
    kept.push_back(std::exchange(current, std::move(next)));
    wanted = current.get();
    ++changes;
    const auto isFree = [this](const auto& each) { return each.get() != used; };
    kept.erase(std::remove_if(kept.begin(), kept.end(), isFree), kept.end());
}

ChipSongPointer SongPlayer::chosen() const
{
    const std::lock_guard lock(mutex);
    return current;
}

int SongPlayer::era() const
{
    const std::lock_guard lock(mutex);
    return currentEra;
}

void SongPlayer::follow(const SongPosition& position) noexcept
{
    played.clear();
    frame = 0;
    const auto* before = song;
    const auto wasPlaying = std::exchange(now, position).isPlaying;
    take();
    const auto isThere = now.isPlaying && song != nullptr;

    if (isThere && now.isOwn)
        now.beat += song->origin;

    if (isThere && wasPlaying && song == before && std::abs(now.beat - expected) < jump)
        return; // straight on

    isStopping = true;

    if (isThere)
        seek(now.beat);
}

/*  Said again until it is certain that choose() has seen it. */
void SongPlayer::take() noexcept
{
    do
        used = song = wanted;
    while (song != wanted);
}

void SongPlayer::seek(double beat) noexcept
{
    const auto since = beat - song->origin;
    cycle = std::floor(since / song->beats);
    const auto within = since - cycle * song->beats;
    const auto found =
        std::lower_bound(song->events.begin(), song->events.end(), within - 1e-9,
                         [](const auto& event, double at) { return event.beat < at; });
    index = static_cast<size_t>(found - song->events.begin());
}

double SongPlayer::beatOfNext() const noexcept
{
    const auto begin = song->origin + cycle * song->beats;
    return index < song->events.size() ? begin + song->events[index].beat
                                       : begin + song->beats + song->events[0].beat;
}

int SongPlayer::framesToNext(int most) const noexcept
{
    if (isStopping)
        return 0;

    if (song == nullptr || !now.isPlaying || now.beatsPerFrame <= 0.0)
        return most;

    const auto due = std::ceil((beatOfNext() - now.beat) / now.beatsPerFrame - 1e-6) - frame;
    return static_cast<int>(juce::jlimit(0.0, static_cast<double>(most), due));
}

bool SongPlayer::next(SongEvent& event) noexcept
{
    if (isStopping) // what sounds ends, a voice after the other
        for (size_t voice = 0; voice < keys.size(); ++voice)
            if (keys[voice] >= 0)
            {
                event = {0.0, static_cast<int>(voice), keys[voice], 0};
                note(event);
                return true;
            }

    isStopping = false;

    if (framesToNext(1) > 0)
        return false;

    if (index == song->events.size())
    {
        cycle += 1.0;
        index = 0;
    }
    event = song->events[index++];
    note(event);
    return true;
}

/*  A change of a note that does not sound, since the host began within it, is nobody's. */
void SongPlayer::note(const SongEvent& event) noexcept
{
    auto& key = keys[static_cast<size_t>(event.voice)];

    if (event.begins() || (event.isChange && key == event.key))
        express(event.voice, event.expression);

    if (event.isChange)
        return;

    key = event.begins() ? event.key : -1;
    send((event.begins() ? 0x90 : 0x80) | event.voice, event.key, event.velocity);

    if (isStopping) // who listens is left as it was
        express(event.voice, SongEvent::fullExpression);
}

void SongPlayer::express(int voice, int expression) noexcept
{
    if (std::exchange(expressions[static_cast<size_t>(voice)], expression) != expression)
        send(0xB0 | voice, expressionController, expression);
}

void SongPlayer::send(int status, int first, int second) noexcept
{
    const juce::uint8 bytes[] = {static_cast<juce::uint8>(status), static_cast<juce::uint8>(first),
                                 static_cast<juce::uint8>(second)};

    if (played.data.size() < midiBytes - eventBytes)
        played.addEvent(bytes, 3, frame);
}

void SongPlayer::advance(int frames) noexcept
{
    frame += frames;
    expected = now.beat + frame * now.beatsPerFrame;
    const auto since = song == nullptr ? 0.0 : expected - song->origin;
    shownBeat = song == nullptr || !now.isPlaying
                    ? -1.0
                    : since - std::floor(since / song->beats) * song->beats;
}

void SongPlayer::stop() noexcept
{
    now.isPlaying = false;
    isStopping = true;
}
} // namespace starling
