#include "PluginProcessor.h"

#include "Editor/Editor.h"

namespace starling
{
namespace
{
constexpr double gainSeconds = 0.02;
constexpr int midiBytes = 65536; // more than a block's worth, so that adding never allocates
constexpr int keyBytes = 1024;   // of them for the editor's keys
constexpr int mostSent = 200;    // events of a block that hosts have room for, in real time
} // namespace

PluginProcessor::PluginProcessor()
    : AudioProcessor(BusesProperties()
                         .withInput("Side-chain", juce::AudioChannelSet::stereo(), false)
                         .withOutput("Output", juce::AudioChannelSet::stereo(), true))
{
    events.ensureSize(midiBytes);
    toldSaved = savedSerial();
    toldNames = namesSerial();
    engine.onRound = [this] { noticeChanges(); };
}

PluginProcessor::~PluginProcessor()
{
    engine.stop(); // nothing triggers an update any more
    cancelPendingUpdate();
}

void PluginProcessor::prepareToPlay(double sampleRate, int maxBlock)
{
    stereo.setSize(2, maxBlock);
    player.prepare(sampleRate);
    capture.prepare(sampleRate);
    gain.reset(sampleRate, gainSeconds);
    gain.setCurrentAndTargetValue(
        juce::Decibels::decibelsToGain(parameters.value(indexOf(param::gain)), -59.9f));
    wasPlaying = wasBouncing = false;
    engine.start();
}

void PluginProcessor::reset()
{
    player.reset();
}

bool PluginProcessor::isBusesLayoutSupported(const BusesLayout& layout) const
{
    const auto isOneOrTwo = [](const juce::AudioChannelSet& set)
    { return set == juce::AudioChannelSet::stereo() || set == juce::AudioChannelSet::mono(); };
    const auto input = layout.getMainInputChannelSet();
    return isOneOrTwo(layout.getMainOutputChannelSet()) &&
           (input.isDisabled() || isOneOrTwo(input));
}

double PluginProcessor::getTailLengthSeconds() const
{
    return static_cast<double>(parameters.value(indexOf(param::release)));
}

/*  The audio thread. Stages:
      1. side-chain: keep it if recording, then make room for our own sound
      2. keys from the editor join the host's MIDI
      3. the transport: a start or a loop rewinds the round robins and the vibrato, so that each
         pass plays the same; and what is played is passed on to whom it prompts
      4. bounce only: wait until exactly the sounds of this block's notes are there
      5. play: sounds that arrived are taken in, events handled at their frames, voices mixed; a
         bounce of textures goes piece by piece and waits for their frames
      6. output level; a mono output is the mean of both sides
      7. what the chip's song played goes to the host as MIDI
      8. let the worker know that audio runs
    Nothing here allocates, frees, locks or calls the system, except the waiting of stages 4 and 5,
    which runs only when the host has set that it is not in real time. */
void PluginProcessor::processBlock(juce::AudioBuffer<float>& buffer, juce::MidiBuffer& midi)
{
    const juce::ScopedNoDenormals noDenormals;

    // 1. side-chain
    capture.write(getBusBuffer(buffer, true, 0));
    buffer.clear();

    // 2. keys
    gatherEvents(midi);

    // 3. transport
    const auto time = followTransport(buffer.getNumSamples());
    phrases.write(events, time, buffer.getNumSamples(),
                  parameters.value(indexOf(param::record)) >= 0.5f);

    // 4. bounce
    if (isNonRealtime())
        waitForSounds(events);

    // 5. play
    auto output = getBusBuffer(buffer, false, 0);
    auto mix = mixFor(output);
    const auto settings = readSettings();

    if (settings.isBounce && (settings.texture || player.textures.isActive()))
        renderInPieces(mix);
    else
        player.render(mix, events, settings);

    // 6. level
    gain.setTargetValue(
        juce::Decibels::decibelsToGain(parameters.value(indexOf(param::gain)), -59.9f));
    gain.applyGain(mix, mix.getNumSamples());

    if (output.getNumChannels() == 1)
        foldInto(output, mix);

    // 7. MIDI
    sendSong(midi);

    // 8. worker
    engine.audioRan(isNonRealtime(), time.isPlaying);
}

/*  Silence, and none of the side-chain. Sounds still arrive, so that nothing piles up. */
void PluginProcessor::processBlockBypassed(juce::AudioBuffer<float>& buffer, juce::MidiBuffer& midi)
{
    buffer.clear();
    gatherEvents({}); // keys pressed in the editor do not wait for the end of the bypass
    player.takeIn();
    player.reset();
    player.chips.end();
    sendSong(midi);
    engine.audioRan(isNonRealtime(), false);
}

/*  The output itself, or two channels for it where it has one. A block longer than the host has
    announced is cut to what there is room for. */
juce::AudioBuffer<float> PluginProcessor::mixFor(juce::AudioBuffer<float>& output) noexcept
{
    auto& target = output.getNumChannels() == 1 ? stereo : output;
    const auto frames = juce::jmin(output.getNumSamples(), target.getNumSamples());
    juce::AudioBuffer<float> mix(target.getArrayOfWritePointers(), 2, frames);
    mix.clear();
    return mix;
}

void PluginProcessor::foldInto(juce::AudioBuffer<float>& output,
                               const juce::AudioBuffer<float>& mix) noexcept
{
    for (int side = 0; side < 2; ++side)
        output.addFrom(0, 0, mix, side, 0, mix.getNumSamples(), 0.5f);
}

PlayerSettings PluginProcessor::readSettings() const noexcept
{
    auto settings = parameters.playerSettings();
    settings.keyed = models.isKeyed(settings.soundKey.model);
    settings.hasEngine = engine.isHopeful();
    settings.isBounce = isNonRealtime();
    settings.playsTemporary = !settings.isBounce;
    return settings;
}

/*  Every short event wherever it lies: a host may send a block of no frames only for its events.
    Long ones (SysEx) mean nothing here. */
void PluginProcessor::gatherEvents(const juce::MidiBuffer& midi) noexcept
{
    events.clear();

    for (const auto event : midi)
        if (event.numBytes <= 3 && events.data.size() < midiBytes - keyBytes)
            events.addEvent(event.data, event.numBytes, event.samplePosition);

    addEditorKeys(events);
}

void PluginProcessor::addEditorKeys(juce::MidiBuffer& midi) noexcept
{
    const auto scope = keyFifo.read(keyFifo.getNumReady());
    scope.forEach(
        [&](int index)
        {
            const auto press = keyPresses[static_cast<size_t>(index)];
            const juce::uint8 bytes[] = {static_cast<juce::uint8>(press.velocity > 0 ? 0x90 : 0x80),
                                         static_cast<juce::uint8>(press.note),
                                         static_cast<juce::uint8>(press.velocity)};
            midi.addEvent(bytes, 3, 0);
        });
}

HostTime PluginProcessor::followTransport(int frames) noexcept
{
    auto playing = false;
    auto time = lastTime;
    juce::AudioPlayHead::PositionInfo host;

    if (auto* playHead = getPlayHead())
        if (const auto position = playHead->getPosition())
        {
            playing = position->getIsPlaying();
            time = position->getTimeInSamples().orFallback(lastTime);
            host = *position;
        }

    const auto looped = playing && time < std::exchange(lastTime, time);

    if ((playing && !wasPlaying) || looped || (isNonRealtime() && !wasBouncing))
        player.rewind();

    wasPlaying = playing;
    wasBouncing = isNonRealtime();
    const auto result = hostTimeFrom(host, static_cast<double>(lastTime), getSampleRate());
    player.chips.song.follow(songPosition(result, frames));
    return result;
}

/*  The host's beat while it plays; while it stands and the song is listened to, one of our own. */
SongPosition PluginProcessor::songPosition(const HostTime& host, int frames) noexcept
{
    SongPosition result;
    result.beatsPerFrame = host.beatsPerFrame;
    result.isOwn = isListening && !host.isPlaying;
    result.beat = result.isOwn ? listenBeat : host.beat;
    result.isPlaying = host.isPlaying || (result.isOwn && host.tempo > 0.0);
    listenBeat = result.isOwn ? listenBeat + frames * result.beatsPerFrame : 0.0;
    return result;
}

/*  The host's buffer has room for as many events as its wrapper made: more would allocate. */
void PluginProcessor::sendSong(juce::MidiBuffer& midi) noexcept
{
    midi.clear();
    int sent = 0;

    for (const auto event : player.chips.song.played)
        if (sent++ < mostSent || isNonRealtime())
            midi.addEvent(event.data, event.numBytes, event.samplePosition);
}

void PluginProcessor::getStateInformation(juce::MemoryBlock& out)
{
    state.save(out);
}

void PluginProcessor::setStateInformation(const void* data, int size)
{
    isLoading = true;
    const auto error = state.load(data, size);
    toldSaved = savedSerial(); // the host gave it
    isLoading = false;

    if (error.isEmpty())
        engine.post([this] { engine.fetcher.startAnew(); });

    const std::lock_guard lock(errorMutex);
    lastStateError = error;
}

juce::String PluginProcessor::stateError() const
{
    const std::lock_guard lock(errorMutex);
    return lastStateError;
}

void PluginProcessor::playKey(int note, int velocity)
{
    const auto scope = keyFifo.write(1);

    if (scope.blockSize1 == 1)
        keyPresses[static_cast<size_t>(scope.startIndex1)] = {note, velocity};
}

juce::AudioProcessorEditor* PluginProcessor::createEditor()
{
    engine.start();
    return new Editor(*this);
}
} // namespace starling

juce::AudioProcessor* JUCE_CALLTYPE createPluginFilter()
{
    return new starling::PluginProcessor();
}
