// Textures for the notes that are held: starts them, keeps them ahead of what is heard, ends them,
// and keeps a part of one as a sound. Worker thread only.
#pragma once

#include "Audio/Textures/TextureVoices.h"
#include "Sounds/SoundDesk.h"
#include "Sounds/Textures/Prime.h"
#include "Sounds/Textures/TextureList.h"
#include "Sounds/Textures/TextureStream.h"

namespace starling
{
/** What the editor shows of it. */
struct TextureView
{
    std::vector<ModelSpec> models;
    juce::String message; // a sentence
    bool isError = false, isFreezing = false;
    float heardSeconds = 0.0f; // of the last note, to be frozen; 0: nothing
};

/** The streams of one instance. Worker thread only. */
class TextureStreams
{
  public:
    static constexpr double mostFrozen = 30.0; // seconds, the last ones

    TextureStreams(EngineLink& engineLink, ModelTable& textureTable, Parameters& params,
                   TextureVoices& textureVoices, Palette& soundPalette, Inbox& engineInbox,
                   SoundDesk& soundDesk);

    void tick(bool connected);

    /** The link is gone: what plays goes on when there is an engine again. */
    void forgetRequests();

    /** Keep what was heard of the last note with the project. */
    void freeze();

    /** Have textures go on from a recording; from nothing when it is no file. */
    void prime(const juce::File& file);

    /** Whether a texture plays or is to play. */
    bool isBusy() const;

    TextureView view() const;

    /** Why a texture did not go on, as a sentence; empty when all do. */
    juce::String error() const { return shown.isError ? shown.message : juce::String(); }

  private:
    using Stage = TextureStream::Stage;

    void warmUp();
    void takeRequests();
    void release(size_t index);
    void request(size_t index);
    void refused(TextureStream& stream, const juce::String& code, const juce::String& sentence);
    void keepAhead(TextureStream& stream);
    void answered(TextureStream& stream, int id, const osc::Message& done);
    void noteHeard();
    void frozen(const SoundPointer& sound, int era);
    void say(const juce::String& sentence, bool isError);
    ControlValues controlsNow();

    EngineLink& link;
    ModelTable& table;
    Parameters& parameters;
    TextureVoices& voices;
    Palette& palette;
    SoundDesk& desk;
    PrimeFile primeFile;
    TextureList list;
    std::array<TextureStream, TextureVoices::feedCount> streams;
    juce::String controlsJson; // of the model whose controls these are
    std::vector<TextureControl> controls;
    juce::String warm;         // weights of the model that the engine has loaded for us
    TextureStream::Heard last; // of the newest note
    TextureView shown;         // its models apart
    double saidAt = 0.0;
};
} // namespace starling
