#include "Sounds/Textures/TextureStreams.h"

namespace starling
{
namespace
{
constexpr double readMs = 5000.0; // a sentence stays so long, whatever is played

double now()
{
    return juce::Time::getMillisecondCounterHiRes();
}

void append(std::vector<osc::Value>& values, const ControlValues& controls)
{
    for (const auto& [name, value] : controls)
    {
        values.emplace_back(name);
        values.emplace_back(value);
    }
}
} // namespace

TextureStreams::TextureStreams(EngineLink& engineLink, ModelTable& textureTable, Parameters& params,
                               TextureVoices& textureVoices, Palette& soundPalette,
                               Inbox& engineInbox, SoundDesk& soundDesk)
    : link(engineLink),
      table(textureTable),
      parameters(params),
      voices(textureVoices),
      palette(soundPalette),
      desk(soundDesk),
      primeFile(engineInbox),
      list(engineLink, textureTable, params)
{
}

void TextureStreams::tick(bool connected)
{
    list.tick(connected);
    takeRequests();

    if (connected && list.isKnown() && parameters.playerSettings().texture)
        warmUp();

    for (size_t index = 0; index < streams.size(); ++index)
    {
        auto& stream = streams[index];

        if (stream.stage() == Stage::free)
            continue;

        if (stream.stage() == Stage::missing && connected && list.isKnown())
            request(index);

        stream.copy();

        if (connected)
            keepAhead(stream);
    }
    noteHeard();
}

/*  A stream without `pace` makes its first frames and ends by itself; the engine has the model
    then, and the first note does not wait for it. */
void TextureStreams::warmUp()
{
    const auto model = table.at(parameters.textureModel());

    if (!model || !model->available || std::exchange(warm, model->weights) == model->weights)
        return;

    Request request;
    request.address = protocol::Stream::address;
    request.values = {model->name, 0, juce::String()};
    link.send(std::move(request));
}

void TextureStreams::takeRequests()
{
    for (TextureRequest request; voices.requests.pop(request);)
    {
        const auto index = static_cast<size_t>(request.feed);

        if (!request.starts)
        {
            release(index);
            continue;
        }
        streams[index].begin(voices.feeds[index], request.seed);

        if (now() - saidAt > readMs)
            say({}, false);
    }
}

void TextureStreams::release(size_t index)
{
    auto& stream = streams[index];
    noteHeard();

    if (stream.request() != 0)
        link.cancel(stream.request());

    if (stream.id() != 0 && link.isOpen())
        link.send({protocol::Stop::address, {stream.id()}, {}, {}, {}, -1, 5000.0});

    stream.release();
}

void TextureStreams::request(size_t index)
{
    auto& stream = streams[index];
    const auto model = table.at(parameters.textureModel());
    const auto prime = primeFile.pathFor(palette.contents().prime);

    if (!model || !model->available)
        return refused(stream, {},
                       model ? "The engine does not have the texture " + model->title + "."
                             : "The engine has no texture number " +
                                   juce::String(parameters.textureModel() + 1) + ".");

    if (!prime)
        return refused(stream, {}, "The prime cannot be written for the engine to read.");

    Request request;
    request.address = protocol::Stream::address;
    request.values = {model->name, stream.seed(), *prime};
    auto values = controlsNow();
    append(request.values, values);
    request.done = [this, &stream](const auto& done, const auto&)
    {
        if (!stream.open(done))
            refused(stream, {}, "The texture's file cannot be read.");
    };
    request.failed = [this, &stream](const auto& code, const auto& sentence)
    { refused(stream, code, sentence); };
    stream.requested(link.send(std::move(request)), std::move(values));
}

void TextureStreams::refused(TextureStream& stream, const juce::String& code,
                             const juce::String& sentence)
{
    if (code == EngineLink::lost)
        return; // forgetRequests() sees to it

    stream.finish();
    say(sentence, true);
}

/*  In a bounce the controls are read after the frames that are wanted: those of the very block that
    waits for them. */
void TextureStreams::keepAhead(TextureStream& stream)
{
    if (stream.stage() != Stage::running)
        return;

    const auto isTurned = !stream.isBounce() && controlsNow() != stream.lastControls();
    const auto until = stream.untilDue(isTurned, now());

    if (!until)
        return;

    const auto values = controlsNow();
    Request request;
    request.address = protocol::Pace::address;
    request.values = {stream.id(), *until};

    // The next stretch of a bounce is the first that moved controls turn.
    const auto turns =
        values != stream.lastControls() && (!stream.isBounce() || *until > stream.until());

    if (turns)
        append(request.values, values);

    request.timeoutMs = protocol::silentMs;
    request.done = [this, &stream, id = stream.id()](const auto& done, const auto&)
    { answered(stream, id, done); };
    request.failed = [&stream, id = stream.id()](const auto& code, const auto&)
    {
        if (code == protocol::code::noStream && stream.id() == id)
            stream.lose(); // the engine ended it while we were silent: a new one goes on
    };
    link.send(std::move(request));
    stream.paced(*until, turns ? values : stream.lastControls(), now());
}

void TextureStreams::answered(TextureStream& stream, int id, const osc::Message& done)
{
    namespace field = protocol::Pace::returns;

    if (stream.id() != id || stream.stage() != Stage::running || done.integer(field::ended) == 0)
        return;

    stream.endAt(done.integer(field::ready));
    say(done.text(field::text), true);
}

void TextureStreams::forgetRequests()
{
    list.forgetRequests();
    last = {};
    warm.clear();
    shown.isFreezing = false;

    for (auto& stream : streams)
        stream.lose();
}

void TextureStreams::prime(const juce::File& file)
{
    if (file == juce::File())
        return palette.change([](auto& contents) { contents.prime = nullptr; });

    const auto sound = readPrime(file);

    if (sound == nullptr)
        return say(file.getFileName() + " cannot be read as WAV, AIFF, FLAC or Ogg.", true);

    palette.change([&sound](auto& contents) { contents.prime = sound; });
    desk.onKept(sound); // the project will hold it
    say("The next notes go on from " + file.getFileName() + ".", false);
}

bool TextureStreams::isBusy() const
{
    return std::any_of(streams.begin(), streams.end(),
                       [](auto& stream) { return stream.stage() != Stage::free; });
}

ControlValues TextureStreams::controlsNow()
{
    const auto model = table.at(parameters.textureModel());

    if (!model)
        return {};

    if (std::exchange(controlsJson, model->controlsJson) != model->controlsJson)
        controls = textureControls(*model);

    return textureValues(parameters, controls);
}

void TextureStreams::say(const juce::String& sentence, bool isError)
{
    shown.message = sentence;
    shown.isError = isError;
    saidAt = now();
}

TextureView TextureStreams::view() const
{
    auto result = shown;
    result.models = table.list();
    result.heardSeconds =
        last.rate > 0 ? static_cast<float>(last.frames) / static_cast<float>(last.rate) : 0.0f;
    return result;
}
} // namespace starling
