// What lies in the records of a project: JSON, sounds and songs that no Starling wrote.
#include "projects/saved_project.h"
#include "projects/saved_sounds.h"

#include "Audio/Bank/FileChunks.h"
#include "Wire/Json.h"

namespace harness
{
namespace
{
using starling::PluginProcessor;

void deepJson(Checks& check)
{
    const auto deep = [](int depth) { return juce::String::repeatedString("[", depth); };
    check.that(starling::parseJson("[{\"a\": [1, 2]}]")[0]["a"][1] == juce::var(2), "JSON is read");
    check.that(starling::parseJson(deep(200000)).isVoid(), "200,000 levels of it are not");
    const auto digits = juce::String::repeatedString("7", 19);
    check.that(starling::parseJson("[" + digits + "]").isVoid(), "nor a number of 19 digits");
    check.that(starling::parseJson("[\"\\\\\", \"" + digits + "\", 0." + digits + "]").size() == 3,
               "which may be text or a fraction");
    const auto odd = juce::String::repeatedString(juce::String::fromUTF8("\xb4", 1), 30);
    check.that(starling::parseJson("[" + odd + "]").isVoid(), "nor bytes that are no UTF-8");

    PluginProcessor plugin, loaded;
    juce::AudioBuffer<float> audio(1, 60);
    audio.clear();
    plugin.models.merge({{"drums", "Drums", "hash", deep(200000), true}});
    plugin.bank.publish(starling::Place::current, plugin.parameters.soundKey(),
                        std::make_shared<const starling::Sound>(
                            starling::SoundInfo{"id", deep(200000), 44100.0, 60}, audio));
    const auto saved = savedBytes(plugin);
    check.that(opens(loaded, saved) && loaded.models.at(0)->controls().empty(),
               "a model with such controls has none");
    check.that(!starling::isOfModel(*loaded.bank.current().sound),
               "nor is such a recipe a model's");
    check.that(opens(loaded, projectOf(6, oldPayload(saved))), "nor in a project of format 6");
}

/** Claim that a FLAC holds so many frames. */
juce::MemoryBlock claiming(juce::MemoryBlock flac, juce::uint32 frames)
{
    const auto bigEndian = juce::ByteOrder::swapIfLittleEndian(frames); // the lower 32 of 36 bits
    flac.copyFrom(&bigEndian, 22, sizeof bigEndian);
    return flac;
}

void budgets(Checks& check)
{
    const auto flac = noise(1, 60, 1)->flac();
    starling::SoundBudget budget, other;
    check.that(budget.allows(flac), "a sound is within the budget");
    check.that(!budget.allows({}) && !budget.allows(claiming(flac, 0)), "one of no length is not");
    check.that(!budget.allows(claiming(flac, 1 << 22)), "nor one that its bytes cannot hold");

    juce::AudioBuffer<float> audio(1, 44100 * 60);
    audio.clear();
    const starling::Sound silence({"silence", "{}", 44100.0, 60}, audio);
    auto minutes = 0;

    while (minutes < 100 && other.allows(silence.flac()))
        ++minutes;

    std::printf("     %d minutes of silence, %d bytes each\n", minutes,
                static_cast<int>(silence.flac().getSize()));
    check.that(minutes >= 12 && minutes < 15, "silence is, until it fills memory");

    PluginProcessor plugin, loaded;
    plugin.palette.keep(noise(1, 60, 2));
    plugin.palette.keep(noise(1, 60, 3));
    auto saved = savedBytes(plugin);
    auto tree = starling::readProject(saved.getData(), saved.getSize()).tree;
    tree.getChildWithName("palette").getChild(0).setProperty("flac", claiming(flac, 1 << 22),
                                                             nullptr);
    starling::writeProject(tree, saved);
    check.that(opens(loaded, saved) && loaded.palette.contents().kept.size() == 1,
               "a project is opened without such a sound");
}

/** JUCE pairs a note's begin with its end by looking through all that follow. */
void longSongs(Checks& check)
{
    constexpr int notes = 300000;
    const auto bytes = midiOf(notes, false);
    const auto began = juce::Time::getMillisecondCounterHiRes();
    const auto song = starling::readSong(bytes, "long");
    const auto drawn = starling::notesOf(bytes);
    const auto ms = juce::Time::getMillisecondCounterHiRes() - began;
    std::printf("     %d notes in %.0f ms\n", notes, ms);
    check.that(song.song == nullptr && song.error.contains("200,000"), "a song is bounded");
    check.that(drawn.size() == notes - 40, "each note ends where its key begins anew");
    check.that(ms < 5000.0, "in linear time");
}

/** A song in the time signature that these bytes name; its bars in beats. */
double barBeats(const juce::MemoryBlock& signature)
{
    auto bytes = midiOf(4, true);
    constexpr size_t track = 22; // of its events; its length is in the four bytes before
    juce::MemoryBlock event("\0\xff\x58", 3);
    const auto length = static_cast<char>(signature.getSize());
    event.append(&length, 1);
    event.append(signature.getData(), signature.getSize());
    bytes.insert(event.getData(), event.getSize(), track);
    bytes[track - 1] = static_cast<char>(bytes[track - 1] + static_cast<char>(event.getSize()));
    const auto song = starling::readSong(bytes, "Song").song;
    return song == nullptr ? 0.0 : song->barBeats;
}

void timeSignatures(Checks& check)
{
    check.that(barBeats({"\x07\x03\x18\x08", 4}) == 3.5, "7/8 is read");
    check.that(barBeats({"\x07\x59\x18\x08", 4}) == 4.0 && barBeats({"\0\2\x18\x08", 4}) == 4.0 &&
                   barBeats({"\x07", 1}) == 4.0 && barBeats({}) == 4.0,
               "one that is none, or cut short, is 4/4");
}

/** A sound file whose chunk says that it has nearly 4 GB: JUCE would make room for them. */
void claims(Checks& check)
{
    const juce::File file = juce::File::createTempFile("wav");
    const auto opensWith = [&](const char* header, const char* chunk)
    {
        juce::MemoryOutputStream out;
        out.write(header, 12);
        out.write(chunk, 8);
        out.writeRepeatedByte(0, 64);
        file.replaceWithData(out.getData(), out.getDataSize());
        juce::FileInputStream stream(file);
        return starling::hasItsChunks(stream) && stream.getPosition() == 0;
    };
    const auto *riff = "RIFF\x48\0\0\0WAVE", *form = "FORM\0\0\0\x48"
                                                     "AIFF";
    check.that(!opensWith(riff, "bext\xff\xff\xff\xf0") && !opensWith(form, "INST\xf0\xff\xff\xff"),
               "a chunk that claims more than the file has is not read");
    check.that(opensWith(riff, "data\xff\xff\xff\xff") && opensWith(riff, "bext\x40\0\0\0") &&
                   opensWith(form, "INST\0\0\0\x40") && opensWith("fLaC\0\0\0\0\0\0\0", "12345678"),
               "one that is there is, and samples go as far as they go");
    file.deleteFile();
}

/** What the worker requests between the old sounds' end and the new ones' arrival: it sees an empty
    bank, and the sound that comes would take the place of the project's. */
void whileLoading(Checks& check)
{
    starling::PluginProcessor saved, loaded;
    fillProject(saved);
    const auto before = loaded.bank.era();
    check.that(opens(loaded, savedBytes(saved)), "a project opens");
    const auto sound = loaded.bank.current().sound;
    const auto meanwhile = before + 1; // the era that the clearing began
    check.that(sound != nullptr && loaded.bank.era() > meanwhile &&
                   !loaded.bank.publish(starling::Place::current, loaded.parameters.soundKey(),
                                        noise(1, 60, 9), meanwhile) &&
                   loaded.bank.current().sound == sound,
               "a reply to a request made while it was loading changes nothing");
}
} // namespace

void checkContents(Checks& check)
{
    whileLoading(check);
    deepJson(check);
    budgets(check);
    longSongs(check);
    timeSignatures(check);
    claims(check);
}
} // namespace harness
