// What the host calls. It owns the parts and passes between them; the work is done in them.
#pragma once

#include "Engine/EngineClient.h"
#include "State.h"

namespace starling
{
/** One instance of the plugin. The host calls processBlock on its audio thread, state on any other,
    the editor on the message thread. */
class PluginProcessor final : public juce::AudioProcessor,
                              public juce::VST3ClientExtensions,
                              private juce::AsyncUpdater
{
  public:
    PluginProcessor();
    ~PluginProcessor() override;

    // -- audio ---------------------------------------------------------------------------------
    void prepareToPlay(double sampleRate, int maxBlock) override;
    void releaseResources() override {}
    void reset() override;
    void processBlock(juce::AudioBuffer<float>& buffer, juce::MidiBuffer& midi) override;
    void processBlockBypassed(juce::AudioBuffer<float>& buffer, juce::MidiBuffer& midi) override;
    bool isBusesLayoutSupported(const BusesLayout& layout) const override;
    bool getPluginHasMainInput() const override { return false; } // the input is a side-chain
    double getTailLengthSeconds() const override;

    // -- state ---------------------------------------------------------------------------------
    void getStateInformation(juce::MemoryBlock& out) override;
    void setStateInformation(const void* data, int size) override;

    // -- description ---------------------------------------------------------------------------
    const juce::String getName() const override { return JucePlugin_Name; }
    bool acceptsMidi() const override { return true; }
    bool producesMidi() const override { return true; } // what the chip's song plays
    bool hasEditor() const override { return true; }
    juce::AudioProcessorEditor* createEditor() override;
    int getNumPrograms() override { return 1; }
    int getCurrentProgram() override { return 0; }
    void setCurrentProgram(int) override {}
    const juce::String getProgramName(int) override { return "Default"; }
    void changeProgramName(int, const juce::String&) override {}

    // -- for the editor ------------------------------------------------------------------------
    /** Play a key from the editor's keyboard; message thread only. */
    void playKey(int note, int velocity);

    /** Play the song although the host stands still. Any thread. */
    std::atomic<bool> isListening{false};

    /** Why the last project could not be opened; empty when it could. Message thread. */
    juce::String stateError() const;

    ModelTable models, textures;
    Parameters parameters{*this, models, textures};
    SoundBank bank;
    Player player{bank};
    Capture capture;
    Palette palette;
    ComposeChoices choices;
    PhraseRecorder phrases;
    EngineClient engine{parameters, models,  textures, bank,   player,
                        capture,    palette, choices,  phrases};

    /** Look for what the host is to be told of: that a project would hold something else beside the
        parameters, or that parameters are called otherwise. The worker does so in every round; it
        is told on the message thread. Any thread but audio's. */
    void noticeChanges();

  private:
    struct KeyPress
    {
        int note = 0, velocity = 0; // velocity 0 lifts the key
    };

    int savedSerial() const noexcept;
    int namesSerial() const noexcept;
    void handleAsyncUpdate() override;
    juce::AudioBuffer<float> mixFor(juce::AudioBuffer<float>& output) noexcept;
    static void foldInto(juce::AudioBuffer<float>& output,
                         const juce::AudioBuffer<float>& mix) noexcept;
    PlayerSettings readSettings() const noexcept;
    void gatherEvents(const juce::MidiBuffer& midi) noexcept;
    void addEditorKeys(juce::MidiBuffer& midi) noexcept;
    HostTime followTransport(int frames) noexcept;
    SongPosition songPosition(const HostTime& host, int frames) noexcept;
    void sendSong(juce::MidiBuffer& midi) noexcept;
    void waitForSounds(const juce::MidiBuffer& midi);
    int missingSounds(const SoundKey* needed, int count) noexcept;
    void renderInPieces(juce::AudioBuffer<float>& output);
    void waitForTextures(int frames);

    State state{parameters, models, textures, bank, palette, player.chips.song, choices};
    juce::SmoothedValue<float> gain;
    juce::AudioBuffer<float> stereo; // what is played where the output is mono
    juce::int64 lastTime = 0;        // of the transport, in frames
    double listenBeat = 0.0;         // of the song, while the transport stands
    bool wasPlaying = false, wasBouncing = false;
    juce::MidiBuffer events; // the host's and the editor's, in one buffer sized up front
    juce::MidiBuffer piece;  // those of a piece of a bounce

    // Written by the editor's keyboard, read by the audio thread at the start of a block.
    juce::AbstractFifo keyFifo{64};
    std::array<KeyPress, 64> keyPresses;

    // What the host knows of, and what it is to be told; any thread but audio's.
    std::atomic<int> toldSaved{0}, toldNames{0};
    std::atomic<bool> isLoading{false}, hasChanged{false}, hasNewNames{false};

    mutable std::mutex errorMutex;
    juce::String lastStateError;
};
} // namespace starling
