#include "Sounds/Textures/TextureStream.h"

namespace starling
{
namespace
{
constexpr int headerBytes = 44, frameBytes = 4; // mono float WAV
constexpr int blockFrames = 1 << 14;            // moved at once
constexpr double paceMs = 100.0;                // between two words to the engine
constexpr double turnMs = 20.0;                 // the same while a control moves
constexpr double aliveMs = 2000.0;              // a bounce: the engine ends what is silent for 10 s
constexpr double lookAheadSeconds = 0.3;        // so late a control is heard
constexpr double firstSeconds = 0.25;           // of a stream come at once
constexpr double bounceSeconds = 0.05;          // a bounce: controls are read so often
} // namespace

void TextureStream::begin(TextureFeed& newFeed, int newSeed)
{
    feed = &newFeed;
    itsSeed = newSeed;
    now = Stage::missing;
    base = 0;
    wantedUntil = 0;
    endFrames = -1;
}

void TextureStream::requested(int request, ControlValues controls)
{
    requestId = request;
    sent = std::move(controls);
    now = Stage::requested;
}

bool TextureStream::open(const osc::Message& done)
{
    namespace field = protocol::Stream::returns;
    requestId = 0;
    stream = done.integer(field::stream);
    rate = done.integer(field::rate);
    file = juce::File(done.text(field::path));
    input = file.createInputStream();

    if (input == nullptr || rate <= 0)
        return false;

    now = Stage::running;
    wantedUntil = 0;
    pacedAt = 0.0;
    feed->rate.store(static_cast<double>(rate), std::memory_order_release);
    return true;
}

void TextureStream::lose()
{
    if (now == Stage::free || now == Stage::ended)
        return;

    now = Stage::missing;
    base = isBounce() ? base : feed->ring.written();
    stream = requestId = 0;
    input = nullptr;
}

void TextureStream::finish()
{
    now = Stage::ended;
    requestId = 0;
    feed->ring.finish();
}

void TextureStream::endAt(int frames)
{
    now = Stage::ended;
    endFrames = frames;
}

void TextureStream::release()
{
    input = nullptr;
    now = Stage::free;
    stream = requestId = 0;
    feed->isTaken.store(false, std::memory_order_release);
}

int TextureStream::framesInFile() const
{
    const auto bytes = juce::jmax<juce::int64>(0, file.getSize() - headerBytes);
    return static_cast<int>(bytes / frameBytes);
}

/*  In a bounce the ring takes whole stretches up to `until`: while the engine renders one, the
    bounce stands still and no control moves, so that every bounce has the same frames. */
void TextureStream::copy()
{
    if (input == nullptr)
        return;

    const auto inFile = framesInFile();
    const auto isPart = isBounce() && now == Stage::running;
    const auto last = isPart ? (inFile < wantedUntil ? 0 : wantedUntil) : inFile;
    const auto wanted = juce::jmin(last - nextFrame(), juce::int64{feed->ring.space()});

    for (auto left = static_cast<int>(wanted); left > 0;)
    {
        block.resize(blockFrames);
        const auto frames = juce::jmin(left, blockFrames);
        input->setPosition(headerBytes + nextFrame() * frameBytes);
        const auto read = input->read(block.data(), frames * frameBytes) / frameBytes;

        if (read <= 0)
            break;

        feed->ring.write(block.data(), read); // little endian, as all that we build for
        left -= read;
    }

    if (endFrames >= 0 && nextFrame() >= juce::jmin(endFrames, inFile))
        feed->ring.finish();
}

std::optional<int> TextureStream::untilDue(bool haveControlsMoved, double nowMs) const
{
    if (now != Stage::running)
        return {};

    const auto passed = nowMs - pacedAt;

    if (isBounce())
    {
        const auto frames = untilForBounce();
        return frames > wantedUntil || passed > aliveMs ? std::optional<int>(frames) : std::nullopt;
    }

    if (passed < (haveControlsMoved ? turnMs : paceMs))
        return {};

    const auto pace = juce::jmax(feed->pace.load(), 1.0 * rate);
    const auto heard = static_cast<double>(feed->ring.heardFrames() - base);
    return juce::jmax(wantedUntil, static_cast<int>(heard + lookAheadSeconds * pace));
}

int TextureStream::untilForBounce() const
{
    const auto needed = static_cast<int>(feed->wanted.load() - base);
    const auto first = static_cast<int>(firstSeconds * rate);
    const auto stretch = juce::jmax(1, static_cast<int>(bounceSeconds * rate));

    if (needed <= wantedUntil)
        return wantedUntil;

    return needed <= first ? first : first + (needed - first + stretch - 1) / stretch * stretch;
}

void TextureStream::paced(int frames, ControlValues controls, double nowMs)
{
    wantedUntil = frames;
    sent = std::move(controls);
    pacedAt = nowMs;
}

TextureStream::Heard TextureStream::heard() const
{
    if (stream == 0)
        return {};

    return {stream, static_cast<int>(feed->ring.heardFrames() - base), rate};
}
} // namespace starling
