#include "Music/Composer.h"

#include "Wire/Json.h"

namespace starling
{
namespace
{
constexpr double patienceMs = 605000.0;          // the engine gives up after 600 s
constexpr int mostNotes = 64, shortestNote = 16; // of a bar, as the verb `compose` takes
constexpr const char* remark = "the prompt: ";   // progress that says what a prompt lost

juce::String counted(int number, const char* what)
{
    return juce::String(number) + " " + what + (number == 1 ? "" : "s");
}
} // namespace

juce::String metreText(int numerator, int denominator)
{
    for (; denominator > shortestNote && numerator % 2 == 0; denominator /= 2)
        numerator /= 2;

    const auto isKnown = numerator >= 1 && numerator <= mostNotes && denominator >= 1 &&
                         denominator <= shortestNote && juce::isPowerOfTwo(denominator);
    return isKnown ? juce::String(numerator) + "/" + juce::String(denominator) : "4/4";
}

void Composer::tick(bool connected)
{
    list.tick(connected);
    listen();
    obeyParameters();
}

void Composer::listen()
{
    for (PlayedEvent event; recorder.read(event);)
    {
        played.add(event);

        if (event.kind == PlayedEvent::Kind::recordingEnds)
            promptBy(played.takeRecorded(), "Nothing was played while recording; the prompt is as "
                                            "it was.");
    }
    shown.isRecording = played.isRecording();
    shown.recordedBeats = shown.isRecording ? recorder.beat() - played.recordedFrom() : 0.0;
}

/*  A host, or a pad that it maps, presses Compose as the button does; it springs back. */
void Composer::obeyParameters()
{
    const auto isRequested = parameters.value(indexOf(param::compose)) >= 0.5f;

    if (std::exchange(wasRequested, isRequested) || !isRequested)
        return;

    parameters.set(param::compose, false);
    compose();
}

void Composer::promptByLast(int bars)
{
    listen();
    promptBy(played.last(bars, recorder.barBeats(), recorder.beat()),
             "Nothing was played yet: play something, and take it.");
}

void Composer::promptBy(const std::optional<Phrase>& phrase, const juce::String& otherwise)
{
    if (!phrase)
        return say(otherwise, true);

    const auto settings = parameters.playerSettings();
    const auto isVoices = settings.chip && choosesVoices(*phrase, settings.chips);
    const auto& last = phrase->notes.back();
    const Prompt prompt{counted(static_cast<int>(phrase->notes.size()), "note") + ", " +
                            juce::String(last.end, 1) + " beats",
                        std::make_shared<const juce::MemoryBlock>(midiOf(
                            *phrase, isVoices ? settings.chips : std::optional<ChipSettings>())),
                        phrase->origin};
    choices.change([&prompt](auto& contents) { contents.prompt = prompt; });
    say({}, false);
}

void Composer::promptByFile(const juce::File& file)
{
    const auto read = readPrompt(file);

    if (read.error.isNotEmpty())
        return say(read.error, true);

    choices.change([&read](auto& contents) { contents.prompt = read.prompt; });
    say({}, false);
}

void Composer::clearPrompt()
{
    choices.change([](auto& contents) { contents.prompt = {}; });
    say({}, false);
}

std::optional<ModelSpec> Composer::chosen(const ComposeContents& contents)
{
    const auto& models = list.models();
    const auto found = std::find_if(models.begin(), models.end(), [&contents](const auto& model)
                                    { return model.name == contents.model; });
    return found != models.end() ? *found
           : models.empty()      ? std::optional<ModelSpec>()
                                 : models.front();
}

void Composer::compose()
{
    if (shown.isRunning)
        return;

    listen();
    const auto contents = choices.contents();
    const auto model = chosen(contents);

    if (!link.isOpen() || !list.isKnown())
        return say("Composing needs the engine, and it is not connected.", true);

    if (!model)
        return say("There is no composer. `starling train nes` makes one from scores.", true);

    if (recorder.tempo() <= 0.0)
        return say("The host has no tempo.", true);

    if (const auto path = promptPath(contents.prompt, recorder.tempo()))
        send(contents, *model, *path);
}

std::optional<juce::String> Composer::promptPath(const Prompt& prompt, double tempo)
{
    if (!prompt.isThere())
        return juce::String();

    const auto file = inbox.newFile("prompt.mid");
    const auto bytes = atTempo(*prompt.file, tempo);

    if (!file || !file->replaceWithData(bytes.getData(), bytes.getSize()))
    {
        say(file ? "The prompt cannot be written." : inbox.error(), true);
        return {};
    }
    return file->getFullPathName();
}

void Composer::send(const ComposeContents& contents, const ModelSpec& model,
                    const juce::String& path)
{
    const auto tempo = recorder.tempo();
    const auto [numerator, denominator] = recorder.metre();
    Request request;
    request.address = protocol::Compose::address;
    request.values = {model.name,
                      contents.seed,
                      path,
                      voicesText(contents),
                      contents.bars,
                      metreText(numerator, denominator),
                      static_cast<float>(tempo)};

    for (const auto& control : model.everyControl())
        for (size_t n = 0; n < contents.values.size(); ++n)
            if (control.name == ComposeContents::controlTable[n] && contents.values[n] >= 0.0f)
            {
                request.values.emplace_back(control.name);
                request.values.emplace_back(
                    juce::jlimit(control.minimum, control.maximum, contents.values[n]));
            }

    request.timeoutMs = patienceMs;
    request.progress = [this](float fraction, const juce::String& text)
    {
        if (text.startsWith(remark))
            remarks.addIfNotAlreadyThere(text.fromFirstOccurrenceOf(remark, false, false));
        else
            shown.message = text;

        shown.fraction = fraction;
    };
    request.done = [this, contents, tempo, era = song.era()](const auto& done, const auto&)
    { received(done, contents, tempo, era); };
    request.failed = [this](const auto& code, const auto& sentence)
    {
        end(code == EngineLink::lost ? "The engine went away while it was composing. Compose again "
                                       "once it is back."
                                     : sentence,
            true);
    };
    remarks.clear();
    shown.isRunning = true;
    shown.isError = false;
    shown.fraction = 0.0f;
    shown.message = "Composing...";
    running = link.send(std::move(request));
}

void Composer::received(const osc::Message& done, const ComposeContents& contents, double tempo,
                        int era)
{
    namespace field = protocol::Compose::returns;
    const auto seed = juce::String(contents.seed);
    juce::MemoryBlock bytes;
    const auto hasRead = juce::File(done.text(field::midi)).loadFileAsData(bytes);
    const auto read =
        readSong(bytes, parseJson(done.text(field::recipe))["model"].toString() + " " + seed);
    link.send({protocol::Release::address, {done.text(field::sound)}, {}, {}, {}, -1, 5000.0});

    if (!hasRead)
        return end("The music that was written cannot be read.", true);

    if (read.song == nullptr)
        return end("Seed " + seed + " came out silent; another seed will not.", true);

    const auto seconds =
        done.integer(field::start) / juce::jmax(1.0, 1.0 * done.integer(field::rate));
    const auto written =
        placed(*read.song, contents.prompt.origin, std::round(4.0 * seconds * tempo / 60.0) / 4.0);

    if (!song.choose(written, era))
        return end({}, false);

    parameters.set(param::chip, true);
    auto sentence =
        "The chip plays it with the host" +
        juce::String(written->origin > 0.0 ? ", from where the prompt was played" : "") + ".";

    if (!remarks.isEmpty())
        sentence << " Of the prompt, " << remarks.joinIntoString("; ") << ".";

    end(sentence, false);
}

void Composer::cancel()
{
    if (!shown.isRunning)
        return;

    link.cancel(running);
    end("Cancelled.", false);
}

void Composer::say(const juce::String& sentence, bool isError)
{
    if (shown.isRunning)
        return; // its progress is shown

    shown.message = sentence;
    shown.isError = isError;
}

void Composer::end(const juce::String& sentence, bool isError)
{
    shown.isRunning = false;
    say(sentence, isError);
}

ComposeView Composer::view() const
{
    auto result = shown;
    result.composers = list.models();
    result.isListKnown = list.isKnown();
    result.contents = choices.contents();
    return result;
}
} // namespace starling
