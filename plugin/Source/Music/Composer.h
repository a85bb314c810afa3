// Has the engine write music that goes on from what was played, and puts it on the chip. Worker
// thread only.
#pragma once

#include "Audio/Chips/SongPlayer.h"
#include "Engine/Inbox.h"
#include "Music/ComposeChoices.h"
#include "Music/ComposerList.h"
#include "Music/Phrase.h"
#include "Parameters.h"

namespace starling
{
/** What the editor shows of it. */
struct ComposeView
{
    std::vector<ModelSpec> composers;
    bool isListKnown = false; // of the engine that we talk to
    bool isRunning = false, isError = false, isRecording = false;
    float fraction = 0.0f; // 0..1, while it runs
    double recordedBeats = 0.0;
    juce::String message; // a sentence
    ComposeContents contents;
};

/** A host's time signature as the engine takes it: 7/8 as it is, 12/32 as 6/16; one that is none of
    1..64 over 1 to 16 is 4/4. */
juce::String metreText(int numerator, int denominator);

/** One composition at a time. Worker thread only. */
class Composer
{
  public:
    Composer(EngineLink& engineLink, Parameters& params, SongPlayer& chipSong,
             PhraseRecorder& phraseRecorder, ComposeChoices& composeChoices, Inbox& engineInbox)
        : link(engineLink),
          parameters(params),
          song(chipSong),
          recorder(phraseRecorder),
          choices(composeChoices),
          inbox(engineInbox),
          list(engineLink)
    {
    }

    /** Take in what was played; see what the host parameters request. */
    void tick(bool connected);

    /** Write with the choices as they are. */
    void compose();
    void cancel();

    /** The prompt is what was played last, a file, or nothing. */
    void promptByLast(int bars);
    void promptByFile(const juce::File& file);
    void clearPrompt();

    /** The link is gone. */
    void forgetRequests() { list.forgetRequests(); }

    ComposeView view() const;

  private:
    void listen();
    void obeyParameters();
    void promptBy(const std::optional<Phrase>& phrase, const juce::String& otherwise);
    std::optional<juce::String> promptPath(const Prompt& prompt, double tempo);
    std::optional<ModelSpec> chosen(const ComposeContents& contents);
    void send(const ComposeContents& contents, const ModelSpec& model, const juce::String& path);
    void received(const osc::Message& done, const ComposeContents& contents, double tempo, int era);
    void say(const juce::String& sentence, bool isError);
    void end(const juce::String& sentence, bool isError);

    EngineLink& link;
    Parameters& parameters;
    SongPlayer& song;
    PhraseRecorder& recorder;
    ComposeChoices& choices;
    Inbox& inbox;
    ComposerList list;
    PlayedNotes played;
    ComposeView shown;         // its choices and its list apart
    juce::StringArray remarks; // on the prompt
    int running = 0;
    bool wasRequested = true; // by the host parameter: the value that it begins with says nothing
};
} // namespace starling
