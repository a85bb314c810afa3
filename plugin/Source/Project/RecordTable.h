// THE table of what a project of format 7 holds. Records lie one after the other; one that belongs
// to another comes after it. Numbers and tags may never change; new ones may be added, as a reader
// skips those that it does not know.
#pragma once

#include <juce_core/juce_core.h>

namespace starling
{
enum class FieldKind
{
    flag,   // one byte, 0 or 1
    whole,  // int32
    number, // IEEE double
    text,   // UTF-8, no zero in it
    bytes
};

/** A value of a record; `most` is how many bytes it may have. */
struct FieldSpec
{
    juce::uint8 number;
    const char* name;
    FieldKind kind;
    juce::uint32 most;
};

/** A record: `most` is how many of it a project may have, `parent` whose part it is. */
struct RecordSpec
{
    const char *tag, *name, *parent;
    int most;
    const FieldSpec* first;
    size_t count;

    const FieldSpec* begin() const { return first; }
    const FieldSpec* end() const { return first + count; }
};

namespace record
{
constexpr juce::uint32 shortText = 1 << 10; // names
constexpr juce::uint32 longText = 1 << 20;  // JSON: a datagram brings 8 KiB, a sound file may more
constexpr juce::uint32 audio = 96 << 20;    // FLAC: a minute of noise at 192 kHz takes 70 MB
constexpr juce::uint32 song = 4 << 20;      // a MIDI file; readers of songs take no larger one

constexpr FieldSpec flag(juce::uint8 number, const char* name)
{
    return {number, name, FieldKind::flag, 1};
}

constexpr FieldSpec whole(juce::uint8 number, const char* name)
{
    return {number, name, FieldKind::whole, 4};
}

constexpr FieldSpec real(juce::uint8 number, const char* name)
{
    return {number, name, FieldKind::number, 8};
}

constexpr FieldSpec text(juce::uint8 number, const char* name, juce::uint32 most = shortText)
{
    return {number, name, FieldKind::text, most};
}

constexpr FieldSpec bytes(juce::uint8 number, const char* name, juce::uint32 most)
{
    return {number, name, FieldKind::bytes, most};
}

constexpr FieldSpec parameter[] = {text(1, "name"), real(2, "value"), flag(3, "touched")};
constexpr FieldSpec model[] = {text(1, "name"), text(2, "title"), text(3, "weights"),
                               text(4, "controls", longText)};
constexpr FieldSpec sound[] = {text(1, "id"), text(2, "recipe", longText), whole(3, "root"),
                               bytes(4, "flac", audio)};
constexpr FieldSpec held[] = {
    text(1, "id"),     text(2, "recipe", longText), whole(3, "root"),    bytes(4, "flac", audio),
    whole(5, "model"), whole(6, "variation"),       text(7, "controls"), whole(8, "key"),
    whole(9, "step")};
constexpr FieldSpec preset[] = {whole(1, "id"), text(2, "name"), text(3, "synth")};
constexpr FieldSpec palette[] = {text(1, "origin", longText),
                                 real(2, "amount"),
                                 whole(3, "seed"),
                                 real(4, "x"),
                                 real(5, "y"),
                                 flag(6, "locked")};
constexpr FieldSpec piece[] = {text(1, "name"), bytes(2, "file", song), real(3, "origin"),
                               real(4, "prompt")};
constexpr FieldSpec compose[] = {text(1, "model"),     text(2, "voices"),      whole(3, "bars"),
                                 whole(4, "seed"),     real(5, "temperature"), real(6, "top_p"),
                                 real(7, "repetition")};
constexpr FieldSpec prompt[] = {text(1, "name"), bytes(2, "file", song), real(3, "origin")};

template <size_t size>
constexpr RecordSpec spec(const char* tag, const char* name, const char* parent, int most,
                          const FieldSpec (&fields)[size])
{
    return {tag, name, parent, most, fields, size};
}
} // namespace record

constexpr RecordSpec recordTable[] = {
    record::spec("PARM", "parameter", "", 1000, record::parameter),
    record::spec("MODL", "model", "", 100, record::model),
    record::spec("TXTR", "texture", "", 100, record::model),
    record::spec("SOND", "sound", "", 2000, record::held), // Play's, and 8 steps of 128 keys
    record::spec("PRST", "preset", "", 1, record::preset),
    record::spec("ZONE", "zone", "preset", 128, record::sound),
    record::spec("PLTT", "palette", "", 1, record::palette),
    record::spec("KEPT", "kept", "palette", 100, record::sound),
    record::spec("MRPA", "first", "palette", 1, record::sound),
    record::spec("MRPB", "second", "palette", 1, record::sound),
    record::spec("PRIM", "prime", "palette", 1, record::sound),
    record::spec("SONG", "song", "", 1, record::piece),
    record::spec("CMPS", "compose", "", 1, record::compose),
    record::spec("PRMT", "prompt", "compose", 1, record::prompt),
};
} // namespace starling
