#include "PresetSearch.h"

namespace starling
{
namespace
{
constexpr int hitCount = 30;
constexpr double patienceMs = 95000.0;         // the engine gives up after 90 s
constexpr double scanPatienceMs = 3600000.0;   // thousands of presets take minutes
constexpr juce::int64 largestFile = 200 << 20; // an hour of CD sound is three times as much
constexpr int auditionVelocity = 100;
constexpr float auditionSeconds = 2.0f;

Hit hitFrom(const osc::Message& item)
{
    namespace field = protocol::Search::items;
    return {item.integer(field::preset), item.text(field::name), item.text(field::synth),
            item.text(field::bank),      item.text(field::tags), item.number(field::score)};
}

/** Copy in pieces, so that closing the plugin need not wait for a slow disk. */
bool copyFile(const juce::File& from, const juce::File& to)
{
    constexpr int pieceSize = 1 << 20;
    juce::FileInputStream in(from);
    juce::FileOutputStream out(to);

    if (!in.openedOk() || !out.openedOk())
        return false;

    while (!in.isExhausted() && !juce::Thread::currentThreadShouldExit())
        if (out.writeFromInputStream(in, pieceSize) <= 0)
            return false;

    return in.isExhausted() && in.getStatus().wasOk() && out.getStatus().wasOk();
}

SoundPointer soundFrom(const osc::Message& done)
{
    namespace field = protocol::Audition::returns;
    return readSoundFile(
        juce::File(done.text(field::path)),
        {done.text(field::sound), done.text(field::recipe), 0.0, done.integer(field::root)},
        SoundExtent{done.integer(field::frames), done.integer(field::channels),
                    static_cast<double>(done.integer(field::rate))});
}
} // namespace

std::optional<juce::File> PresetSearch::newInboxFile(const juce::String& name)
{
    if (inbox == juce::File() || !link.isOpen())
    {
        show("Searching needs the engine, and it is not connected.", true);
        return {};
    }

    if (const auto made = inbox.createDirectory(); made.failed())
    {
        show("The folder " + inbox.getFullPathName() + " cannot be written.", true);
        return {};
    }

    // The engine's sentences name this file, so it keeps its name; the tail keeps it unique.
    const auto legal = juce::File::createLegalFileName(name);
    const auto tail = "-" + juce::Uuid().toString().substring(0, 8);
    const auto dot = legal.lastIndexOfChar('.');
    return inbox.getChildFile(dot < 0 ? legal + tail
                                      : legal.substring(0, dot) + tail + legal.substring(dot));
}

void PresetSearch::byFile(const juce::File& file, const juce::String& filter)
{
    if (file.getSize() > largestFile)
        return show(file.getFileName() + " is larger than 200 MB; cut out a few seconds.", true);

    const auto copy = newInboxFile(file.getFileName());

    if (!copy)
        return;

    if (!file.existsAsFile() || !copyFile(file, *copy))
        return show(file.getFileName() + " cannot be read.", true);

    byInboxFile(*copy, file.getFileName(), filter);
}

void PresetSearch::byInboxFile(const juce::File& file, const juce::String& title,
                               const juce::String& filter)
{
    Request request;
    request.address = protocol::Search::address;
    request.values = {file.getFullPathName(), hitCount, filter};
    request.countField = protocol::Search::returns::count;
    search(std::move(request), "Presets that sound like " + title);
}

void PresetSearch::byPreset(const Hit& hit, const juce::String& filter)
{
    Request request;
    request.address = protocol::Similar::address;
    request.values = {hit.preset, hitCount, filter};
    request.countField = protocol::Similar::returns::count;
    search(std::move(request), "Presets that sound like " + hit.name);
}

void PresetSearch::byWords(const juce::String& words)
{
    Request request;
    request.address = protocol::Find::address;
    request.values = {words, hitCount};
    request.countField = protocol::Find::returns::count;
    search(std::move(request), "Presets for " + words.quoted());
}

void PresetSearch::search(Request request, const juce::String& title)
{
    request.done = [this, title](const auto&, const Items& items)
    {
        shown.hits.clear();
        shown.title = title;
        shown.isBusy = false;

        for (const auto& [index, item] : items)
            shown.hits.push_back(hitFrom(item));

        show(shown.hits.empty() ? "Nothing was found." : "", false);
    };
    run(std::move(request), "Searching...");
}

void PresetSearch::run(Request request, const juce::String& message)
{
    if (!link.isOpen())
        return show("This needs the engine, and it is not connected.", true);

    cancel();
    show(message, false);
    shown.isBusy = true;
    request.timeoutMs = juce::jmax(request.timeoutMs, patienceMs);
    request.failed = [this](const auto&, const auto& sentence)
    {
        shown.isBusy = false;
        show(sentence, true);
    };
    request.progress = [this](float fraction, const auto& text)
    { show(text + " " + juce::String(juce::roundToInt(fraction * 100.0f)) + " %", false); };
    running = link.send(std::move(request));
}

void PresetSearch::render(const Hit& hit, int note, std::function<void(SoundPointer)> done)
{
    Request request;
    request.address = protocol::Audition::address;
    request.values = {hit.preset, note, auditionVelocity, auditionSeconds};
    request.done = [this, hit, done](const osc::Message& reply, const Items&)
    {
        shown.isBusy = false;

        if (auto sound = soundFrom(reply))
        {
            shown.auditioned = hit.preset;
            show("", false);
            done(std::move(sound));
        }
        else
            show("The rendered sound of " + hit.name + " cannot be read.", true);
    };
    run(std::move(request), "Rendering " + hit.name + "...");
}

void PresetSearch::audition(const Hit& hit, int note)
{
    render(hit, note,
           [this](SoundPointer sound) { bank.publish(Place::preview, {}, std::move(sound)); });
}

void PresetSearch::use(const Hit& hit, int note, const Wanted& wanted)
{
    render(hit, note,
           [this, hit, wanted](SoundPointer sound)
           {
               bank.publish(Place::current, wanted, std::move(sound));
               show("The keys now play " + hit.name + ".", false);
           });
}

void PresetSearch::exportPreset(const Hit& hit)
{
    Request request;
    request.address = protocol::Export::address;
    request.values = {hit.preset};
    request.done = [this](const osc::Message& done, const Items&)
    {
        shown.isBusy = false;
        show("Written to " + done.text(protocol::Export::returns::path), false);
    };
    run(std::move(request), "Exporting " + hit.name + "...");
}

void PresetSearch::scan()
{
    namespace field = protocol::Scan::returns;
    Request request;
    request.address = protocol::Scan::address;
    request.timeoutMs = scanPatienceMs;
    request.done = [this](const osc::Message& done, const Items&)
    {
        shown.isBusy = false;
        const auto failed = done.integer(field::failed);
        show(juce::String(done.integer(field::added)) + " presets added, " +
                 juce::String(done.integer(field::kept)) + " were up to date" +
                 (failed > 0 ? ", " + juce::String(failed) + " failed." : "."),
             false);
    };
    run(std::move(request), "Scanning presets...");
}

void PresetSearch::cancel()
{
    if (shown.isBusy)
        link.cancel(running);

    shown.isBusy = false;
    shown.message.clear();
}

void PresetSearch::show(const juce::String& message, bool isError)
{
    shown.message = message;
    shown.isError = isError;
}
} // namespace starling
