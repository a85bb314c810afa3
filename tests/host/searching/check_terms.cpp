// What a search requests and what it makes of the answer, against an engine that this check plays
// itself: words and filters, aspects, a marked part. No engine is there.
#include "Editor/Presets/Aspects/AspectBars.h"
#include "Editor/Presets/HitRow.h"
#include "harness/session.h"

namespace harness
{
namespace
{
namespace protocol = starling::protocol;
using starling::AspectOptions;
using starling::FilePart;
using starling::Hit;
using starling::osc::Message;
using starling::osc::Value;

void words(Checks& check)
{
    const auto isSplit = [](const char* text, const char* filter, const char* left)
    {
        const starling::SearchTerms terms{text};
        return terms.filter() == filter && terms.words() == left;
    };
    check.that(isSplit("warm tag:pad  is:favourite", "tag:pad is:favourite", "warm"),
               "terms with a field are a filter, others words");
    check.that(isSplit("-dark pad -tag:slow", "-dark -tag:slow", "pad"),
               "so are terms with a minus");
    check.that(isSplit("darker bank:\"Brians Bank\" brass", "bank:\"Brians Bank\"", "darker brass"),
               "quotes keep a filter's words together");
    check.that(isSplit("\"warm: pad\" - tag: x", "", "warm: pad - tag: x"),
               "what only looks like a filter is words");
    check.that(isSplit("", "", ""), "nothing is nothing");
}

void options(Checks& check)
{
    AspectOptions chosen;
    check.that(starling::optionsOf(chosen).empty(), "defaults are not sent");
    chosen.weights[1] = 0.5f;
    chosen.shifts[3] = -1.5f;
    const auto text = [](const char* name) { return Value(juce::String(name)); };
    const std::vector<Value> some{text("pitch"), Value(0.5f), text("shift_brightness"),
                                  Value(-1.5f)};
    check.that(starling::optionsOf(chosen) == some, "what differs is, by the names of the table");
    const std::vector<Value> part{text("from"), Value(0.5f), text("to"), Value(2.0f)};
    check.that(starling::optionsOf({}, FilePart(0.5f, 2.0f)) == part,
               "a marked part is from and to");
}

void parts(Checks& check)
{
    check.that(!starling::markedPart(1.0f, 1.019f) && starling::markedPart(1.0f, 1.03f),
               "a part shorter than 0.02 s is none");
    check.that(starling::markedPart(2.0f, 0.5f) == FilePart(0.5f, 2.0f),
               "it may be drawn leftwards");
    check.that(starling::markedPart(10.0f, 90.0f) == FilePart(10.0f, 70.0f) &&
                   starling::markedPart(90.0f, 10.0f) == FilePart(30.0f, 90.0f),
               "it is 60 s long at most");
}

void scores(Checks& check)
{
    const auto is = [](float score, const char* word)
    { return juce::String(starling::relationFor(score)) == word; };
    check.that(is(1.0f, "same") && is(0.5f, "near") && is(0.49f, "related") && is(0.1f, "far"),
               "scores have words");
    Hit hit;
    check.that(starling::nearnessText(hit).isEmpty() && !starling::hasAspects(hit),
               "a preset that letters found has no score and no aspects");
    hit.score = 0.82f;
    hit.alike = {0.82f, 1.0f, 0.4f, 0.0f, 0.07f};
    check.that(starling::nearnessText(hit) == "82 %  near", "one that was compared has both");
    check.that(starling::aspectsText(hit) ==
                   "Timbre 82 %, pitch 100 %, envelope 40 %, brightness 0 %, noisiness 7 %",
               "each aspect has its name");
}

/** The engine's socket: it answers every search with one hit. */
class Answering
{
  public:
    Answering() { socket.bindToPort(0, "127.0.0.1"); }

    int port() const { return socket.getBoundPort(); }

    /** The next request that is no cancel; none within two seconds is an empty message. */
    Message next()
    {
        char buffer[8192];

        while (socket.waitUntilReady(true, 2000) == 1)
        {
            const auto size = socket.read(buffer, sizeof(buffer), false, sender, senderPort);

            if (const auto message = starling::osc::decode(buffer, size))
                if (message->address != protocol::Cancel::address)
                    return *message;
        }
        return {};
    }

    void answer(const Message& request, std::vector<Value> returns)
    {
        const auto id = request.integer(1);
        send({"/starling/item",
              {id, 0, 12, juce::String("Warm"), juce::String("amsynth"), juce::String("Bank"),
               juce::String("pad"), 0.82f, 1, 0.8f, 0.9f, 1.5f, -1.0f, 0.25f}});
        std::vector<Value> values{id, request.address.fromLastOccurrenceOf("/", false, false), 1};
        values.insert(values.end(), returns.begin(), returns.end());
        send({"/starling/done", values});
    }

  private:
    void send(const Message& message)
    {
        const auto bytes = starling::osc::encode(message);
        socket.write("127.0.0.1", senderPort, bytes.getData(), static_cast<int>(bytes.getSize()));
    }

    juce::DatagramSocket socket;
    juce::String sender;
    int senderPort = 0;
};

/** A link to it, and the search that requests. */
struct Searching
{
    explicit Searching(const juce::File& folder)
    {
        link.open(engine.port());
        link.joined("hush");
        inbox.setFolder(folder);
    }

    ~Searching() { link.close(); }

    /** What arrived, behind the secret and the request's id. */
    std::vector<Value> requested(std::vector<Value> returns = {})
    {
        const auto message = engine.next();
        address = message.address;

        if (message.values.size() < 2)
            return {};

        engine.answer(message, std::move(returns));

        for (int n = 0; n < 100 && search.view().isBusy; ++n)
            link.poll(20);

        return {message.values.begin() + 2, message.values.end()};
    }

    Answering engine;
    starling::EngineLink link;
    starling::SoundBank bank;
    starling::Inbox inbox;
    starling::PresetSearch search{link, bank, inbox};
    juce::String address;
};

void byPreset(Checks& check, Searching& wire)
{
    Hit hit;
    hit.preset = 12;
    AspectOptions chosen;
    chosen.weights[2] = 1.0f;
    wire.search.byPreset(hit, {"darker tag:pad", chosen});
    const std::vector<Value> expected{
        12, 50, juce::String("tag:pad"), juce::String("darker"), juce::String("envelope"), 1.0f};
    check.that(wire.requested() == expected && wire.address == protocol::Similar::address,
               "similar: preset, k, filter, words, options");
    const auto view = wire.search.view();
    check.that(view.hits.size() == 1 && view.hits[0].alike[1] == 0.9f &&
                   view.hits[0].alike[2] == 1.0f && view.hits[0].alike[3] == 0.0f,
               "a hit has its aspects, in their range");
    check.that(view.isBySound && !view.isByFile && view.aspects == chosen,
               "and the view knows all");
    wire.search.mark(FilePart(0.0f, 1.0f), {});
    check.that(!wire.search.view().isBusy, "a preset has no part to mark");
}

void byFile(Checks& check, Searching& wire, const juce::File& tone)
{
    wire.search.byInboxFile(tone, "bell.wav", {"-dark"});
    std::vector<Value> expected{tone.getFullPathName(), 50, juce::String("-dark"), juce::String()};
    check.that(wire.requested({0.25f, 1.0f, 1}) == expected &&
                   wire.address == protocol::Search::address,
               "search: path, k, filter, words");
    auto view = wire.search.view();
    check.that(view.isByFile && view.part == FilePart(0.25f, 1.0f) && view.notes == 1 &&
                   !view.isMarked,
               "what was taken of the file is known");
    check.that(view.shape != nullptr && std::abs(view.shape->seconds - 1.0) < 1e-6 &&
                   view.shape->columns.size() == 1024,
               "and its shape");
    wire.search.mark(FilePart(0.5f, 0.75f), {});
    expected = {tone.getFullPathName(), 50,   juce::String(),     juce::String(),
                juce::String("from"),   0.5f, juce::String("to"), 0.75f};
    check.that(wire.requested({0.5f, 0.75f, 3}) == expected && wire.search.view().isMarked &&
                   wire.search.view().notes == 3,
               "a marked part is searched");
    wire.search.refine({"warm"});
    expected[3] = juce::String("warm");
    check.that(wire.requested({0.5f, 0.75f, 3}) == expected, "and stays while words are added");
    wire.search.mark({}, {});
    expected = {tone.getFullPathName(), 50, juce::String(), juce::String()};
    check.that(wire.requested({0.25f, 1.0f, 1}) == expected && !wire.search.view().isMarked,
               "until the engine is to choose again");
    wire.search.mark(FilePart(0.5f, 0.75f), {});
    wire.requested({0.5f, 0.75f, 3});
    wire.search.byInboxFile(tone, "other.wav", {});
    check.that(wire.requested({0.25f, 1.0f, 1}) == expected, "another file begins unmarked");
}

void byWords(Checks& check, Searching& wire)
{
    wire.search.byWords("warm tag:pad");
    const std::vector<Value> expected{juce::String("warm tag:pad"), 50};
    check.that(wire.requested() == expected && wire.address == protocol::Find::address,
               "find: the text as it is written");
    check.that(!wire.search.view().isBySound, "which is no search by sound");
}

void shapes(Checks& check, const juce::File& folder)
{
    const auto bad = folder.getChildFile("bad.wav");
    bad.replaceWithText("this is no sound");
    check.that(starling::readFileShape(bad) == nullptr &&
                   starling::readFileShape(folder.getChildFile("none.wav")) == nullptr,
               "what cannot be read has no shape");
}
} // namespace

int checkTerms(const Arguments&)
{
    Checks check;
    words(check);
    options(check);
    parts(check);
    scores(check);
    const juce::TemporaryFile unique("_inbox");
    const auto folder = unique.getFile();
    folder.createDirectory();
    const auto tone = folder.getChildFile("bell.wav");
    writeTone(tone, 196.0);
    {
        Searching wire(folder);
        byPreset(check, wire);
        byFile(check, wire, tone);
        byWords(check, wire);
    }
    shapes(check, folder);
    folder.deleteRecursively();
    return check.exitCode();
}
} // namespace harness
